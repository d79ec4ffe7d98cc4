// The search field of every page shows what it finds while one types: a combobox (WAI-ARIA APG). Enter opens what is
// called exactly so, or else the first, and ">" asks for acts, of the client whose page is open. Without scripts it is a form.
const field = document.getElementById("global-search");
const list = document.getElementById("global-found");
let waiting = 0;
let asked = 0;
let shown = "";

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

const choose = (option) => {
  chosen()?.removeAttribute("aria-selected");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
};

const show = (isShown) => {
  list.hidden = !isShown;
  field.setAttribute("aria-expanded", String(isShown));
  if (!isShown) choose(null);
};

const ask = async () => {
  const text = field.value.trim();
  const mine = ++asked;
  if (text.length < 2 && text !== ">") return show(false);
  const client = document.querySelector("main[data-client]")?.dataset.client ?? "";
  const query = new URLSearchParams({ q: text, part: "list", client });
  try {
    const reply = await fetch(`${field.form.action}?${query}`, { redirect: "error" });
    if (!reply.ok || mine !== asked) return;
    list.innerHTML = await reply.text();
  } catch {
    return; // the form still works, and says what is wrong
  }
  if (mine !== asked) return;
  shown = text;
  options().forEach((option, place) => { option.id = `found-${place}`; });
  show(options().length > 0);
};

const open = (option) => { if (option) location.assign(option.dataset.url); };

if (field && list) {
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  field.addEventListener("keydown", (event) => {
    const found = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !list.hidden && found.length) {
      event.preventDefault();
      const place = found.indexOf(chosen());
      choose(found[place < 0 && step < 0 ? found.length - 1 : (place + step + found.length) % found.length]);
    } else if (event.key === "Enter" && !list.hidden && (chosen() || shown === field.value.trim())) {
      event.preventDefault();
      open(chosen() ?? list.querySelector("[data-exact]") ?? found[0]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      show(false);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => open(event.target.closest("[role=option]")));
  field.addEventListener("blur", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
