// The page for when there is no network: names the lists that the service worker kept.
const kept = document.getElementById("kept");
const cache = await caches.open("pages");
for (const request of (await cache.keys()).reverse()) {
  const { pathname } = new URL(request.url);
  if (!/^\/(c|s)\//.test(pathname) || !pathname.endsWith("/")) continue;
  const response = await cache.match(request);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const link = document.createElement("a");
  link.href = pathname;
  link.textContent = page.title.replace(/ · Dylumo$/, "");
  const item = document.createElement("li");
  item.append(link);
  kept.append(item);
}
