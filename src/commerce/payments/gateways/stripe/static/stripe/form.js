// Puts Stripe's fields into the page and confirms what they hold: a payment, or a card to save. What became of it is
// told by the return page, which asks Stripe itself; what is said here is only for the person at the screen.

const box = document.querySelector("[data-stripe-key]");
const form = box.querySelector("form");
const alert = box.querySelector("[role=alert] > .alert");
const button = form.querySelector("button");
const label = button.innerHTML;
const { stripeKey, clientSecret, intent, paymentMethod, returnUrl, locale, notLoaded, notCharged, notConfirmed } = box.dataset;

function show(text) {
  alert.querySelector("p").textContent = text;
  alert.hidden = !text;
}

function wait(busy) {
  button.disabled = busy;
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

const done = ({ error, paymentIntent, setupIntent }) =>
  ["succeeded", "processing"].includes((error?.payment_intent ?? error?.setup_intent ?? paymentIntent ?? setupIntent)?.status);

async function confirm(stripe, elements) {
  const confirmParams = { return_url: returnUrl };
  if (elements) {
    const { error } = await elements.submit();
    if (error) return { error };
  } else {
    confirmParams.payment_method = paymentMethod;
  }
  const what = elements ? { elements } : { clientSecret };
  const act = intent === "setup" ? stripe.confirmSetup : stripe.confirmPayment;
  return act({ ...what, confirmParams, redirect: "if_required" });
}

function start() {
  const stripe = Stripe(stripeKey, { locale });
  let elements = null;
  if (!paymentMethod) {
    const fields = form.querySelector(".gateway-fields");
    elements = stripe.elements({ clientSecret, appearance: appearance(), locale });
    const element = elements.create("payment");
    element.on("ready", () => { fields.removeAttribute("aria-busy"); wait(false); });
    element.on("loaderror", () => show(notLoaded));
    element.on("change", () => show(""));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      elements.update({ appearance: appearance() });
    });
    button.disabled = true;
    element.mount(fields);
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    show("");
    wait(true);
    const result = await confirm(stripe, elements).catch(() => ({ error: {} }));
    if (done(result)) {
      location.assign(returnUrl);
      return;
    }
    wait(false);
    const { type, message } = result.error ?? {};
    // The fields themselves say what is wrong in them.
    if (type === "validation_error") return;
    show(type === "card_error" && message ? `${message} ${intent === "payment" ? notCharged : ""}`.trim() : notConfirmed);
  });
}

box.hidden = false;
if (window.Stripe) {
  start();
} else {
  form.hidden = true;
  show(notLoaded);
}
