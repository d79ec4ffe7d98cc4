// Passkeys. A button with data-passkey="get" or "create" asks the server what to do (data-options), lets the browser do
// it, puts the answer into its form's field "credential", and sends the form. Without a script the button stays hidden.

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    },
  });
  return {
    attestationObject: toText(made.response.attestationObject),
    clientDataJSON: toText(made.response.clientDataJSON),
    transports: made.response.getTransports?.() ?? [],
    made,
  };
}

async function get(options) {
  const made = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
  return {
    authenticatorData: toText(made.response.authenticatorData),
    clientDataJSON: toText(made.response.clientDataJSON),
    signature: toText(made.response.signature),
    userHandle: made.response.userHandle ? toText(made.response.userHandle) : null,
    made,
  };
}

async function answer(button) {
  const form = button.form;
  const reply = await fetch(button.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!reply.ok) throw new Error(`the server answered ${reply.status}`);
  const { publicKey } = await reply.json();
  const { made, ...response } = await (button.dataset.passkey === "create" ? create : get)(publicKey);
  return JSON.stringify({
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response,
    clientExtensionResults: made.getClientExtensionResults(),
  });
}

for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const failed = button.form.querySelector("[data-passkey-failed]");
    const tick = document.getElementById(button.dataset.with);
    if (failed) failed.hidden = true;
    button.disabled = true;
    try {
      button.form.elements.credential.value = await answer(button);
      if (tick && button.form.elements.remember) button.form.elements.remember.value = tick.checked ? "on" : "";
      button.form.submit();
    } catch {
      button.disabled = false;
      if (failed) failed.hidden = false;
    }
  });
}
