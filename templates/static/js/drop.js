// The first page: drop, choose, paste or take a photo; it is checked, sent with a progress bar, and the list opens.
import { announce, errorBox, errorOf } from "./swap.js";

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

let photo = null;
let sending = false;

function fail(error) {
  sending = false;
  chosen.hidden = true;
  forget();
  errorBox(errors, error);
}

function forget() {
  photo = null;
  field.value = "";
  zone.classList.remove("has-preview");
  preview.hidden = true;
  if (preview.src) URL.revokeObjectURL(preview.src);
}

function take(file) {
  errors.hidden = true;
  if (!file || sending) return;
  if (file.type && !file.type.startsWith("image/")) {
    fail({ code: "picture_unsupported", message: `${file.name} is not a picture.`, hint: `Use a ${form.dataset.accepted} file.` });
    return;
  }
  if (file.size > limit) {
    const size = Math.round(file.size / 1024 / 1024);
    fail({ code: "picture_too_large", message: `${file.name} is ${size} MB; photos may have up to ${form.dataset.limit} MB.`, hint: "Save a smaller copy and try that." });
    return;
  }
  photo = file;
  preview.src = URL.createObjectURL(file);
  preview.onload = () => {
    preview.hidden = false;
    zone.classList.add("has-preview");
  };
  preview.onerror = () => { preview.hidden = true; };
  document.getElementById("chosen-name").textContent = file.name;
  // With words half written or a song chosen, the person may want to go on; else the photo alone is the wish.
  if (words.value.trim() || song.closest("details").open) {
    chosen.hidden = false;
    bar.hidden = true;
    announce(`${file.name} is ready. Press Find music.`);
  } else {
    send();
  }
}

function send(extra = {}) {
  if (sending) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  if (photo) body.set("picture", photo, photo.name);
  if (words.value.trim()) body.set("text", words.value.trim());
  if (song.files[0]) body.set("sound", song.files[0]);
  for (const [name, value] of Object.entries(extra)) body.set(name, value);
  sending = true;
  errors.hidden = true;
  form.setAttribute("aria-busy", "true");
  chosen.hidden = !photo;
  bar.hidden = false;
  bar.removeAttribute("value");
  announce("Sending");

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
    fail({ code: "offline", message: "The upload broke off.", hint: "Check your connection and try again." });
  });
  request.send(body);
}

field.addEventListener("change", () => take(field.files[0]));
camera.addEventListener("change", () => take(camera.files[0]));
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
  const file = [...(event.clipboardData?.files ?? [])][0];
  if (file) take(file);
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
  take(event.dataTransfer.files[0]);
});

if (matchMedia("(pointer: coarse)").matches) document.querySelector(".camera").hidden = false;
addEventListener("pageshow", (event) => {
  if (event.persisted) { sending = false; chosen.hidden = true; forget(); }
});
