// Improvement only: the sum of what is ticked; the button that asks the server for it is not needed then. The field with
// the sum says what the client saw, to a button that charges a card at once.
// The sum looks as the server wrote it: what stands before and after the number is kept, its digits are those of the page.

const NUMBER = /[\d٠-٩](?:[\d٠-٩.,٫٬'’\s]*[\d٠-٩])?/;

for (const form of document.querySelectorAll("form[data-sum-of]")) {
  for (const part of form.querySelectorAll("[data-without-script]")) part.hidden = true;
  const sum = form.querySelector("[data-sum]");
  const field = form.querySelector("[data-sum-field]");
  const boxes = [...form.querySelectorAll(`input[name=${form.dataset.sumOf}]`)];
  const written = sum.textContent;
  const numberingSystem = /[٠-٩]/.test(written) ? "arab" : "latn";
  const style = { style: "currency", currency: form.dataset.currency, currencyDisplay: "code" };
  const { maximumFractionDigits: places } = new Intl.NumberFormat("en", style).resolvedOptions();
  const format = new Intl.NumberFormat(document.documentElement.lang, {
    numberingSystem,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  const show = () => {
    const total = boxes.reduce((so, box) => so + (box.checked ? Number(box.dataset.amount) : 0), 0);
    field.value = total;
    sum.textContent = written.replace(NUMBER, () => format.format(total / 10 ** places));
  };
  form.addEventListener("change", show);
}
