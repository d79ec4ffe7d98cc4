// Before anything is drawn: a page that follows the system's theme gets unfold's class for dark ones.
const page = document.documentElement;
if (page.dataset.theme === "system") {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => page.classList.toggle("dark", dark.matches);
  follow();
  dark.addEventListener("change", follow);
}
