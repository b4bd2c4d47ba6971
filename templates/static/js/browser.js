// Between the site and this browser: its time zone, Dylumo as an app (service worker, the hint to install it), and a line
// while there is no network.

// Tells the server, in a cookie, which zone this browser's clock is in: the evening is the person's own.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

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
