// The list of Spaces: search while typing, chips that change by themselves.
import { wake } from "./page.js";
import { listen } from "./stream.js";

const cards = document.querySelector("[data-cards]");
const form = document.querySelector("[data-search]");
const found = document.querySelector("[data-found]");
const input = form.querySelector("input[type=search]");
let asked = 0;
let timer = 0;

async function search() {
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value.trim()) query.delete(name);
  const address = `/spaces${query.size ? `?${query}` : ""}`;
  const number = ++asked;
  query.set("part", "true");
  const answer = await fetch(`/spaces?${query}`);
  if (!answer.ok || number !== asked) return;
  cards.innerHTML = await answer.text();
  history.replaceState(null, "", address);
  const count = cards.querySelectorAll(".card").length;
  found.textContent = count === 1 ? "1 Space found" : `${count} Spaces found`;
  wake(cards);
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 180);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});

listen(cards.dataset.events, (message) => {
  const card = cards.querySelector(`[data-space="${CSS.escape(message.id)}"]`);
  if (!card) return;
  if (message.gone) return card.remove();
  const slot = card.querySelector("[data-chip-slot]");
  if (slot.innerHTML.trim() !== message.html.trim()) slot.innerHTML = message.html;
});
