// Parts of a page by name, as streams renew them, and what is said of the stream.
import { tellTime } from "./page.js";
import { t } from "./texts.js";

export function parse(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html.trim();
  tellTime(fresh.content);
  return fresh.content;
}

/** Renew a part of the page by its name, unless it is the same. */
export function putPart(page, name, html) {
  const slot = page.querySelector(`[data-part="${CSS.escape(name)}"]`);
  if (!slot) return;
  const holder = document.createElement("div");
  holder.append(parse(html));
  if (slot.innerHTML.trim() === holder.innerHTML.trim()) return;
  const focused = slot.contains(document.activeElement) ? document.activeElement : null;
  const mark = ["formaction", "href"].find((each) => focused?.hasAttribute(each));
  slot.replaceChildren(...holder.childNodes);
  if (mark) slot.querySelector(`[${mark}="${CSS.escape(focused.getAttribute(mark))}"]`)?.focus({ preventScroll: true });
}

/** For `listen`: whether what the page shows is of now. */
export function tellState(page) {
  const state = page.querySelector("[data-live-state]");
  return {
    onOpen: () => (state.textContent = t("live")),
    onLost: () => (state.textContent = t("The hub does not answer. Trying again…")),
  };
}
