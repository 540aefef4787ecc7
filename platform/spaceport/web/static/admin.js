// The admin's page: sections and the rows of one page of Spaces renewed by a stream; the hub sorts and filters.
import { parse, putPart, tellState } from "./parts.js";
import { listen } from "./stream.js";

const TYPING_MS = 250;
const page = document.querySelector("[data-admin]");
const spaces = page.querySelector("[data-spaces]");
const filter = page.querySelector("[data-filter]");
let stop = () => {};
let asked = 0;
/** What came while somebody writes a reason: rows that move or go would close that box. */
const held = [];

const body = () => spaces.querySelector("[data-rows]").tBodies[0];

/** Renew only cells that changed, so that a button under the pointer or with the focus stays the same button. */
function renewRow(row, fresh) {
  for (const cell of fresh.cells) {
    const old = row.querySelector(`[data-cell="${cell.dataset.cell}"]`);
    if (old.innerHTML !== cell.innerHTML) old.replaceChildren(...cell.childNodes);
  }
}

function putRow(name, html) {
  const fresh = parse(html).querySelector("tr");
  const row = body().querySelector(`[data-row="${CSS.escape(name)}"]`);
  if (row) renewRow(row, fresh);
  else body().append(fresh);
}

function putInOrder(order) {
  const rows = [...body().rows];
  const places = new Map(order.map((name, place) => [name, place]));
  const sorted = [...rows].sort((one, other) => places.get(one.dataset.row) - places.get(other.dataset.row));
  // Moving rows that are in order already would take the focus away from a button in them.
  if (sorted.some((row, place) => row !== rows[place])) body().append(...sorted);
}

function put({ parts, gone, order }) {
  for (const name of gone) body().querySelector(`[data-row="${CSS.escape(name)}"]`)?.remove();
  for (const [name, html] of Object.entries(parts)) {
    if (name.startsWith("space-")) putRow(name, html);
    else putPart(page, name, html);
  }
  putInOrder(order);
}

const isAsking = () => CSS.supports("selector(:popover-open)") && spaces.querySelector(":popover-open") !== null;

function look() {
  stop();
  held.length = 0;
  stop = listen(page.dataset.events + location.search, (message) => {
    if (isAsking()) held.push(message);
    else put(message);
  }, tellState(page));
}

/** Show another page of the table. Without an answer, the browser goes there as it would without a script. */
async function show(search) {
  const turn = ++asked;
  const query = new URLSearchParams(search);
  query.set("part", "true");
  let html;
  try {
    const answer = await fetch(`/admin?${query}`);
    if (!answer.ok) throw new Error(answer.statusText);
    html = await answer.text();
  } catch {
    location.assign(`/admin?${search}`);
    return;
  }
  if (turn !== asked) return;
  const focused = document.activeElement?.closest("th")?.cellIndex;
  stop();
  history.replaceState(null, "", search ? `/admin?${search}` : "/admin");
  spaces.replaceChildren(parse(html));
  if (focused !== undefined) spaces.querySelector("thead").rows[0].cells[focused].querySelector("a")?.focus();
  look();
}

spaces.addEventListener("toggle", () => {
  if (!isAsking()) held.splice(0).forEach(put);
}, true);

page.addEventListener("click", (event) => {
  const link = event.target.closest("[data-narrow]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(new URL(link.href).search.slice(1));
});

function showFound() {
  const query = new URLSearchParams(location.search);
  query.delete("page");
  if (filter.value.trim()) query.set("filter", filter.value.trim());
  else query.delete("filter");
  show(query.toString());
}

let timer = 0;
filter.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(showFound, TYPING_MS);
});
filter.form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  showFound();
});
look();
