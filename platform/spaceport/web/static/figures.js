// Pages of figures: their parts are renewed by a stream, but not under the hands of who reads in them.
import { putPart, tellState } from "./parts.js";
import { listen } from "./stream.js";

const page = document.querySelector("[data-figures]");
const held = new Map();

/** Whether something in a part is opened or marked with the pointer: new content would close or lose that. */
function isRead(name) {
  const slot = page.querySelector(`[data-part="${CSS.escape(name)}"]`);
  if (!slot) return false;
  const selection = getSelection();
  return slot.querySelector("details[open]") !== null || (!selection.isCollapsed && selection.containsNode(slot, true));
}

function put(name, html) {
  if (isRead(name)) held.set(name, html);
  else putPart(page, name, html);
}

function putHeld() {
  for (const [name, html] of held) {
    if (isRead(name)) continue;
    held.delete(name);
    putPart(page, name, html);
  }
}

page.addEventListener("toggle", putHeld, true);
document.addEventListener("selectionchange", putHeld);

listen(page.dataset.figures + location.search, ({ parts }) => {
  for (const [name, html] of Object.entries(parts)) put(name, html);
}, tellState(page));
