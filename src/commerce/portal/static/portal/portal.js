// Improvements only: every page works without this file.

// A copy button beside a code box appears when there is a clipboard to copy to.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    const shown = document.getElementById(button.dataset.copy).textContent.trim();
    await navigator.clipboard.writeText(button.dataset.text ?? shown);
    label.textContent = button.dataset.done;
    setTimeout(() => { label.textContent = before; }, 2000);
  });
}

// A button in a password field shows what is typed; it is hidden again before the form is sent.
for (const button of document.querySelectorAll("button[data-show]")) {
  const input = document.getElementById(button.dataset.show);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A button ticks all boxes of a name, or none once all are ticked.
for (const button of document.querySelectorAll("button[data-tick-all]")) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.tickAll}"]`)];
  button.hidden = boxes.length < 2;
  button.addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  });
}

// A form is sent once, however often its button is pressed. The server refuses the second sending anyway.
for (const form of document.querySelectorAll("form[method=post]")) {
  if (form.target === "_blank") continue; // its page stays, and may be asked again
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// With scripts the results of a search may arrive one by one: only then does its form ask for that.
for (const input of document.querySelectorAll("input[data-live]")) input.disabled = false;
