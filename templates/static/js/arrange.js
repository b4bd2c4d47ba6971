// Order by hand: drag a track by its handle, or focus the handle and use the arrow keys.

const rows = () => [...document.querySelectorAll("#tracks > .track")];

// Before the movement of a swap is measured, and before the focus is found again.
function furnish() {
  const grip = document.getElementById("grip")?.content.firstElementChild;
  for (const row of grip ? rows() : []) {
    if (row.querySelector("[data-grip]")) continue;
    const own = grip.cloneNode(true);
    own.id = `grip-${row.dataset.track}`;
    own.setAttribute("aria-label", own.getAttribute("aria-label").replace("{title}", () => row.querySelector(".title").textContent));
    row.querySelector(".side").append(own);
  }
}
furnish();
document.addEventListener("htmx:afterSwap", furnish);

let dragged = null;

function post(order) {
  const list = document.getElementById("tracks");
  htmx.ajax("POST", list.dataset.arrange, { target: "#list", swap: "innerHTML", values: { order: order.join(",") } });
}

const ids = (nodes) => nodes.map((row) => row.dataset.track);

function spotAt(y) {
  const others = rows().filter((row) => row !== dragged.row);
  const index = others.findIndex((row) => {
    const box = row.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  return { others, index: index < 0 ? others.length : index };
}

function clearMarks() {
  for (const row of rows()) row.classList.remove("drop-before", "drop-after");
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button) return;
  event.preventDefault();
  grip.focus({ preventScroll: true });
  grip.setPointerCapture(event.pointerId);
  dragged = { row: grip.closest(".track"), from: event.clientY, scroll: scrollY, moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const by = event.clientY - dragged.from + scrollY - dragged.scroll;
  if (Math.abs(by) < 4 && !dragged.moved) return;
  dragged.moved = true;
  dragged.row.classList.add("dragged");
  dragged.row.style.transform = `translateY(${by}px)`;
  if (event.clientY < 90) scrollBy(0, -12);
  if (event.clientY > innerHeight - 130) scrollBy(0, 12);
  clearMarks();
  const { others, index } = spotAt(event.clientY);
  if (index < others.length) others[index].classList.add("drop-before");
  else others.at(-1)?.classList.add("drop-after");
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, (event) => {
    if (!dragged) return;
    const { others, index } = spotAt(event.clientY);
    const before = ids(rows());
    const order = ids([...others.slice(0, index), dragged.row, ...others.slice(index)]);
    if (dragged.moved && end === "pointerup" && order.join() !== before.join()) post(order);
    const row = dragged.row;
    clearMarks();
    row.classList.remove("dragged");
    row.style.removeProperty("transform");
    dragged = null;
  });
}

document.addEventListener("keydown", (event) => {
  const grip = event.target.closest?.("[data-grip]");
  const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!grip || !way) return;
  event.preventDefault();
  event.stopPropagation();
  const order = ids(rows());
  const at = order.indexOf(grip.closest(".track").dataset.track);
  const to = at + way;
  if (to < 0 || to >= order.length) return;
  order.splice(to, 0, ...order.splice(at, 1));
  post(order);
});
