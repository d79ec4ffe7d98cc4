// Puts Stripe's fields into the page and confirms what they hold: a payment, or a card to save. What became of it is
// told by the return page, which asks Stripe itself; what is said here is only for the person at the screen.

const box = document.querySelector("[data-stripe-key]");
const form = box.querySelector("form");
const alert = box.querySelector("[role=alert] > .alert");
const fields = form.querySelector(".gateway-fields");
const button = form.querySelector("button");
const label = button.innerHTML;
const { stripeKey, clientSecret, intent, returnUrl, locale, notLoaded, notCharged, notConfirmed, refused } = box.dataset;

function show(text) {
  alert.querySelector("p").textContent = text;
  alert.hidden = !text;
}

function wait(busy) {
  button.disabled = busy;
  for (const choice of form.elements) if (choice.type === "radio") choice.disabled = busy;
  button.setAttribute("aria-busy", busy);
  button[busy ? "textContent" : "innerHTML"] = busy ? button.dataset.busy : label;
}

// Stripe reads hex and rgb only, and the page's colors may be written otherwise.
function color(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  box.append(probe);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.fillStyle = getComputedStyle(probe).color;
  brush.fillRect(0, 0, 1, 1);
  probe.remove();
  const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

function appearance() {
  const scheme = getComputedStyle(box).colorScheme;
  const dark = scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  return {
    theme: dark ? "night" : "stripe",
    variables: {
      colorPrimary: color("--accent"),
      colorBackground: color("--surface"),
      colorText: color("--text"),
      colorTextSecondary: color("--muted"),
      colorDanger: color("--danger"),
      borderRadius: "8px",
      fontFamily: getComputedStyle(box).fontFamily,
      fontSizeBase: "15px",
    },
    rules: { ".Input": { border: `1px solid ${color("--line-strong")}` } },
  };
}

// Nothing is left to do here: it went through, or was ended in another tab.
const done = ({ error, paymentIntent, setupIntent }) =>
  error?.code?.endsWith("_unexpected_state") ||
  ["succeeded", "processing"].includes((error?.payment_intent ?? error?.setup_intent ?? paymentIntent ?? setupIntent)?.status);

async function confirm(stripe, elements, savedCard) {
  const act = intent === "setup" ? stripe.confirmSetup : stripe.confirmPayment;
  const confirmParams = { return_url: returnUrl };
  if (savedCard) {
    return act({ clientSecret, confirmParams: { ...confirmParams, payment_method: savedCard }, redirect: "if_required" });
  }
  const { error } = await elements.submit();
  return error ? { error } : act({ elements, confirmParams, redirect: "if_required" });
}

function mountFields(stripe) {
  const elements = stripe.elements({ clientSecret, appearance: appearance(), locale });
  const element = elements.create("payment");
  element.on("ready", () => { fields.removeAttribute("aria-busy"); wait(false); });
  element.on("loaderror", () => show(notLoaded));
  element.on("change", () => show(""));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    elements.update({ appearance: appearance() });
  });
  button.disabled = true;
  element.mount(fields);
  return elements;
}

function start() {
  const stripe = Stripe(stripeKey, { locale });
  const chosen = () => form.querySelector("[name=card]:checked")?.value ?? "";
  let elements = null;
  const choose = () => {
    fields.hidden = Boolean(chosen());
    if (chosen()) wait(false);
    else elements ??= mountFields(stripe);
  };
  form.addEventListener("change", choose);
  choose();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    show("");
    wait(true);
    const result = await confirm(stripe, elements, chosen()).catch(() => ({ error: {} }));
    if (done(result)) {
      location.assign(returnUrl);
      return;
    }
    wait(false);
    const { type, message } = result.error ?? {};
    // The fields themselves say what is wrong in them.
    if (type === "validation_error") return;
    if (type === "card_error" && message) show(`${message} ${intent === "payment" ? notCharged : ""}`.trim());
    else show(type === "invalid_request_error" ? refused : notConfirmed);
  });
}

box.hidden = false;
if (window.Stripe) {
  start();
} else {
  form.hidden = true;
  show(notLoaded);
}
