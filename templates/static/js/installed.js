// Dylumo as an app: its service worker, the hint to install it, and a line while there is no network.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js");

const line = document.getElementById("offline-line");
const look = () => { line.hidden = navigator.onLine; };
addEventListener("online", look);
addEventListener("offline", look);
look();

let offer = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  for (const button of document.querySelectorAll("[data-install]")) button.hidden = false;
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-install]");
  if (!button || !offer) return;
  button.hidden = true;
  await offer.prompt();
  offer = null;
});
