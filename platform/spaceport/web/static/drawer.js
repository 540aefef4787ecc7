// The drawer of logs on a Space's page: opens, changes and closes without loading the app in the frame again.
import { closePanes, openPanes } from "./logs.js";
import { tellTime } from "./page.js";

const drawer = document.querySelector("[data-log-drawer]");
let opener = null;
let asked = 0;

/** The address says what is open: it can be sent to somebody, and a reload opens it again. */
function setAddress(kind) {
  const url = new URL(location.href);
  if (kind) url.searchParams.set("logs", kind);
  else url.searchParams.delete("logs");
  history.replaceState(history.state, "", url);
}

async function show(link) {
  const kind = new URL(link.href).searchParams.get("logs");
  const mine = ++asked;
  const answer = await fetch(`${drawer.dataset.logDrawer}?logs=${encodeURIComponent(kind)}`);
  if (mine !== asked) return;
  if (!answer.ok) return location.assign(link.href);
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  if (mine !== asked) return;
  tellTime(fresh.content);
  closePanes();
  drawer.replaceChildren(fresh.content);
  drawer.hidden = false;
  openPanes(drawer);
  setAddress(kind);
  drawer.querySelector('[aria-current="page"]').focus();
}

function close() {
  asked += 1;
  closePanes();
  drawer.replaceChildren();
  drawer.hidden = true;
  setAddress(null);
  opener?.focus();
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-drawer-link]");
  if (link) {
    event.preventDefault();
    if (!drawer.contains(link)) opener = link;
    show(link);
  } else if (event.target.closest("[data-drawer-close]")) {
    event.preventDefault();
    close();
  }
});

drawer.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.value === undefined) close();
});
