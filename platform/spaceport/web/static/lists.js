// Home and the lists: search while typing, chips that change by themselves.
import { tellTime } from "./page.js";
import { listen } from "./stream.js";
import { t } from "./texts.js";

const list = document.querySelector("[data-list]");
const form = document.querySelector("[data-search]");
const found = document.querySelector("[data-found]");
let asked = 0;
let timer = 0;

async function search() {
  clearTimeout(timer);
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value.trim()) query.delete(name);
  const address = `${form.getAttribute("action")}${query.size ? `?${query}` : ""}`;
  const number = ++asked;
  query.set("part", "true");
  const answer = await fetch(`${form.getAttribute("action")}?${query}`);
  if (!answer.ok || number !== asked) return;
  list.innerHTML = await answer.text();
  history.replaceState(null, "", address);
  found.textContent = t("%(results)s found", { results: list.querySelector("[data-count]").textContent });
  tellTime(list);
}

form.querySelector("input[type=search]").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 180);
});
form.querySelector("select")?.addEventListener("change", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

if (list.dataset.events) {
  listen(list.dataset.events, (message) => {
    const card = list.querySelector(`[data-space="${CSS.escape(message.id)}"]`);
    if (!card) return;
    if (message.gone) return card.remove();
    const slot = card.querySelector("[data-chip-slot]");
    if (slot.innerHTML.trim() !== message.html.trim()) slot.innerHTML = message.html;
  });
}
