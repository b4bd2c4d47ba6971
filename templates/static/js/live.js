// The conversation, live: listens to its numbered events and asks the server for the part of the page that changed.
import "./step.js";
import { announce, remember } from "./swap.js";
import { say } from "./words.js";

const conversation = document.getElementById("conversation");
const id = conversation.dataset.conversation;
const url = conversation.dataset.url;
let lastSeq = Number(conversation.dataset.lastSeq);
let socket = null;
let pause = 500;

const FRAGMENT_OF = {
  "turn.queued": ["chat", "timeline"],
  "turn.started": ["timeline"],
  "step.started": ["timeline"],
  "step.finished": ["timeline"],
  "step.failed": ["timeline"],
  "reading": ["seen"],
  "brief": [],
  "tracks": ["seen", "list"],
  "list.changed": ["list", "seen"],
  "people": ["people", "list"],
  "found": ["list"],
  "second.wave": ["chat", "timeline"],
  "turn.done": ["timeline", "chat", "list", "seen"],
  "turn.failed": ["timeline", "chat", "list"],
  "turn.cancelled": ["timeline", "chat", "list"],
};

const wanted = new Set();
let timer = null;

function want(names) {
  for (const name of names) wanted.add(name);
  timer ??= setTimeout(fetchWanted, 60);
}

// While the person drags, or a change of theirs is on its way, what the server said before is old: it is asked again.
// Else a late fragment would show an earlier state, or take away what the answer is meant for.
let sent = 0;
let answered = 0;
document.addEventListener("htmx:beforeSend", () => { sent += 1; });
document.addEventListener("htmx:afterRequest", () => { answered += 1; });
const busy = () => sent > answered || document.querySelector(".target.held");

async function fetchWanted() {
  const names = [...wanted];
  wanted.clear();
  // One after the other: each swap measures where things were, so two must not overlap.
  for (const name of names) {
    const target = document.getElementById(name);
    if (!target) continue;
    const before = answered;
    const html = await fetch(`${url}${name}/`, { cache: "no-store", redirect: "error" })
      .then((response) => (response.ok ? response.text() : null), () => null);
    if (html === null) continue;
    if (busy() || answered !== before) { wanted.add(name); continue; }
    const atEnd = name === "chat" && isAtEnd();
    remember();
    htmx.swap(target, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 }, { eventInfo: { target } });
    if (atEnd) scrollToEnd();
    if (name === "seen") accent();
  }
  timer = null;
  if (wanted.size) timer = setTimeout(fetchWanted, 150);
}

function isAtEnd() {
  const log = document.getElementById("chat");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function scrollToEnd() {
  const log = document.getElementById("chat");
  log.scrollTop = log.scrollHeight;
}

function accent() {
  const colour = document.querySelector("#seen [data-accent]")?.dataset.accent;
  if (colour) document.documentElement.style.setProperty("--photo", colour);
}

// Pieces of the answer say where they belong, so a repeated one lands on itself.
function write(frame) {
  const line = document.querySelector(`[data-turn="${frame.turn}"] [data-answer]`);
  if (!line) return;
  const { at = line.textContent.length, text } = frame.payload;
  line.textContent = line.textContent.slice(0, at) + text;
  line.hidden = false;
  line.nextElementSibling?.remove();
  if (isAtEnd()) scrollToEnd();
}

// On a phone the talk lies below the list: what is answered stands above the composer, until it is closed or asked again.
const reply = document.getElementById("reply");
let asked = false;
function bubble(text) {
  reply.hidden = !text;
  reply.querySelector("p").textContent = text;
}
reply.querySelector("button").addEventListener("click", () => { asked = false; bubble(""); });

function hear(frame) {
  if (!("seq" in frame)) { // of this moment only: what the host plays, a sign
    document.dispatchEvent(new CustomEvent(`room:${frame.kind}`, { detail: frame }));
    return;
  }
  if (frame.seq <= lastSeq) return;
  lastSeq = frame.seq;
  if (frame.kind === "text.delta") write(frame);
  if (frame.kind === "step.started") announce(frame.payload.title ?? "");
  if (frame.kind === "turn.done") announce(`${say("done")} ${frame.payload.answer ?? ""}`);
  if (asked && frame.kind === "step.started") bubble(`${frame.payload.title ?? say("working")}…`);
  if (asked && frame.kind === "turn.done") bubble(frame.payload.answer ?? say("done"));
  if (asked && frame.kind === "turn.failed") bubble(frame.payload.message ?? say("unknown"));
  if (asked && frame.kind === "second.wave") bubble(frame.payload.text ?? "");
  if (asked && frame.kind === "turn.cancelled") bubble(say("stopped"));
  if (frame.kind === "play") document.dispatchEvent(new CustomEvent("play-track", { detail: String(frame.payload.track) }));
  if (frame.kind === "turn.failed") announce(frame.payload.message ?? say("unknown"));
  if (frame.kind === "second.wave") announce(frame.payload.text ?? "");
  want(FRAGMENT_OF[frame.kind] ?? []);
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/conversations/${id}/?last_seq=${lastSeq}`);
  socket.addEventListener("open", () => { pause = 500; document.dispatchEvent(new CustomEvent("line-open")); });
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    if (event.code === 4404) {
      // Left, removed, or the session is over: the address itself says which.
      if ("member" in conversation.dataset) location.reload();
      return;
    }
    // While the socket is away, the rows still tell: look at them if something is being waited for.
    if (document.querySelector("#timeline .spinner")) want(["timeline", "chat", "list", "seen"]);
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, 8000);
  });
}

document.addEventListener("tell", ({ detail }) => { if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(detail)); });

const field = document.getElementById("say");
const form = document.getElementById("say-form");
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (field.value.trim()) form.requestSubmit();
  }
});
// What is said while Dylumo still works waits its turn, and is sent as soon as that is done.
const waiting = [];
const note = document.getElementById("waiting");
const working = () => document.querySelector("#chat .typing") !== null;
function showWaiting() {
  note.hidden = !waiting.length;
  note.querySelector("span").textContent = waiting.length ? say("next", { what: waiting.join(" · ") }) : "";
}
function sayNext() {
  if (!waiting.length || working() || form.matches(".htmx-request")) return;
  const draft = field.value;
  field.value = waiting.shift();
  showWaiting();
  form.requestSubmit();
  field.value = draft;
}
form.addEventListener("htmx:beforeRequest", (event) => {
  if (!working()) return;
  const { parameters } = event.detail.requestConfig;
  const said = (parameters.text || parameters.suggestion || "").trim();
  event.preventDefault();
  if (!said) return;
  waiting.push(said);
  field.value = "";
  announce(say("noted_next"));
  showWaiting();
});
note.querySelector("button").addEventListener("click", () => { waiting.length = 0; showWaiting(); field.focus(); });
document.addEventListener("fragment", sayNext);
form.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  const said = event.detail.requestConfig.parameters.text || "";
  if (field.value.trim() === said.trim()) field.value = ""; // else somebody is writing on
  asked = true;
  bubble(`${say("working")}…`);
  scrollToEnd();
});

document.addEventListener("fragment", () => { document.title = `${document.getElementById("title").textContent} · Dylumo`; });
addEventListener("online", () => { if (socket.readyState > 1) connect(); });
scrollToEnd();
connect();
