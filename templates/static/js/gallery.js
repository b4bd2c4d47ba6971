// The gallery of lists: choosing many. Without this script the boxes are there all the time.
import { say } from "./words.js";

const form = document.getElementById("gallery");
const toggle = document.getElementById("select-many");
const says = document.getElementById("chosen-many");
const bar = form.querySelector(".gallery-bar");
const boxes = [...form.querySelectorAll('[name="list"]')];

function show() {
  const choosing = toggle.getAttribute("aria-pressed") === "true";
  const count = boxes.filter((box) => box.checked).length;
  form.classList.toggle("choosing", choosing);
  toggle.textContent = say(choosing ? "select_done" : "select");
  bar.hidden = !choosing || !count;
  says.textContent = say(count === 1 ? "one_chosen" : "many_chosen", { count });
}

toggle.addEventListener("click", () => {
  const choosing = toggle.getAttribute("aria-pressed") !== "true";
  toggle.setAttribute("aria-pressed", String(choosing));
  if (!choosing) for (const box of boxes) box.checked = false;
  show();
});
form.addEventListener("change", show);

// While choosing, a tap anywhere on the tile chooses it.
form.addEventListener("click", (event) => {
  const link = event.target.closest(".tile > a");
  if (!link || !form.classList.contains("choosing")) return;
  event.preventDefault();
  const box = link.parentElement.querySelector("input");
  box.checked = !box.checked;
  show();
});
show();
