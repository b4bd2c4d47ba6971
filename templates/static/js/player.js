// The player at the foot of every page. On the page whose list plays, the queue is that list as it stands, so a re-ranked
// one plays on from where it is; on any other page the queue is as it was left. Going from page to page and reloading play
// on at the same second: what plays is kept for this tab.
import { say } from "./words.js";

const player = document.getElementById("player");
const audio = player.querySelector("audio");
const cover = player.querySelector("img");
const title = document.getElementById("player-title");
const artist = document.getElementById("player-artist");
const store = document.getElementById("player-store");
const seek = document.getElementById("player-seek");
const now = document.getElementById("player-now");
const length = document.getElementById("player-length");
const volume = document.getElementById("player-volume");

const drawer = document.getElementById("player-queue");
const KEPT = "player";
const MOST_KEPT = 100;

let queue = []; // what plays, in order, each as its row tells of it
let home = ""; // the page whose list that is
let told = false; // it was already told that this track was heard
let current = null; // the track that plays: it may have left the list meanwhile
let place = 0; // where it stood, to know what comes next
let failures = 0;
let renewed = null; // the preview that was asked for again, because its address had ended
let heard = 0; // seconds of the current track that really sounded
let reached = 0; // its last known position
let led = false; // it plays along with somebody else's player: nothing here is chosen, and says nothing of a taste

const rows = () => [...document.querySelectorAll(".track[data-audio]")];
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const duration = () => (Number.isFinite(audio.duration) ? audio.duration : current?.duration || 0);

const page = () => location.pathname + location.search;

function rowItem(row) {
  const { track, audio: url, duration: seconds, preview = "", from, store: at } = row.dataset;
  const text = (part) => row.querySelector(part)?.textContent ?? "";
  const picture = (part) => row.querySelector(part)?.getAttribute("src") ?? "";
  return {
    track, name: text(".title"), by: text(".artist"), url, drawn: picture(".cover img"), art: picture(".cover .art"), preview,
    from: from ?? text(".tag.preview"), at: at ?? row.querySelector(".tag.preview")?.getAttribute("href") ?? "",
    duration: Number(seconds ?? 0), playlist: row.parentElement.dataset.playlist,
  };
}

function upNext() {
  if (home === page()) {
    const shown = rows();
    if (shown.length) queue = shown.map(rowItem);
  }
  return queue;
}

function load(item, index) {
  leave("left");
  [place, told] = [index, false];
  show(item);
  mark();
  start();
  keep();
}

function show(item) {
  current = item;
  if (item.playlist) import("./react.js"); // a list of one's own learns from what is heard, on whichever page that is
  renewed = null;
  const { url, name, by, drawn, art, from, at } = item;
  audio.src = url;
  title.textContent = name;
  artist.textContent = by;
  artist.classList.remove("problem");
  cover.src = art || drawn;
  store.hidden = !from;
  store.textContent = `${from} ↗`;
  if (at) store.href = at; else store.removeAttribute("href");
  player.hidden = false;
  if ("mediaSession" in navigator) {
    const artwork = [{ src: new URL(art || drawn, location.href).href, sizes: "any", ...(art ? {} : { type: "image/svg+xml" }) }];
    navigator.mediaSession.metadata = new MediaMetadata({ title: name, artist: by, album: document.title, artwork });
  }
}

// Tells whoever listens how much of the track was heard: it "ended", was "left" for another, or the page was "closed".
function leave(how) {
  const share = how === "ended" ? 1 : Math.min(1, heard / (duration() || Infinity));
  if (current && heard >= 1 && !told) {
    const { track, playlist } = current;
    told = how === "closed" && share >= 0.5;
    document.dispatchEvent(new CustomEvent("heard", { detail: { track, playlist, seconds: heard, share, how } }));
  }
  if (how !== "closed") [heard, reached] = [0, 0];
}

function keep() {
  if (!current) return;
  const from = Math.max(0, place - MOST_KEPT / 2);
  const kept = { queue: queue.slice(from, from + MOST_KEPT), place: place - from, home, current, told, heard, at: audio.currentTime, sounding: !audio.paused };
  try { sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* it plays on this page only */ }
}

function forget() {
  try { sessionStorage.removeItem(KEPT); } catch { /* nothing was kept */ }
}

