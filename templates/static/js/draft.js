// The order of a draft by dragging; the buttons beside do the same by keyboard and without this file.

let dragged = null;

const list = () => document.querySelector("[data-order]");
const items = () => [...list().querySelectorAll("[data-item]")];

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-drag]");
  if (!grip || event.button) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  dragged = grip.closest("[data-item]");
  dragged.classList.add("dragged");
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const others = items().filter((item) => item !== dragged);
  const below = others.find((item) => {
    const box = item.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  if (below) below.before(dragged);
  else others.at(-1)?.after(dragged);
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    dragged = null;
    const order = items().map((item) => item.dataset.item).join(",");
    htmx.ajax("POST", list().dataset.order, { target: "#draft", values: { order } });
  });
}
