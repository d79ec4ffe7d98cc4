// Improvement only: a chosen role ticks its usual rights; the button that does the same without a script is not needed.

for (const form of document.querySelectorAll("form[data-roles]")) {
  for (const part of form.querySelectorAll("[data-without-script]")) part.hidden = true;
  const rights = [...form.querySelectorAll("input[name=rights]")];
  for (const role of form.querySelectorAll("input[name=role]")) {
    role.addEventListener("change", () => {
      const usual = role.dataset.rights.split(" ");
      for (const right of rights) right.checked = usual.includes(right.value);
    });
  }
}
