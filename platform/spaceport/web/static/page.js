// What every page does: the colours button, ages and clocks that keep time, copy buttons, questions before deeds.
import { locale, t, tn } from "./texts.js";

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
  const words = { system: t("Colours: as the system"), light: t("Colours: light"), dark: t("Colours: dark") }[theme];
  button.dataset.now = theme;
  button.title = words;
  button.setAttribute("aria-label", t("%(colours)s. Press to change", { colours: words }));
}

function startTheme() {
  const button = document.querySelector("[data-theme-toggle]");
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

const [YEAR, MONTH, DAY, HOUR, MINUTE] = [31536000, 2592000, 86400, 3600, 60];

function past(seconds) {
  const count = (size) => Math.floor(seconds / size);
  if (seconds >= YEAR) return tn("%(num)s year ago", "%(num)s years ago", count(YEAR));
  if (seconds >= MONTH) return tn("%(num)s month ago", "%(num)s months ago", count(MONTH));
  if (seconds >= DAY) return tn("%(num)s day ago", "%(num)s days ago", count(DAY));
  if (seconds >= HOUR) return tn("%(num)s hour ago", "%(num)s hours ago", count(HOUR));
  if (seconds >= MINUTE) return tn("%(num)s minute ago", "%(num)s minutes ago", count(MINUTE));
  return t("just now");
}

// The nearest whole number, as the server says it.
function future(seconds) {
  const [minutes, hours, days] = [MINUTE, HOUR, DAY].map((size) => Math.round(seconds / size));
  if (days >= 365) return tn("in %(num)s year", "in %(num)s years", Math.round(days / 365));
  if (days >= 30) return tn("in %(num)s month", "in %(num)s months", Math.round(days / 30));
  if (hours >= 24) return tn("in %(num)s day", "in %(num)s days", days);
  if (minutes >= 60) return tn("in %(num)s hour", "in %(num)s hours", hours);
  if (minutes >= 1) return tn("in %(num)s minute", "in %(num)s minutes", minutes);
  return t("in a moment");
}

// Made once: toLocaleString makes one at each call, and pages have many times.
const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" });

const ago = (seconds) => (seconds > -5 ? past(seconds) : future(-seconds));

function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (whole < 60) return t("%(seconds)s s", { seconds: whole });
  if (whole < 3600) return t("%(minutes)s min %(seconds)s s", { minutes, seconds: whole % 60 });
  return t("%(hours)s h %(minutes)s min", { hours, minutes });
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
      element.title = exact.format(moment);
    }
  }
  for (const element of root.querySelectorAll("time[data-clock]:not([data-local])")) {
    const moment = new Date(element.dateTime);
    const isToday = moment.toDateString() === new Date(now).toDateString();
    element.dataset.local = "yes";
    element.textContent = moment.toLocaleString(locale, { timeStyle: "short", ...(isToday ? {} : { dateStyle: "medium" }) });
    element.title = exact.format(moment);
  }
  for (const element of root.querySelectorAll("[data-since]")) {
    const text = duration((now - new Date(element.dataset.since)) / 1000);
    if (element.textContent !== text) element.textContent = text;
  }
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
      copy.textContent = t("Copied");
    } catch {
      copy.textContent = t("Select it");
    }
    setTimeout(() => (copy.textContent = t("Copy")), 1500);
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
tellTime();
setInterval(tellTime, 1000);

// Where a list of pages is wider than a phone, the page that is open is in view.
for (const chosen of document.querySelectorAll(".tabs [aria-current], .admin-tabs [aria-current], .settings-nav [aria-current]")) {
  const list = chosen.parentElement;
  const [inner, outer] = [chosen.getBoundingClientRect(), list.getBoundingClientRect()];
  if (inner.right > outer.right || inner.left < outer.left) list.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}
