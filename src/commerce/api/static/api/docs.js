// Sends the requests of the forms. The token lives in one variable of this module, and goes into one header.

let token = "";

const box = document.querySelector("[data-token]");
const input = document.getElementById("token-value");
const note = document.getElementById("token-note");
const reveal = box.querySelector("[data-reveal]");
const FORM = /^opt_live_[0-9A-Za-z]{46}$/;

function remember() {
  token = input.value.trim();
  if (!token) note.textContent = "No token yet.";
  else if (FORM.test(token)) note.textContent = "Kept in this page until you leave it.";
  else note.textContent = "This does not look like a token: opt_live_ and 46 letters and digits. It is sent all the same.";
  for (const line of document.querySelectorAll("[data-token-state]")) line.hidden = Boolean(token);
}

function show(isShown) {
  input.type = isShown ? "text" : "password";
  reveal.textContent = isShown ? "Hide" : "Show";
  reveal.setAttribute("aria-pressed", String(isShown));
}

input.addEventListener("input", remember);
reveal.addEventListener("click", () => show(input.type === "password"));
box.querySelector("[data-forget]").addEventListener("click", () => {
  input.value = "";
  show(false);
  remember();
  input.focus();
});
addEventListener("pagehide", () => {
  // A page may be kept and shown again by the Back button: not with the token.
  input.value = token = "";
  show(false);
});
addEventListener("pageshow", remember);
box.hidden = false;

// The text as it came, only with line breaks: numbers are not read, so they cannot change.
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function pretty(text) {
  const shown = document.createDocumentFragment();
  let depth = 0;
  const newline = () => shown.append("\n" + "  ".repeat(depth));
  const words = text.match(TOKENS) ?? [];
  words.forEach((word, i) => {
    const next = words[i + 1];
    if (word === "{" || word === "[") {
      shown.append(word);
      depth += 1;
      if (next !== "}" && next !== "]") newline();
    } else if (word === "}" || word === "]") {
      depth -= 1;
      if (words[i - 1] !== "{" && words[i - 1] !== "[") newline();
      shown.append(word);
    } else if (word === ",") {
      shown.append(word);
      newline();
    } else if (word === ":") {
      shown.append(": ");
    } else {
      const span = document.createElement("span");
      const isKey = next === ":";
      span.className = isKey ? "j-key" : word[0] === '"' ? "j-text" : /[a-z]/.test(word[0]) ? "j-word" : "j-number";
      span.textContent = word;
      shown.append(span);
    }
  });
  return shown;
}

function request(panel) {
  const headers = {};
  const query = [];
  let path = panel.dataset.path;
  for (const field of panel.querySelectorAll("[data-in]")) {
    const value = field.value.trim();
    if (!value) continue;
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (field.dataset.in === "query") query.push(`${field.name}=${encodeURIComponent(value)}`);
    else headers[field.name] = value;
  }
  const method = panel.dataset.method;
  if (panel.querySelector("[data-dry-run]")?.checked) query.push("dry_run=true");
  else if (method === "POST" && !headers["Idempotency-Key"]) headers["Idempotency-Key"] = crypto.randomUUID();
  const body = panel.querySelector("[data-sent-body]")?.value.trim();
  if (body) headers["Content-Type"] = "application/json";
  return { method, address: path + (query.length ? `?${query.join("&")}` : ""), headers, body: body || undefined };
}

function asCommand({ method, address, headers, body }, withToken) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ["curl -i"];
  if (method !== "GET") parts.push(`-X ${method}`);
  if (withToken) parts.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) parts.push(`-d ${quoted(body)}`);
  parts.push(quoted(location.origin + address));
  return parts.join(" ");
}

// HTTP/2 sends no words with a status.
const WORDS = {
  200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified", 400: "Bad Request",
  401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
  412: "Precondition Failed", 415: "Unsupported Media Type", 422: "Unprocessable Content", 428: "Precondition Required",
  429: "Too Many Requests", 500: "Internal Server Error",
};

function tone(status) {
  if (status < 400) return "green";
  return status < 500 ? "yellow" : "red";
}

function chip(words, color) {
  const made = document.createElement("span");
  made.className = "chip";
  made.dataset.tone = color;
  made.textContent = words;
  return made;
}

function pair(name, value) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value;
  line.append(term, text);
  return line;
}

// Ids of a list that was read become suggestions for reading one of its rows.
function suggest(path, text) {
  const one = document.querySelector(`[data-path="${path}/{id}"] datalist`);
  if (!one) return;
  let rows;
  try {
    rows = JSON.parse(text).data;
  } catch {
    return;
  }
  one.replaceChildren(...rows.map((row) => new Option(row.name ?? row.invoice_number ?? row.order_number ?? row.domain_name ?? "", row.id)));
}

async function send(panel) {
  const sent = request(panel);
  const { method, address, headers } = sent;
  const needsToken = "needsToken" in panel.dataset;
  const result = panel.querySelector(".result");
  const status = panel.querySelector("[data-status]");
  const body = panel.querySelector("[data-body]");
  panel.querySelector("[data-sent]").textContent = asCommand(sent, needsToken);
  const began = performance.now();
  try {
    const reply = await fetch(address, {
      method,
      body: sent.body,
      headers: needsToken && token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const isFile = reply.ok && !/json/.test(reply.headers.get("content-type") ?? "json");
    const text = await reply.text();
    const took = Math.round(performance.now() - began);
    status.replaceChildren(chip(`${reply.status} ${WORDS[reply.status] ?? ""}`.trim(), tone(reply.status)), `${took} ms, ${text.length.toLocaleString()} characters`);
    panel.querySelector("[data-headers]").replaceChildren(...[...reply.headers].map(([name, value]) => pair(name, value)));
    body.replaceChildren(isFile ? "A file, which isn't shown here." : text ? pretty(text) : "No body.");
    if (reply.ok && !isFile && method === "GET") suggest(panel.dataset.path, text);
  } catch (error) {
    const isHeader = error instanceof TypeError && /header|ByteString|ISO/i.test(error.message);
    status.replaceChildren(chip("No answer", "red"), isHeader ? "A header holds a character that headers cannot." : "The request could not be sent. Is the connection up?");
    panel.querySelector("[data-headers]").replaceChildren();
    body.replaceChildren(String(error.message));
  }
  result.hidden = false;
}

for (const panel of document.querySelectorAll(".try")) {
  panel.hidden = false;
  const form = panel.querySelector("form");
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    await send(panel);
    button.disabled = false;
    button.focus();
  });
}

// The navigation marks where the reader is, and closes when he chose, where it is a menu.
const sidebar = document.getElementById("sidebar");
const links = new Map([...sidebar.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
sidebar.addEventListener("click", (event) => {
  if (event.target.closest("a") && sidebar.matches(":popover-open")) sidebar.hidePopover();
});
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(entry.target.id)?.setAttribute("aria-current", "true");
  }
}, { rootMargin: "-10% 0px -75% 0px" });
for (const id of links.keys()) {
  const heading = document.getElementById(id);
  if (heading) seen.observe(heading);
}
