// What works without a network: the frame of every page, and the lists that were looked at last.
// A list is kept with all that lies in the folds of its rows. A kept list is a private page. Every page says by a header whose it is; as soon as that changes (somebody signed out, or
// in), all kept pages go; so they do when a list is deleted.
{% autoescape off %}
const SHELL = "shell-{{ version }}";
const PAGES = "pages";
const OFFLINE = "{{ offline }}";
const FILES = [OFFLINE{% for file in shell %}, "{{ file }}"{% endfor %}];
{% endautoescape %}
const MOST_PAGES = 30;
const MOST_PICTURES = 300;
const OWNER = "/whose-pages";
const isList = (url) => /^\/(lists|c\/[0-9a-f-]{36}|s\/[\w-]+)\/$/.test(url.pathname);
const hasFolds = (url) => isList(url) && url.pathname !== "/lists/";
const mayStay = (response) => response.ok && response.headers.get("Dylumo-Keep") !== "no"; // else it was behind a password
const isPicture = (url) => /^\/(pictures|covers|c|s)\/.+(thumb|full|\.svg|\.jpg)\/?$/.test(url.pathname);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== SHELL && name !== PAGES) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

async function forgetOthers(viewer) {
  if (viewer === null) return;
  const known = await (await caches.open(PAGES)).match(OWNER);
  if (known && (await known.text()) === viewer) return;
  await caches.delete(PAGES);
  await (await caches.open(PAGES)).put(OWNER, new Response(viewer));
}

async function keep(request, response, kind, most) {
  const cache = await caches.open(PAGES);
  await cache.delete(request);
  await cache.put(request, response);
  const kept = (await cache.keys()).filter((one) => kind(new URL(one.url)));
  for (const old of kept.slice(0, Math.max(0, kept.length - most))) await cache.delete(old);
}

// The page with everything in it, unless all kept pages went meanwhile.
async function keepWhole(url) {
  const response = await fetch(`${url.href}?open`).catch(() => null);
  const known = await (await caches.open(PAGES)).match(OWNER);
  if (!response || !known || !mayStay(response)) return;
  if ((await known.text()) === response.headers.get("Dylumo-Viewer")) await keep(url.href, response, isList, MOST_PAGES);
}

async function forget(url) {
  await (await caches.open(PAGES)).delete(url.href);
}

async function page(event) {
  const url = new URL(event.request.url);
  try {
    const response = await fetch(event.request);
    const viewer = response.headers.get("Dylumo-Viewer");
    const copy = mayStay(response) && !url.search && isList(url) ? response.clone() : null;
    const after = () => (copy ? keep(event.request.url, copy, isList, MOST_PAGES) : [403, 404, 410].includes(response.status) && forget(url));
    event.waitUntil(forgetOthers(viewer).then(after).then(() => copy && hasFolds(url) && keepWhole(url)));
    return response;
  } catch {
    const cache = await caches.open(PAGES);
    return (await cache.match(event.request.url, { ignoreVary: true })) ?? (await caches.match(OFFLINE, { ignoreVary: true }));
  }
}

async function fresh(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

async function picture(event) {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(event.request.url, { ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(event.request);
  if (mayStay(response)) event.waitUntil(keep(event.request.url, response.clone(), isPicture, MOST_PICTURES));
  return response;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const deletes = request.method === "POST" && request.mode === "navigate" && url.pathname.endsWith("/delete/");
  if (deletes && url.origin === location.origin) event.waitUntil(caches.delete(PAGES));
  if (request.method !== "GET" || url.origin !== location.origin || request.headers.has("range")) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fresh(request));
  else if (request.destination === "image" && isPicture(url)) event.respondWith(picture(event));
});
