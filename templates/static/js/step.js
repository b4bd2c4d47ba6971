// @ts-check
// Listening in step: the host's page tells what its player does; a guest's page plays the same second, until its person
// would rather listen on their own. Signs that people send fly by.
import { alone, follow, playing, resume, sound } from "./player.js";
import { announce } from "./swap.js";
import { say } from "./words.js";

const BEAT = 5000; // ms between two tellings while it plays
const LOOK = 1000; // ms between two looks at how far off the sound is
const NEAR = 0.15; // seconds off that nobody hears
const FAR = 1; // seconds off from where on it jumps

/** @typedef {{ track: string, position: number, playing: boolean, preview: boolean, since: number }} Told */

/**
 * The second at which the told player is now.
 * @param {Told} told ``since``: when it was told, on this page's own clock, in ms
 * @param {number} now the same clock
 */
export const positionAt = (told, now) => told.position + (told.playing ? Math.max(0, now - told.since) / 1000 : 0);

/**
 * How a sound that is ``off`` seconds ahead (or behind, below 0) comes back: by a jump, or by running a little slower or faster.
 * @param {number} off
 * @returns {{ jump: boolean, rate: number }}
 */
export function correction(off) {
  if (Math.abs(off) > FAR) return { jump: true, rate: 1 };
  if (Math.abs(off) < NEAR) return { jump: false, rate: 1 };
  return { jump: false, rate: off > 0 ? 0.95 : 1.05 };
}

/** @type {Told | null} */
let told = null;
let own = false; // the guest listens on their own
let telling = 0;

const role = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-in-step]"))?.dataset.inStep;
const following = () => role() === "follow" && !own;
const send = (/** @type {object} */ message) => document.dispatchEvent(new CustomEvent("tell", { detail: message }));

// --- the host

function tell(stopped = false) {
  telling = 0;
  const now = playing();
  if (role() !== "lead" || !now?.here) return;
  const { track, position, preview } = now;
  send({ say: "player", track: Number(track), position, playing: now.playing && !stopped, preview });
}

for (const kind of ["playing", "pause", "seeked"]) sound.addEventListener(kind, () => { telling ||= setTimeout(tell, 120); });
setInterval(() => { if (playing()?.playing) tell(); }, BEAT);
document.addEventListener("line-open", () => tell());
addEventListener("pagehide", () => tell(true)); // what plays on another page the others do not hear

// --- a guest

function says(/** @type {string} */ text) {
  const line = document.getElementById("step-says");
  if (line && line.textContent !== text) line.textContent = text;
}

function keepUp() {
  const button = document.getElementById("in-step");
  button?.setAttribute("aria-pressed", String(!own));
  if (role() !== "follow") return;
  if (own) { says(say("own")); return; }
  if (!told) return;
  const found = follow(told.track, told.playing);
  if (!found || sound.error) { says(say("not_here")); return; }
  if (!told.playing) { says(say("all_paused")); return; }
  if (found.preview !== told.preview) { says(say("other_recording")); return; }
  if (sound.paused && !sound.ended) { says(say("press_play")); return; }
  says(say("in_step"));
  if (!sound.readyState || sound.seeking) return;
  const at = positionAt(told, performance.now());
  const { jump, rate } = correction(sound.currentTime - at);
  sound.playbackRate = rate;
  if (jump && at < (sound.duration || Infinity)) sound.currentTime = at;
}

function choose(/** @type {boolean} */ onTheirOwn) {
  own = onTheirOwn;
  if (own) alone();
  keepUp();
}

document.addEventListener("room:player", (event) => {
  const { track, position, playing: runs, preview } = /** @type {CustomEvent} */ (event).detail;
  told = { track: String(track), position, playing: runs, preview, since: performance.now() };
  keepUp();
  // Paused: everybody stands at the same second.
  if (following() && !runs && sound.readyState && playing()?.track === told.track && playing()?.preview === preview) sound.currentTime = position;
});
setInterval(keepUp, LOOK);
keepUp();
sound.addEventListener("loadedmetadata", keepUp);
document.addEventListener("fragment", keepUp);
// Whoever uses the player themselves listens on their own; the first Play after a browser held the sound back does not.
document.addEventListener("by-hand", (event) => {
  if (!following() || !told) return;
  if (told.playing && sound.paused) { event.preventDefault(); resume(); keepUp(); } else choose(true);
});

// --- signs

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let saidAt = -Infinity;

function fly(/** @type {string} */ name, /** @type {string} */ by) {
  const button = document.querySelector(`[data-cheer="${CSS.escape(name)}"]`);
  if (!button) return;
  const sign = Object.assign(document.createElement("span"), { className: "flying", textContent: button.textContent });
  sign.setAttribute("aria-hidden", "true");
  sign.append(Object.assign(document.createElement("small"), { textContent: by }));
  sign.style.insetInlineStart = `${10 + Math.random() * 75}%`;
  document.body.append(sign);
  const way = calm.matches ? [{ opacity: 1 }, { opacity: 1 }] : [
    { opacity: 0, transform: "translateY(0) scale(.6)" }, { opacity: 1, transform: "translateY(-12vh) scale(1)", offset: 0.15 },
    { opacity: 0, transform: `translate(${Math.round(Math.random() * 80 - 40)}px, -62vh)` },
  ];
  sign.animate(way, { duration: 2600, easing: "ease-out" }).finished.finally(() => sign.remove());
  if (performance.now() - saidAt < 2000) return;
  saidAt = performance.now();
  announce(`${by}: ${button.getAttribute("aria-label")}`);
}

document.addEventListener("room:cheer", (event) => {
  const { cheer, by } = /** @type {CustomEvent} */ (event).detail;
  fly(cheer, by);
});
document.addEventListener("click", ({ target }) => {
  if (!(target instanceof Element)) return;
  const button = /** @type {HTMLElement | null} */ (target.closest("[data-cheer]"));
  if (button) send({ say: "cheer", cheer: button.dataset.cheer });
  if (target.closest("#in-step")) choose(!own);
});
