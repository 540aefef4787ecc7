// Pages of figures: their parts are renewed by a stream, but not under the hands of who reads in them.
import { putPart, tellState } from "./parts.js";
import { listen } from "./stream.js";

const page = document.querySelector("[data-figures]");
const held = new Map();

const isRead = (name) => page.querySelector(`[data-part="${CSS.escape(name)}"] details[open]`) !== null;

function put(name, html) {
  if (isRead(name)) held.set(name, html);
  else putPart(page, name, html);
}

page.addEventListener("toggle", () => {
  for (const [name, html] of held) {
    if (isRead(name)) continue;
    held.delete(name);
    putPart(page, name, html);
  }
}, true);

listen(page.dataset.figures + location.search, ({ parts }) => {
  for (const [name, html] of Object.entries(parts)) put(name, html);
}, tellState(page));
