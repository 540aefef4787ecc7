// Comments on lines of a diff: a click on a line's number puts the form of its file below it, already filled in.
import { t } from "./texts.js";

for (const link of document.querySelectorAll(".diff-lines a.diff-number")) link.title = t("Comment on this line");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".diff-lines a.diff-number");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const [, anchor, side, number] = link.id.match(/^(\w+)-([on])(\d+)$/) ?? [];
  const form = document.querySelector(`[data-line-form="${anchor}"]`);
  if (!form) return;
  event.preventDefault();
  history.replaceState(history.state, "", `#${link.id}`);
  const fields = form.querySelector("form").elements;
  fields.line.value = number;
  fields.side.value = side === "o" ? "old" : "new";
  const line = link.closest(".diff-line");
  let after = line;
  while (after.nextElementSibling?.matches(".line-thread")) after = after.nextElementSibling;
  after.after(form);
  form.open = true;
  for (const marked of document.querySelectorAll(".diff-line.line-chosen")) marked.classList.remove("line-chosen");
  line.classList.add("line-chosen");
  fields.text.focus();
});
