// The first page: drop, choose, paste or take photos. One is checked and sent at once, with a progress bar; several wait
// in a strip until it is said what they become.
import { announce, errorBox, errorOf } from "./swap.js";
import { say } from "./words.js";

const form = document.getElementById("start");
const zone = document.getElementById("drop");
const field = document.getElementById("picture");
const camera = document.getElementById("camera");
const words = document.getElementById("text");
const song = document.getElementById("sound");
const errors = document.getElementById("start-error");
const preview = zone.querySelector(".preview");
const chosen = zone.querySelector(".chosen");
const bar = chosen.querySelector("progress");
const limit = Number(form.dataset.limit) * 1024 * 1024;
const most = Number(form.dataset.most);
const together = document.getElementById("together");
const strip = document.getElementById("strip");

let photos = [];
let sending = false;

function fail(error) {
  sending = false;
  chosen.hidden = true;
  forget();
  errorBox(errors, error);
}

function forget() {
  photos = [];
  field.value = "";
  drawStrip();
  zone.classList.remove("has-preview");
  preview.hidden = true;
  if (preview.src) URL.revokeObjectURL(preview.src);
}

function drawStrip() {
  together.hidden = photos.length < 2;
  for (const image of strip.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  strip.replaceChildren(...photos.map((photo, at) => {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(photo);
    image.alt = say("photo", { number: at + 1, name: photo.name });
    image.onerror = () => image.classList.add("unseen");
    const out = document.createElement("button");
    out.type = "button";
    out.textContent = "×";
    out.setAttribute("aria-label", say("leave_out", { name: photo.name }));
    out.addEventListener("click", () => leaveOut(at));
    item.append(image, out);
    return item;
  }));
}

function leaveOut(at) {
  const rest = photos.toSpliced(at, 1);
  announce(say("left_out", { name: photos[at].name }));
  forget();
  if (rest.length === 1) show(rest);
  else { photos = rest; drawStrip(); }
  (strip.querySelectorAll("button")[Math.min(at, rest.length - 1)] ?? field).focus();
}

// Whether the file may be sent; if not, says why.
function usable(file) {
  if (file.type && !file.type.startsWith("image/")) {
    fail({ code: "picture_unsupported", message: say("not_a_picture", { name: file.name }), hint: say("not_a_picture_hint", { accepted: form.dataset.accepted }) });
    return false;
  }
  if (file.size > limit) {
    const size = Math.round(file.size / 1024 / 1024);
    fail({ code: "picture_too_large", message: say("too_large", { name: file.name, size, limit: form.dataset.limit }), hint: say("too_large_hint") });
    return false;
  }
  return true;
}

// Takes what was chosen, dropped or pasted: after those in the strip, if there are any.
function take(files) {
  errors.hidden = true;
  const fresh = [...files];
  if (!fresh.length || sending || !fresh.every(usable)) return;
  const all = photos.length > 1 ? [...photos, ...fresh] : fresh;
  if (all.length > most) {
    fail({ code: "too_many_pictures", message: say("too_many", { most }), hint: say("too_many_hint") });
  } else if (all.reduce((sum, file) => sum + file.size, 0) > limit) {
    fail({ code: "upload_too_large", message: say("too_large_together", { limit: form.dataset.limit }), hint: say("too_large_together_hint") });
  } else {
    show(all);
    if (all.length === 1 && !words.value.trim() && !song.closest("details").open) send();
    else announce(say("ready", { what: named(all) }));
  }
}

const named = (files) => (files.length === 1 ? files[0].name : say("photos", { count: files.length }));

function show(files) {
  photos = files;
  const [file] = files;
  drawStrip();
  preview.src = URL.createObjectURL(file);
  preview.onload = () => {
    preview.hidden = false;
    zone.classList.add("has-preview");
  };
  preview.onerror = () => { preview.hidden = true; };
  document.getElementById("chosen-name").textContent = named(files);
  chosen.hidden = false;
  bar.hidden = true;
}

function send(extra = {}) {
  if (sending) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const photo of photos) body.append("picture", photo, photo.name);
  for (const name of ["together", "within", "mode"]) if (form.elements[name]) body.set(name, form.elements[name].value);
  if (words.value.trim()) body.set("text", words.value.trim());
  if (song.files[0]) body.set("sound", song.files[0]);
  for (const [name, value] of Object.entries(extra)) body.set(name, value);
  sending = true;
  errors.hidden = true;
  form.setAttribute("aria-busy", "true");
  chosen.hidden = !photos.length;
  bar.hidden = false;
  bar.removeAttribute("value");
  announce(say("sending"));

  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener("load", () => {
    form.removeAttribute("aria-busy");
    if (request.status === 201) location.assign(JSON.parse(request.responseText).url);
    else fail(errorOf(request.responseText));
  });
  request.addEventListener("error", () => {
    form.removeAttribute("aria-busy");
    fail({ code: "offline", message: say("broke_off"), hint: say("broke_off_hint") });
  });
  request.send(body);
}

field.addEventListener("change", () => take(field.files));
camera.addEventListener("change", () => take(camera.files));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const sample = event.submitter?.name === "sample" && event.submitter.value;
  send(sample ? { sample } : {});
});
words.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.addEventListener("paste", (event) => {
  take(event.clipboardData?.files ?? []);
});

// The whole page catches a drop, so that missing the zone does not open the photo in the browser.
let depth = 0;
document.addEventListener("dragenter", () => { depth += 1; zone.classList.add("over"); });
document.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) zone.classList.remove("over"); });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  zone.classList.remove("over");
  take(event.dataTransfer.files);
});

drawStrip();
if (matchMedia("(pointer: coarse)").matches) document.querySelector(".camera").hidden = false;
addEventListener("pageshow", (event) => {
  if (event.persisted) { sending = false; chosen.hidden = true; forget(); }
});
