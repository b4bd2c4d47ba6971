// The map of feelings: drag the point or move it with the arrow keys; the sliders under it say the same in another way.
import { announce } from "./swap.js";
import { say } from "./words.js";

const STEP = 0.03;
const clamp = (value) => Math.min(1, Math.max(0, value));
const slider = (name) => document.getElementById(name);

let held = false;

function words(valence, arousal) {
  const mood = valence > 0.62 ? "happy" : valence < 0.38 ? "sad" : "neither_mood";
  const pace = arousal > 0.62 ? "lively" : arousal < 0.38 ? "calm" : "neither_pace";
  return `${say(mood)}, ${say(pace)}`;
}

function tell(text) {
  const line = document.getElementById("plane-says");
  if (line) line.textContent = text;
}

function place(valence, arousal) {
  const target = document.getElementById("target");
  target.setAttribute("transform", `translate(${(100 * valence).toFixed(2)} ${(100 * (1 - arousal)).toFixed(2)})`);
  target.setAttribute("aria-valuenow", Math.round(100 * valence));
  target.setAttribute("aria-valuetext", words(valence, arousal));
  slider("valence").value = valence;
  slider("arousal").value = arousal;
  tell(words(valence, arousal));
}

const current = () => [Number(slider("valence").value), Number(slider("arousal").value)];

// A key held down moves often and asks once; what was aimed at survives a redrawn form.
let waiting = null;
function commit(pause = 0) {
  const [valence, arousal] = current();
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    place(valence, arousal);
    slider("valence").dispatchEvent(new Event("change", { bubbles: true }));
  }, pause);
}

function pointOf(event) {
  const svg = document.querySelector("#plane svg");
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [clamp(at.x / 100), clamp(1 - at.y / 100)];
}

document.addEventListener("pointerdown", (event) => {
  const svg = event.target.closest("#plane:not([data-fixed]) svg");
  if (!svg || event.button || event.target.closest(".dot")) return;
  event.preventDefault();
  held = true;
  svg.setPointerCapture(event.pointerId);
  const target = document.getElementById("target");
  target.classList.add("held");
  target.focus({ preventScroll: true });
  place(...pointOf(event));
});
document.addEventListener("pointermove", (event) => {
  if (held) place(...pointOf(event));
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (!held) return;
    held = false;
    document.getElementById("target")?.classList.remove("held");
    commit();
  });
}

// Nothing is redrawn under a finger; letting go asks for a new list, and that redraws the map.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (held && event.detail.target.id === "plane") event.detail.shouldSwap = false;
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "target") return;
  const [valence, arousal] = current();
  const to = {
    ArrowLeft: [valence - STEP, arousal], ArrowRight: [valence + STEP, arousal],
    ArrowDown: [valence, arousal - STEP], ArrowUp: [valence, arousal + STEP],
  }[event.key];
  if (!to) return;
  event.preventDefault();
  event.stopPropagation();
  place(...to.map(clamp));
  commit(150);
});

document.addEventListener("input", (event) => {
  if (event.target.id === "valence" || event.target.id === "arousal") place(...current());
});

// Dots say their names, and pointing at one shows its track.
for (const [kind, on] of [["pointerover", true], ["pointerout", false]]) {
  document.addEventListener(kind, (event) => {
    const dot = event.target.closest?.(".dot");
    if (dot) tell(on ? dot.querySelector("title").textContent : "");
  });
}
document.addEventListener("click", (event) => {
  const dot = event.target.closest(".dot");
  if (!dot) return;
  const row = document.getElementById(`track-${dot.dataset.track}`);
  row?.scrollIntoView({ block: "center" });
  row?.querySelector("[data-play], .more > summary")?.focus({ preventScroll: true });
});
document.addEventListener("fragment", (event) => {
  if (event.detail === "list") announce(document.getElementById("list-title")?.textContent.trim() ?? "");
});
