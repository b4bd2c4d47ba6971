// Runs before the first paint, so that a chosen theme never flashes. Follows the system until the person chooses.
(() => {
  const root = document.documentElement;
  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const apply = (theme) => {
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  };
  apply(stored());
  root.classList.add("js");
  if (root.dataset.photo) root.style.setProperty("--photo", root.dataset.photo);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = dark ? "light" : "dark";
    apply(theme);
    try { localStorage.setItem("theme", theme); } catch { /* private browsing: the choice lasts for this page */ }
  });
})();
