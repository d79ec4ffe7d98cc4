// What lists have besides with scripts: what is done to ticked rows comes with the first tick, all rows of the page are
// ticked at once, how many rows each saved view has now, and the page of a row in a sheet beside the
// list (Space, or its button). Without them a tab has the name of its view, and a row leads to its page.
const views = document.querySelector("[data-counts]");
const sheet = document.getElementById("sheet");
const body = document.getElementById("sheet-body");
let asked = 0;

const showCounts = async () => {
  const reply = await fetch(views.dataset.counts, { redirect: "error" });
  if (!reply.ok) return;
  const counts = await reply.json();
  for (const place of views.querySelectorAll("[data-view]")) place.textContent = counts[place.dataset.view] ?? "";
};

const linkOf = (row) => row?.querySelector("th[scope=row] > a");

// What stood in the page of its own still leads where it did.
const fromPage = (page, url) => {
  const part = page.querySelector("main");
  for (const link of part.querySelectorAll("a[href]")) link.href = new URL(link.getAttribute("href"), url);
  for (const form of part.querySelectorAll("form")) form.action = new URL(form.getAttribute("action") ?? "", url);
  for (const left of part.querySelectorAll(".crumbs, script")) left.remove();
  for (const style of page.querySelectorAll("link[rel=stylesheet]")) {
    if (!document.querySelector(`link[href="${CSS.escape(style.getAttribute("href"))}"]`)) document.head.append(style);
  }
  return [...part.childNodes];
};

const look = async (row) => {
  const url = linkOf(row)?.href;
  if (!url) return;
  const mine = ++asked;
  try {
    const reply = await fetch(url);
    if (!reply.ok || reply.redirected) return location.assign(url);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (mine !== asked) return;
    body.replaceChildren(...fromPage(page, url));
  } catch {
    return location.assign(url);
  }
  document.getElementById("sheet-open").href = url;
  for (const other of document.querySelectorAll("tr[aria-current]")) other.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  if (!sheet.open) {
    sheet.show();
    linkOf(row).focus(); // the list is worked on
  }
  body.scrollTop = 0;
};

const close = () => {
  asked += 1;
  sheet.close();
  const row = document.querySelector("tr[aria-current]");
  row?.removeAttribute("aria-current");
  linkOf(row)?.focus();
};

const addButton = (row) => {
  if (!linkOf(row)) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "look", textContent: "⤢" });
  button.setAttribute("aria-label", `${sheet.getAttribute("aria-label")}: ${linkOf(row).textContent}`);
  button.addEventListener("click", () => look(row));
  linkOf(row).after(button);
};

if (views) showCounts().catch(() => {}); // the tabs lead where they did
if (sheet) {
  document.querySelectorAll("table.is-list tbody tr").forEach(addButton);
  document.getElementById("sheet-close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && sheet.open) return close();
    const row = event.target.closest("table.is-list tbody tr");
    if (event.key !== " " || !row || event.target.closest("button, input, select, summary")) return;
    event.preventDefault();
    look(row);
  });
  // An open sheet follows the row that the keys go to.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("table.is-list tbody tr");
    if (sheet.open && row && row.getAttribute("aria-current") !== "true") look(row);
  });
}

const bulk = document.getElementById("bulk");
if (bulk) {
  const all = document.getElementById("bulk-page");
  const everything = bulk.querySelector("[name=all]");
  const count = bulk.querySelector("[data-count]");
  const rows = [...document.querySelectorAll("input[form=bulk]")];
  const update = () => {
    const ticked = rows.filter((row) => row.checked).length;
    all.checked = ticked === rows.length;
    all.indeterminate = ticked > 0 && !all.checked;
    bulk.classList.toggle("is-open", ticked > 0 || Boolean(everything?.checked));
    count.textContent = ticked ? `${ticked} ${count.dataset.count}` : "";
  };
  document.documentElement.classList.add("has-script");
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const row of rows) row.checked = all.checked;
    update();
  });
  for (const part of [...rows, everything]) part?.addEventListener("change", update);
  window.addEventListener("pageshow", update);
  update();
}
