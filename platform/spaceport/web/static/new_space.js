// The new Space form says what is wrong with a name while it is typed.
import { t } from "./texts.js";

const form = document.querySelector("[data-new-space]");
const input = form.elements.name;
const hint = form.querySelector("[data-name-hint]");

/** The rule of names: the server has the last word. */
function problemWith(name) {
  if (!name) return "";
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return t("Only letters, digits, - _ and . are possible: use - instead of a space.");
  if (name.includes("--") || name.includes("..")) return t("Not two - or two . in a row.");
  if (/^[-.]|[-.]$/.test(name)) return t("Not - or . at the beginning or the end.");
  if (name.toLowerCase().endsWith(".git")) return t("Not .git at the end.");
  return name.length > 96 ? t("At most 96 characters.") : "";
}

input.addEventListener("input", () => {
  const problem = problemWith(input.value.trim());
  hint.textContent = problem || hint.dataset.hint;
  hint.classList.toggle("bad", Boolean(problem));
  input.setAttribute("aria-invalid", String(Boolean(problem)));
});

form.addEventListener("submit", (event) => {
  const name = input.value.trim();
  const problem = name ? problemWith(name) : t("Give the Space a name.");
  if (!problem) return;
  event.preventDefault();
  hint.textContent = problem;
  hint.classList.add("bad");
  input.setAttribute("aria-invalid", "true");
  input.focus();
});
