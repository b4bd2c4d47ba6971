// A list as a picture: shared by the phone's own sheet where there is one, else saved by the link that this button is.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-share-picture]");
  if (!link || !navigator.canShare) return;
  const probe = new File([new Uint8Array(1)], "list.png", { type: "image/png" });
  if (!navigator.canShare({ files: [probe] })) return;
  event.preventDefault();
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.href);
    if (!response.ok) throw new Error(String(response.status));
    const file = new File([await response.blob()], "list.png", { type: "image/png" });
    await navigator.share({ files: [file], title: link.dataset.sharePicture });
  } catch (error) {
    if (error.name !== "AbortError") location.assign(link.href);
  } finally {
    link.removeAttribute("aria-busy");
  }
});
