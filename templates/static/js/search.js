// The results page: what each service answers replaces the results as it comes; focus and the playing track stay.
import { say } from "./words.js";

const found = document.getElementById("found");
const announce = document.getElementById("announce");

function show(html) {
  const focus = document.activeElement?.id;
  found.innerHTML = html;
  window.htmx?.process(found);
  if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus({ preventScroll: true });
  document.dispatchEvent(new Event("fragment"));
}

if (found.dataset.events) {
  const source = new EventSource(found.dataset.events);
  const finish = () => {
    source.close();
    found.setAttribute("aria-busy", "false");
  };
  source.addEventListener("results", (event) => show(JSON.parse(event.data).html));
  source.addEventListener("done", (event) => {
    show(JSON.parse(event.data).html);
    finish();
    const count = found.querySelectorAll(".track").length;
    announce.textContent = count ? say("found", { count }) : say("nothing_found");
  });
  // Asking again by itself would ask every service again.
  source.addEventListener("error", () => {
    finish();
    for (const pending of found.querySelectorAll(".pending")) pending.textContent = say("line_broke");
  });
}
