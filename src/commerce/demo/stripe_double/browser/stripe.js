// A stand-in for Stripe.js: the parts of its documented interface that our page with the Payment Element uses. As with
// the real one, fields stand in a frame of this script's own origin, and that frame alone sends what is typed into them.

(() => {
  const origin = new URL(document.currentScript.src).origin;

  // One frame with its line to talk: `ask` gets the answer to a question, `listen` hears what the frame tells unasked.
  function openFrame(page, title, listen = () => {}) {
    const frame = document.createElement("iframe");
    const answers = new Map();
    let last = 0;
    frame.src = `${origin}/js/${page}`;
    frame.title = title;
    // Wider than its place by the room that the outline of a field takes.
    Object.assign(frame.style, {
      border: "0", width: "calc(100% + 6px)", maxWidth: "none", margin: "-3px", display: "block", colorScheme: "normal",
    });
    const line = new Promise((resolve) => {
      frame.addEventListener("load", () => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => {
          if (!data.id) return listen(data);
          answers.get(data.id)?.(data.answer);
          answers.delete(data.id);
        };
        frame.contentWindow.postMessage("connect", origin, [port2]);
        resolve(port1);
      });
    });
    const ask = async (question) => {
      const port = await line;
      const id = ++last;
      return new Promise((resolve) => {
        answers.set(id, resolve);
        port.postMessage({ ...question, id });
      });
    };
    return { frame, ask };
  }

  class Payment {
    constructor(setup) {
      this.handlers = {};
      const { frame, ask } = openFrame("payment.html", "Secure payment input frame", (told) => {
        if (told.height) frame.style.height = `${told.height}px`;
        if (told.event) this.handlers[told.event]?.({ elementType: "payment", ...told.detail });
      });
      Object.assign(this, { frame, ask, setup });
    }

    mount(target) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      place.replaceChildren(this.frame);
      this.ask({ do: "show", ...this.setup }).then(({ error }) => {
        this.handlers[error ? "loaderror" : "ready"]?.({ elementType: "payment", error });
      });
      return this;
    }

    on(event, handler) {
      this.handlers[event] = handler;
      return this;
    }
  }

  function readSecret(clientSecret) {
    const [, id, kind] = /^((pi|seti)_[A-Za-z0-9]+)_secret_/.exec(clientSecret ?? "") ?? [];
    if (!id) throw new Error("IntegrationError: the client secret is not valid.");
    const isPayment = kind === "pi";
    return {
      path: `/v1/${isPayment ? "payment_intents" : "setup_intents"}/${id}`,
      name: isPayment ? "paymentIntent" : "setupIntent",
      lastError: isPayment ? "last_payment_error" : "last_setup_error",
      member: isPayment ? "payment_intent" : "setup_intent",
      clientSecret,
    };
  }

  function leave(to) {
    location.assign(to);
    return new Promise(() => {});
  }

  function Stripe(key, { locale = "auto" } = {}) {
    if (!/^pk_/.test(key)) throw new Error("IntegrationError: this is not a publishable key.");
    let controller = null;
    const background = () => {
      if (!controller) {
        controller = openFrame("controller.html", "Stripe controller");
        controller.frame.hidden = true;
        controller.frame.setAttribute("aria-hidden", "true");
        document.body.append(controller.frame);
      }
      return controller;
    };

    // Where the bank wants to see its customer, the page ends here: the bank's own leads back to the return URL.
    async function finish(found, secret, redirect, returnUrl) {
      if (found.error) return { error: found.error };
      if (found.status === "requires_action") return leave(found.next_action.redirect_to_url.url);
      if (found.status === "requires_payment_method") {
        return { error: { ...found[secret.lastError], [secret.member]: found } };
      }
      if (redirect === "if_required") return { [secret.name]: found };
      const back = new URL(returnUrl);
      back.searchParams.set(secret.member, found.id);
      back.searchParams.set(`${secret.member}_client_secret`, secret.clientSecret);
      back.searchParams.set("redirect_status", found.status);
      return leave(back);
    }

    async function confirm({ elements, clientSecret, confirmParams = {}, redirect = "always" }) {
      const secret = readSecret(clientSecret ?? elements?.clientSecret);
      const frame = elements ? elements.payment : background();
      const answer = await frame.ask({ do: "confirm", ...secret, confirmParams, key, locale });
      return finish(answer, secret, redirect, confirmParams.return_url);
    }

    return {
      elements({ clientSecret, appearance = {}, locale: own = locale }) {
        const setup = { ...readSecret(clientSecret), appearance, locale: own, key };
        const group = {
          clientSecret,
          payment: null,
          create(type) {
            if (type !== "payment") throw new Error(`This stand-in has no element "${type}".`);
            group.payment = new Payment(setup);
            return group.payment;
          },
          submit: () => group.payment.ask({ do: "submit" }),
          update: (change) => group.payment?.ask({ do: "update", ...change }),
        };
        return group;
      },
      confirmPayment: confirm,
      confirmSetup: confirm,
    };
  }

  window.Stripe = Stripe;
})();
