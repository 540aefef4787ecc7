// The admin's page: rows and sections renewed by one stream, sorted and filtered here.
import { wake } from "./page.js";
import { listen } from "./stream.js";

const page = document.querySelector("[data-admin]");
const table = page.querySelector("[data-rows]");
const body = table.tBodies[0];
const filter = page.querySelector("[data-filter]");
const state = page.querySelector("[data-live-state]");
const none = page.querySelector("[data-none]");
const asked = new URLSearchParams(location.search);
const order = { key: asked.get("sort") || "name", down: asked.get("dir") === "down" };

function parse(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html.trim();
  wake(fresh.content);
  return fresh.content;
}

/** Renew only cells that changed, so that a button under the pointer or with the focus stays the same button. */
function renewRow(row, fresh) {
  for (const cell of fresh.cells) {
    const old = row.querySelector(`[data-cell="${cell.dataset.cell}"]`);
    old.dataset.sort = cell.dataset.sort ?? "";
    if (old.innerHTML !== cell.innerHTML) old.replaceChildren(...cell.childNodes);
  }
}

function putRow(name, html) {
  const fresh = parse(html).querySelector("tr");
  const row = body.querySelector(`[data-row="${CSS.escape(name)}"]`);
  if (row) renewRow(row, fresh);
  else body.append(fresh);
}

function putSection(name, html) {
  const slot = page.querySelector(`[data-part="${CSS.escape(name)}"]`);
  const fresh = parse(html);
  const holder = document.createElement("div");
  holder.append(fresh);
  if (slot.innerHTML.trim() === holder.innerHTML.trim()) return;
  const focused = slot.contains(document.activeElement) ? document.activeElement.getAttribute("formaction") : null;
  slot.replaceChildren(...holder.childNodes);
  if (focused) slot.querySelector(`[formaction="${CSS.escape(focused)}"]`)?.focus();
}

const valueOf = (row) => row.querySelector(`[data-cell="${order.key}"]`)?.dataset.sort ?? "";

function compare(one, other) {
  const [a, b] = [valueOf(one), valueOf(other)];
  const byNumber = ["cpu", "memory", "requests", "visit"].includes(order.key);
  const result = byNumber ? Number(a) - Number(b) : a.localeCompare(b);
  return order.down ? -result : result;
}

function arrange() {
  const rows = [...body.rows];
  const sorted = [...rows].sort(compare);
  // Moving rows that are in order already would take the focus away from a button in them.
  if (sorted.some((row, place) => row !== rows[place])) body.append(...sorted);
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const text = `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  none.hidden = shown > 0;
}

function markHeads() {
  for (const link of table.querySelectorAll("[data-sort-by]")) {
    const head = link.closest("th");
    if (link.dataset.sortBy === order.key) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

table.tHead.addEventListener("click", (event) => {
  const link = event.target.closest("[data-sort-by]");
  if (!link) return;
  event.preventDefault();
  const key = link.dataset.sortBy;
  // Figures are most telling from the top.
  order.down = order.key === key ? !order.down : !["name", "stage"].includes(key);
  order.key = key;
  markHeads();
  arrange();
});
filter.addEventListener("input", arrange);
filter.form.addEventListener("submit", (event) => event.preventDefault());

listen(page.dataset.events, ({ parts, gone }) => {
  for (const name of gone) body.querySelector(`[data-row="${CSS.escape(name)}"]`)?.remove();
  for (const [name, html] of Object.entries(parts)) {
    if (name.startsWith("space-")) putRow(name, html);
    else putSection(name, html);
  }
  arrange();
}, {
  onOpen: () => (state.textContent = "live"),
  onLost: () => (state.textContent = "The hub does not answer. Trying again…"),
});
