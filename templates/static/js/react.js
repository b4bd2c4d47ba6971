// What the person says and does about tracks: a toast that can take it back, and the player's reports of what was heard.
import { announce, toast } from "./swap.js";
import { say } from "./words.js";

const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers")), Accept: "application/json" });
const send = (values, keepalive = false) =>
  fetch("/reactions/", { method: "POST", headers: headers(), body: new URLSearchParams(values), keepalive }).catch(() => null);
// What is pressed in a row changes that row's buttons only.
const press = (track, values, source) =>
  htmx.ajax("POST", document.getElementById("opinions").action, { source, target: `#opinion-${track}`, swap: "outerHTML", values });
const list = () => document.getElementById("tracks")?.dataset.playlist;

function undo(track, reaction) {
  const values = { undo: reaction, playlist: list() ?? "" };
  if (document.getElementById(`opinion-${track}`)) press(track, values);
  else {
    send(values).then((response) => response?.ok && announce(say("taken_back")));
  }
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.id !== "opinions") return;
  event.preventDefault();
  const { track } = submitter.closest(".track").dataset;
  press(track, { ...Object.fromEntries(new FormData(form)), [submitter.name]: submitter.value }, submitter);
});

document.addEventListener("reacted", (event) => {
  const { said, track, undo: reaction } = event.detail;
  const note = document.getElementById("taste-note");
  if (note) note.hidden = false;
  toast({ message: said }, reaction && { label: say("undo"), act: () => undo(track, reaction) });
});

// Leaving a track early by hand is a skip; closing the page early says nothing about the track.
document.addEventListener("heard", (event) => {
  const { track, playlist, seconds, share, how } = event.detail;
  const kind = share >= 0.5 || how === "ended" ? "played" : how === "left" ? "skipped" : "";
  if (!kind || !playlist) return;
  const key = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  send({ track, playlist, kind, seconds: seconds.toFixed(1), share: share.toFixed(3), event_key: key }, true);
});
