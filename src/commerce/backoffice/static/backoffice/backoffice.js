// A form is sent once: its button rests until the next page is there. On a wide screen the menu is always open.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
const menu = document.querySelector(".office-menu");
const wide = window.matchMedia("(min-width: 64rem)");
const fold = () => { if (menu) menu.open = wide.matches; };
fold();
wide.addEventListener("change", fold);
