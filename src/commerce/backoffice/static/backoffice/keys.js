// Single keys outside of fields: g and a letter go to a page, j k x move in a list, a letter presses what has it as
// data-key, ? lists them all. Who switches them off in their profile does not get this file (WCAG 2.1.4).
const TYPED_IN = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog";
const GOING = 1500;
const help = document.getElementById("keys");
let goingUntil = 0;

const press = (part) => {
  if (part.matches("input, textarea")) {
    part.focus();
    return part.select();
  }
  if (!part.matches("details")) return part.click();
  part.open = true;
  part.querySelector("a").focus();
};

const rows = () => [...document.querySelectorAll("main tbody tr:not(dialog tr)")].filter((row) => row.querySelector("a") && row.checkVisibility());
const rowHere = () => document.activeElement.closest("main tbody tr");

const move = (step) => {
  const all = rows();
  const place = all.indexOf(rowHere());
  const next = all[place < 0 ? (step > 0 ? 0 : all.length - 1) : place + step];
  if (!next) return;
  next.querySelector("a").focus();
  next.scrollIntoView({ block: "nearest" });
};

const showHelp = () => {
  const here = document.getElementById("keys-here");
  here.replaceChildren(...[...document.querySelectorAll("main [data-key]")].map((part) => {
    const [row, words, key] = ["li", "div", "div"].map((name) => document.createElement(name));
    words.textContent = part.placeholder ?? part.textContent.trim();
    key.append(Object.assign(document.createElement("kbd"), { textContent: part.dataset.key }));
    row.append(words, key);
    return row;
  }));
  here.previousElementSibling.hidden = !here.children.length;
  help.showModal();
};

const act = (key, now) => {
  const isGoing = now < goingUntil;
  goingUntil = 0;
  if (isGoing) return document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (key === "g") goingUntil = now + GOING;
  else if (key === "?") showHelp();
  else if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "x") return rowHere()?.querySelector("input[type=checkbox]");
  else return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  return null;
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length > 1) return;
  if (event.target.closest(TYPED_IN)) return;
  const part = act(event.key, event.timeStamp);
  if (!part) return;
  event.preventDefault(); // the letter is not typed into the field that it leads to
  press(part);
});
