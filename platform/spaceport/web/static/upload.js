// Files chosen or dropped, whole folders too, sent with their progress. Without this the form sends them by itself.
import { t } from "./texts.js";

const form = document.querySelector("[data-upload]");
const part = (name) => form.querySelector(`[data-upload-${name}]`);
const input = form.elements.files;
const [zone, list, problem, progress, words] = ["zone", "list", "problem", "progress", "words"].map(part);
const SHOWN = 200;
const MAX_FILES = 1000;
/** Path to file; one of a later choice takes the place of an earlier one. */
const chosen = new Map();

function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  for (; bytes >= 1024 && at < units.length - 1; at++) bytes /= 1024;
  return `${at && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[at]}`;
}

function add(path, file) {
  // What belongs to the machine it comes from, not to the repo.
  if (/(^|\/)(\.git|\.DS_Store|Thumbs\.db)(\/|$)/.test(path)) return;
  chosen.set(path, file);
}

function show() {
  list.hidden = !chosen.size;
  input.required = !chosen.size;
  list.replaceChildren(...[...chosen].slice(0, SHOWN).map(([path, file]) => {
    const row = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { className: "mono", dir: "auto", textContent: path });
    const bytes = Object.assign(document.createElement("span"), { className: "faint", textContent: size(file.size) });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: t("Remove") });
    remove.setAttribute("aria-label", t("Remove %(path)s", { path }));
    remove.addEventListener("click", () => {
      chosen.delete(path);
      show();
      input.focus();
    });
    row.append(name, bytes, remove);
    return row;
  }));
  if (chosen.size > SHOWN) {
    list.append(Object.assign(document.createElement("li"), { className: "faint", textContent: t("and %(number)s more", { number: chosen.size - SHOWN }) }));
  }
  say(chosen.size > MAX_FILES ? t("These are %(number)s files: one upload may have %(limit)s.", { number: chosen.size, limit: MAX_FILES }) : "");
}

function say(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

function choose(event) {
  for (const file of event.target.files) add(file.webkitRelativePath || file.name, file);
  event.target.value = "";
  show();
}

/** A dropped folder hands out its entries a hundred at a time. */
async function walk(entry) {
  if (chosen.size > MAX_FILES) return;
  if (entry.isFile) {
    add(entry.fullPath.replace(/^\//, ""), await new Promise((done, failed) => entry.file(done, failed)));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const entries = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!entries.length) return;
    for (const each of entries) await walk(each);
  }
}

async function drop(event) {
  event.preventDefault();
  zone.classList.remove("over");
  // All at once: after the first wait the list of what was dropped is empty.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = entries.length ? [] : [...event.dataTransfer.files];
  try {
    for (const file of files) add(file.name, file);
    for (const entry of entries) await walk(entry);
    show();
  } catch {
    say(t("One of these files cannot be read. Choose them again."));
  }
}

function send(event) {
  if (!chosen.size) return;
  event.preventDefault();
  if (chosen.size > MAX_FILES) return;
  const data = new FormData();
  for (const [name, value] of new FormData(form)) if (name !== "files") data.append(name, value);
  for (const [path, file] of chosen) data.append("files", file, path);
  const request = new XMLHttpRequest();
  const submit = form.querySelector("[type=submit]");
  const cancel = part("cancel");
  const done = (text) => {
    submit.disabled = false;
    cancel.hidden = progress.hidden = true;
    say(text);
  };
  request.upload.addEventListener("progress", (now) => {
    progress.firstElementChild.value = now.total ? now.loaded / now.total : 0;
    words.textContent = now.loaded < now.total ? t("%(sent)s of %(all)s", { sent: size(now.loaded), all: size(now.total) }) : t("All sent. The hub makes the commit…");
  });
  request.addEventListener("load", () => {
    if (request.status < 400) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    done(page.querySelector("[data-upload-problem], main p")?.textContent.trim() || t("The hub answered %(status)s.", { status: request.status }));
  });
  request.addEventListener("error", () => done(t("The connection was lost, and nothing was committed. Try again.")));
  request.addEventListener("abort", () => done(t("Stopped: nothing was committed.")));
  cancel.onclick = () => request.abort();
  say("");
  submit.disabled = true;
  cancel.hidden = progress.hidden = false;
  request.open("POST", form.action);
  request.send(data);
}

part("directory").webkitdirectory = true;
part("folder").addEventListener("click", () => part("directory").click());
input.addEventListener("change", choose);
part("directory").addEventListener("change", choose);
for (const type of ["dragenter", "dragover"]) {
  zone.addEventListener(type, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", drop);
form.addEventListener("submit", send);