// Takes up what played when this tab left the last page. A browser that wants a click first shows it paused there.
function takeUp() {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(KEPT)); } catch { /* nothing was kept */ }
  if (!kept?.current) return;
  ({ queue, place, home, told, heard } = kept);
  show(kept.current);
  reached = kept.at;
  audio.addEventListener("loadedmetadata", () => { if (current === kept.current) audio.currentTime = kept.at; }, { once: true });
  if (kept.sounding) start();
}

const start = () => audio.play().catch((error) => {
  if (error.name === "NotAllowedError") mark();
});

function step(by) {
  upNext();
  if (!queue.length) return;
  const at = queue.findIndex(({ track }) => track === current?.track);
  // A track that left the list gave its place to another: that one is next.
  const to = at < 0 ? (by > 0 ? place : place - 1) : at + by;
  if (to < 0) { audio.currentTime = 0; return; }
  if (to >= queue.length) { audio.pause(); audio.currentTime = 0; return; }
  load(queue[to], to);
}

// The list of this page plays from this row on.
function begin(row) {
  home = page();
  const at = rows().indexOf(row);
  load(upNext()[at], at);
}

function toggle(row) {
  if (row && row.dataset.track !== current?.track) begin(row);
  else if (!current) { const first = rows()[0]; if (first) begin(first); }
  else if (audio.paused) start();
  else audio.pause();
}

// A row that can be heard has a button for it on its cover.
const button = document.getElementById("play");
function furnish() {
  for (const row of rows()) if (!row.querySelector("[data-play]")) row.querySelector(".cover").append(button.content.cloneNode(true));
}

function mark() {
  furnish();
  const sounding = !audio.paused;
  player.classList.toggle("sounding", sounding);
  for (const row of document.querySelectorAll(".track")) {
    const mine = row.dataset.track === current?.track;
    row.classList.toggle("playing", mine);
    row.classList.toggle("sounding", mine && sounding);
    const play = row.querySelector("[data-play]");
    play?.setAttribute("aria-pressed", String(mine && sounding));
    play?.setAttribute("aria-label", say(`${mine && sounding ? "pause" : "play"}${row.dataset.preview ? "_preview" : ""}`, { title: row.querySelector(".title").textContent }));
  }
  for (const dot of document.querySelectorAll(".plane .dot")) dot.classList.toggle("current", dot.dataset.track === current?.track);
  const at = upNext().findIndex(({ track }) => track === current?.track);
  if (at >= 0) place = at;
  if (drawer.open) lineUp();
}

// The queue as buttons: what comes is a tap away.
function lineUp() {
  const line = drawer.querySelector("ol");
  line.replaceChildren(...upNext().map((item, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.at = at;
    if (item.track === current?.track) button.setAttribute("aria-current", "true");
    const [name, by] = [document.createElement("b"), document.createElement("span")];
    [name.textContent, by.textContent] = [item.name, item.by];
    button.append(name, by);
    const entry = document.createElement("li");
    entry.append(button);
    return entry;
  }));
  const link = drawer.querySelector("a");
  link.href = home;
  link.hidden = home === page();
}

function tick() {
  const total = duration();
  now.textContent = clock(audio.currentTime);
  length.textContent = clock(total);
  if (!seek.matches(":active")) seek.value = total ? (1000 * audio.currentTime) / total : 0;
  seek.setAttribute("aria-valuetext", say("position", { now: clock(audio.currentTime), total: clock(total) }));
  if (total && navigator.mediaSession?.setPositionState) {
    navigator.mediaSession.setPositionState({ duration: total, position: Math.min(audio.currentTime, total), playbackRate: 1 });
  }
}

const jump = (by) => { audio.currentTime = Math.min(Math.max(0, audio.currentTime + by), duration()); };
const mute = () => {
  audio.muted = !audio.muted;
  const icon = player.querySelector('[data-do="mute"] use');
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, audio.muted ? "#muted" : "#volume"));
};
const DO = { previous: () => (audio.currentTime > 4 ? (audio.currentTime = 0) : step(-1)), next: () => step(1), toggle: () => toggle(), mute };

