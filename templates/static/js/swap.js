// What every page shares: fragments that swap in with movement instead of a jump, and errors shown where one looks.

import { say } from "./words.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const keyed = (root) => new Map([...root.querySelectorAll("[data-key], .track[id]")].map((node) => [node.dataset.key ?? node.id, node]));

// Where the focus is, to find it again in what was swapped in. A summary has no name of its own, but its fold has one.
function placeOf(node) {
  if (node?.id) return `#${CSS.escape(node.id)}`;
  return node?.matches("details[id] > summary") ? `#${CSS.escape(node.parentElement.id)} > summary` : null;
}

let before = null;

// First, last, invert, play: remember where each keyed element was, then let it travel from there.
export function remember() {
  const places = new Map();
  for (const [key, node] of keyed(document)) places.set(key, node.getBoundingClientRect());
  const folds = [...document.querySelectorAll("details[id]")].map((details) => [details.id, details.open]);
  before = { places, folds, focus: placeOf(document.activeElement) };
}

export function travel() {
  if (!before) return;
  const { places, folds, focus } = before;
  before = null;
  for (const [id, open] of folds) document.getElementById(id)?.toggleAttribute("open", open);
  if (focus && document.activeElement === document.body) document.querySelector(focus)?.focus({ preventScroll: true });
  if (calm.matches) return;
  for (const [key, node] of keyed(document)) {
    const now = node.getBoundingClientRect();
    const then = places.get(key);
    const inSvg = node instanceof SVGElement;
    if (!then) {
      if (places.size) node.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 320, easing: "ease-out" });
      continue;
    }
    const scale = inSvg ? node.ownerSVGElement.viewBox.baseVal.width / node.ownerSVGElement.getBoundingClientRect().width : 1;
    const [x, y] = [(then.x - now.x) * scale, (then.y - now.y) * scale];
    if (Math.abs(x) < 0.5 && Math.abs(y) < 0.5) continue;
    const base = node.getAttribute("transform") ?? "";
    const at = /translate\(([-\d.]+)[ ,]+([-\d.]+)\)/.exec(base);
    const [left, top] = at ? [Number(at[1]), Number(at[2])] : [0, 0];
    node.animate(
      [{ transform: `translate(${left + x}px, ${top + y}px)` }, { transform: `translate(${left}px, ${top}px)` }],
      { duration: 420, easing: "cubic-bezier(.2, .8, .2, 1)" },
    );
  }
}

export function announce(text) {
  const line = document.getElementById("announce");
  if (line) line.textContent = text;
}

// What helps whoever is asked for help, out of the way of whoever is not.
function codeOf(code) {
  const fold = document.createElement("details");
  fold.className = "small";
  fold.append(Object.assign(document.createElement("summary"), { textContent: say("details") }));
  fold.append(Object.assign(document.createElement("code"), { textContent: code }));
  return fold;
}

export function errorBox(box, error) {
  box.replaceChildren();
  const add = (tag, text) => {
    if (!text) return;
    const node = document.createElement(tag);
    node.textContent = text;
    box.append(node);
  };
  add("strong", error.message);
  add("p", error.hint);
  if (error.code) box.append(codeOf(error.code));
  box.hidden = false;
}

// ``action``: a button of its own, {label, act}.
export function toast(error, action) {
  const node = document.createElement("div");
  node.className = "toast";
  const text = document.createElement("div");
  text.textContent = [error.message, error.hint].filter(Boolean).join(" ");
  if (error.code) text.append(codeOf(error.code));
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = say("close");
  close.addEventListener("click", () => node.remove());
  node.append(text);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => { node.remove(); action.act(); });
    node.append(button);
  }
  node.append(close);
  document.getElementById("toasts").replaceChildren(node);
  setTimeout(() => node.remove(), 9000);
}

// What lies in a fold is fetched when that is opened. In a row that was swapped in, what was fetched before stands there
// until the present one is.
const fetched = new Map();
const shown = new WeakMap();

function fill(late, html) {
  if (shown.get(late) === html) return;
  shown.set(late, html);
  const focus = placeOf(document.activeElement);
  late.innerHTML = html;
  htmx.process(late);
  if (focus && document.activeElement === document.body) document.querySelector(focus)?.focus({ preventScroll: true });
}

async function look(fold) {
  const late = fold.open && fold.querySelector(":scope > [data-late]");
  if (!late) return;
  const row = fold.closest(".track");
  const address = row ? `${row.parentElement.dataset.rows}${row.dataset.track}/${late.dataset.late}/` : `${late.dataset.late}/`;
  const answer = await fetch(address, { headers: { Accept: "application/json, text/html;q=0.9" } }).catch(() => null);
  if (!answer?.ok) { toast(answer ? errorOf(await answer.text()) : OFFLINE); return; }
  const html = await answer.text();
  fetched.set(fold.id, html);
  delete late.dataset.late;
  fill(late, html);
}
document.addEventListener("toggle", ({ target }) => look(target), true);
for (const fold of document.querySelectorAll("details[open]")) look(fold);
document.addEventListener("htmx:afterSwap", () => {
  for (const late of document.querySelectorAll("details[id] > [data-late]")) {
    if (fetched.has(late.parentElement.id)) fill(late, fetched.get(late.parentElement.id));
  }
});

const OFFLINE = { message: say("unreachable"), hint: say("unreachable_hint"), code: "offline" };
const UNKNOWN = { message: say("unknown"), hint: say("unknown_hint"), code: "unknown" };

export function errorOf(body) {
  try {
    return JSON.parse(body).error ?? UNKNOWN;
  } catch {
    return UNKNOWN;
  }
}

function complain(source, error) {
  const box = source?.closest?.("form")?.querySelector("[data-errors]");
  if (box) errorBox(box, error); else toast(error);
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers.Accept = "application/json, text/html;q=0.9";
});
document.addEventListener("htmx:beforeSwap", remember);
document.addEventListener("htmx:afterSettle", (event) => {
  travel();
  document.dispatchEvent(new CustomEvent("fragment", { detail: event.detail.target?.id }));
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const box = event.detail.elt.querySelector?.("[data-errors]");
  if (box) box.hidden = true;
});
document.addEventListener("htmx:responseError", (event) => complain(event.detail.elt, errorOf(event.detail.xhr.responseText)));
document.addEventListener("htmx:sendError", (event) => complain(event.detail.elt, OFFLINE));

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.sure ?? event.target.dataset?.sure;
  if (question && !confirm(question)) event.preventDefault();
});

// Menus close on a click elsewhere and on Escape, which gives the focus back.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = say("copied");
  } catch {
    button.textContent = say("press_to_copy");
  }
});
