// What every page does: the colours button, ages and clocks that keep time, copy buttons, questions before deeds.
const THEMES = ["system", "light", "dark"];

function storedTheme() {
  try {
    return THEMES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system";
  } catch {
    return "system";
  }
}

function applyTheme(theme, button) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const words = { system: "as the system", light: "light", dark: "dark" }[theme];
  button.dataset.now = theme;
  button.title = `Colours: ${words}`;
  button.setAttribute("aria-label", `Colours: ${words}. Press to change`);
}

function startTheme() {
  const button = document.querySelector("[data-theme-toggle]");
  button.hidden = false;
  applyTheme(storedTheme(), button);
  button.addEventListener("click", () => {
    const theme = THEMES[(THEMES.indexOf(storedTheme()) + 1) % THEMES.length];
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Without storage the choice lasts until the next page.
    }
    applyTheme(theme, button);
  });
}

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(seconds) {
  for (const [name, size] of UNITS) {
    if (Math.abs(seconds) >= size) {
      const count = Math.floor(Math.abs(seconds) / size);
      const words = `${count} ${name}${count === 1 ? "" : "s"}`;
      return seconds > 0 ? `${words} ago` : `in ${words}`;
    }
  }
  return seconds > -5 ? "just now" : "in a moment";
}

function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Bring ages and clocks in this part of the page up to date, in the reader's own time zone. */
export function tellTime(root = document) {
  const now = Date.now();
  for (const element of root.querySelectorAll("time[data-ago]")) {
    const moment = new Date(element.dateTime);
    const text = ago((now - moment) / 1000);
    if (element.textContent !== text) element.textContent = text;
    if (!element.dataset.local) {
      element.dataset.local = "yes";
      element.title = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
    }
  }
  for (const element of root.querySelectorAll("time[data-clock]:not([data-local])")) {
    const moment = new Date(element.dateTime);
    const isToday = moment.toDateString() === new Date(now).toDateString();
    element.dataset.local = "yes";
    element.textContent = moment.toLocaleString(undefined, { timeStyle: "short", ...(isToday ? {} : { dateStyle: "medium" }) });
    element.title = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  }
  for (const element of root.querySelectorAll("[data-since]")) {
    const text = duration((now - new Date(element.dataset.since)) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
}

/** Show buttons in this part of the page that need a script. */
export function wake(root = document) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  tellTime(root);
}

async function copyText(text) {
  // The clipboard is only there on https and localhost.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    try {
      await copyText(copy.parentElement.querySelector("code").textContent);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select it";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  }
  const asks = event.target.closest("[data-confirm]");
  if (asks && !window.confirm(asks.dataset.confirm)) event.preventDefault();
  for (const open of document.querySelectorAll("details.menu[open], details.use[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open], details.use[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

for (const field of document.querySelectorAll("[data-must-equal]")) {
  const button = field.form.querySelector("button[type=submit]");
  const check = () => (button.disabled = field.value.trim() !== field.dataset.mustEqual);
  field.addEventListener("input", check);
  check();
}

startTheme();
wake();
setInterval(tellTime, 1000);
