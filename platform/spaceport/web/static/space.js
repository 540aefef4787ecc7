// A Space's page: chip, panel and buttons follow the Space; the app appears when it answers.
import { tellChanged } from "./changes.js";
import { followAddress, giveAddress } from "./frame.js";
import { tellTime } from "./page.js";
import { answerPlan } from "./plan.js";
import { whenReleased } from "./press.js";
import { listen } from "./stream.js";

const page = document.querySelector("[data-space-page]");
const slots = {
  status: page.querySelector("[data-status]"),
  actions: page.querySelector("[data-actions]"),
};
const view = page.querySelector("[data-view]");
const shown = {};
let version = page.dataset.version;

/** Replace what changed and leave the rest: a button under somebody's finger stays where it is. */
function put(name, slot, html) {
  if (!slot || shown[name] === html) return;
  const isFirst = !(name in shown);
  shown[name] = html;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  tellTime(fresh.content);
  if (isFirst && slot.textContent.trim() === fresh.content.textContent.trim()) return;
  slot.replaceChildren(fresh.content);
}

function showView(message) {
  // Who was not let into a gated app is shown no part of it.
  if (!view || !message.html.view) return;
  const frame = view.querySelector("[data-frame]");
  const link = page.querySelector("[data-app-link]");
  if (link) link.hidden = !message.serving;
  // A visit wakes a sleeping app: the gateway's page in the frame waits for it and turns into it.
  if (frame && "waking" in frame.dataset && ["SLEEPING", "APP_STARTING"].includes(message.stage)) return;
  if (message.serving && frame) {
    if ("waking" in frame.dataset) version = message.version;
    delete frame.dataset.waking;
    page.querySelector("[data-new-version]").hidden = !version || message.version === version;
    return;
  }
  put("view", view, message.html.view);
  page.querySelector("[data-new-version]").hidden = true;
  if (!message.serving) return;
  version = message.version;
  delete shown.view;
  giveAddress(view.querySelector("[data-frame]"));
}

page.querySelector("[data-reload-frame]")?.addEventListener("click", () => {
  const frame = view.querySelector("[data-frame]");
  version = page.dataset.newest;
  page.querySelector("[data-new-version]").hidden = true;
  frame.src = String(frame.src);
});

const currentFrame = () => view?.querySelector("[data-frame]");
if (currentFrame() && (location.hash || document.documentElement.dataset.theme)) giveAddress(currentFrame());
if (view) followAddress(page, currentFrame);
if (view) answerPlan(page, currentFrame);

// A part of the page that the server renders whole is fetched anew after a change; a burst of changes is one look.
const part = page.querySelector("[data-live-part]");
let partTimer = 0;

const addressOf = (element) => element.getAttribute("formaction") ?? element.getAttribute("href");

async function renewPart() {
  const answer = await fetch(part.dataset.livePart);
  if (!answer.ok) return;
  const html = await answer.text();
  whenReleased(() => putRenewed(html));
}

function putRenewed(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  tellTime(fresh.content);
  if (part.textContent.trim() === fresh.content.textContent.trim()) return;
  const focused = part.contains(document.activeElement) ? addressOf(document.activeElement) : null;
  part.replaceChildren(fresh.content);
  if (focused) [...part.querySelectorAll("a, button")].find((element) => addressOf(element) === focused)?.focus();
}

listen(page.dataset.events, (message) => {
  if (message.gone) return location.assign("/spaces");
  page.dataset.newest = message.version ?? "";
  put("status", slots.status, message.html.status);
  put("actions", slots.actions, message.html.actions);
  showView(message);
  if (part) {
    clearTimeout(partTimer);
    partTimer = setTimeout(renewPart, 300);
  }
  tellChanged(message);
});
