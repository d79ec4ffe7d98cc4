// A form is sent once: its button rests until the next page is there. What folds out above the page closes again by
// Escape and by a press elsewhere. How much work is open is counted after the page.
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
const folded = () => document.querySelectorAll("details.more[open]");
document.addEventListener("click", (event) => {
  for (const one of folded()) if (!one.contains(event.target)) one.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const one of folded()) {
    one.open = false;
    if (one.contains(document.activeElement)) one.querySelector("summary").focus();
  }
});

const work = document.querySelector("[data-open-work]");
const countWork = async () => {
  const reply = await fetch(work.dataset.openWork, { redirect: "error" });
  const { count } = reply.ok ? await reply.json() : { count: "0" };
  if (count !== "0") work.append(Object.assign(document.createElement("span"), { className: "badge-warning", textContent: count }));
};
if (work) window.addEventListener("load", () => countWork().catch(() => {})); // the link leads where it did