audio.addEventListener("playing", () => { failures = 0; });
for (const kind of ["play", "playing", "pause", "ended"]) audio.addEventListener(kind, mark);
for (const kind of ["play", "pause", "seeked"]) audio.addEventListener(kind, keep);
for (const kind of ["timeupdate", "durationchange", "seeked"]) audio.addEventListener(kind, tick);
audio.addEventListener("timeupdate", () => {
  const by = audio.currentTime - reached;
  if (by > 0 && by < 1.5 && !led) heard += by; // a longer stretch is a jump
  reached = audio.currentTime;
});
audio.addEventListener("ended", () => { leave("ended"); if (!led) step(1); });
addEventListener("pageshow", (event) => { if (event.persisted) takeUp(); });
addEventListener("pagehide", () => { leave("closed"); keep(); });
addEventListener("submit", (event) => { if (event.target.action?.includes("/logout/")) { current = null; forget(); } });
// A real cover that its service no longer shows: the drawn one was there all along.
cover.addEventListener("error", () => { if (current && cover.src !== new URL(current.drawn, location.href).href) cover.src = current.drawn; });
audio.addEventListener("error", () => {
  const meant = !audio.paused; // one that was taken up while it paused stays silent
  if (current?.preview && current.url.startsWith("/") && renewed !== current.track) { // it may have ended: the site asks for the present one
    renewed = current.track;
    audio.src = `${current.url}?again`;
    if (meant) start();
    return;
  }
  artist.textContent = say(current?.preview ? "no_preview" : "no_sound");
  artist.classList.add("problem");
  failures += 1;
  if (meant && failures < 3 && !led) setTimeout(() => step(1), 1500);
});
seek.addEventListener("input", () => { if (byHand()) audio.currentTime = (duration() * seek.value) / 1000; });
volume.addEventListener("input", () => {
  audio.volume = volume.value;
  try { localStorage.setItem("volume", volume.value); } catch { /* kept for this page only */ }
});

// Somebody uses the player: false where they are led by another's, and this was not meant for their own.
const byHand = () => document.dispatchEvent(new CustomEvent("by-hand", { cancelable: true }));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play], [data-play-all], [data-do], [data-at]");
  if (!button || (button.dataset.do !== "mute" && !byHand())) return;
  if (button.dataset.do) DO[button.dataset.do]();
  else if (button.dataset.at) load(queue[Number(button.dataset.at)], Number(button.dataset.at));
  else if ("playAll" in button.dataset) { leave("left"); current = null; toggle(); }
  else toggle(button.closest(".track"));
});

// Asked for in words.
document.addEventListener("play-track", ({ detail }) => {
  const row = rows().find(({ dataset }) => dataset.track === detail);
  if (!row) return;
  if (detail !== current?.track) begin(row);
  else start();
});

// Space, arrows, N and P, unless the person is typing or a control wants the key itself.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable], [role=slider]")) return;
  const onControl = event.target.closest("button, a, summary");
  const key = event.key.toLowerCase();
  if (key === " " && onControl) return;
  const act = {
    " ": () => toggle(), n: () => step(1), p: () => step(-1), m: mute,
    arrowleft: () => jump(-5), arrowright: () => jump(5),
  }[key];
  if (!act || (!current && key !== " ")) return;
  event.preventDefault();
  if (act === mute || byHand()) act();
});

if ("mediaSession" in navigator) {
  const session = navigator.mediaSession;
  const act = (way, what) => session.setActionHandler(way, (details) => { if (byHand()) what(details); });
  act("play", start);
  act("pause", () => audio.pause());
  act("previoustrack", DO.previous);
  act("nexttrack", DO.next);
  act("seekto", (details) => { audio.currentTime = details.seekTime; });
}

// --- for those who listen together

export { audio as sound, start as resume };

// What plays here, if anything; ``here``: it is of this page's list.
export const playing = () => current && {
  track: current.track, position: audio.currentTime, playing: !audio.paused, preview: Boolean(current.preview), here: home === page(),
};

// Plays along: this track of the page's list, sounding or not. Null where it cannot be heard here.
export function follow(track, sounding) {
  const row = rows().find(({ dataset }) => dataset.track === track);
  [led, heard] = [true, 0];
  if (!row) { audio.pause(); return null; }
  if (track !== current?.track) {
    home = page();
    const at = rows().indexOf(row);
    if (sounding) load(upNext()[at], at);
    else { place = at; show(upNext()[at]); mark(); }
  } else if (sounding && audio.paused && !audio.ended) start();
  else if (!sounding && !audio.paused) audio.pause();
  return { preview: Boolean(current.preview) };
}

export function alone() {
  led = false;
  audio.playbackRate = 1;
}

try { volume.value = localStorage.getItem("volume") ?? volume.value; } catch { /* the default will do */ }
audio.volume = volume.value;
document.addEventListener("fragment", mark);
drawer.addEventListener("toggle", () => { if (drawer.open) lineUp(); });
takeUp();
mark();
