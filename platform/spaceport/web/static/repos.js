// Lists of models and datasets: search while typing.
import { wake } from "./page.js";

const rows = document.querySelector("[data-rows]");
const form = document.querySelector("[data-search]");
const found = document.querySelector("[data-found]");
let asked = 0;
let timer = 0;

async function search() {
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value.trim()) query.delete(name);
  const address = `${form.action}${query.size ? `?${query}` : ""}`;
  const number = ++asked;
  query.set("part", "true");
  const answer = await fetch(`${form.action}?${query}`);
  if (!answer.ok || number !== asked) return;
  rows.innerHTML = await answer.text();
  history.replaceState(null, "", address);
  const count = rows.querySelectorAll(".repo-row").length;
  found.textContent = rows.querySelector(".older") ? `${count} and more found` : `${count} found`;
  wake(rows);
}

form.querySelector("input[type=search]").addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 180);
});
form.querySelector("select").addEventListener("change", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
