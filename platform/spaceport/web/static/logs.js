// Log panes: lines as they come, drawn in batches, never more than a browser likes to hold.
import { lineNodes } from "./ansi.js";
import { whenChanged } from "./changes.js";
import { listen } from "./stream.js";
import { locale, t } from "./texts.js";

const LINES_KEPT = 5000;
const LINES_A_BLOCK = 100;

const number = (count) => count.toLocaleString(locale);
// Made once: toLocaleString makes one at each call, which takes most of the time of drawing a long log.
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23" });
const calendar = new Intl.DateTimeFormat(locale, { dateStyle: "short", timeStyle: "medium" });

class LogPane {
  constructor(element) {
    this.element = element;
    this.lines = element.querySelector("[data-log-lines]");
    this.state = element.querySelector("[data-log-state]");
    this.note = element.querySelector("[data-log-note]");
    this.empty = element.querySelector("[data-log-empty]");
    this.follow = element.querySelector("[data-log-follow]");
    this.waiting = [];
    this.count = 0;
    this.frame = 0;
    this.writer = element.dataset.logOf;
    this.isOver = false;
    this.filter = element.querySelector("[data-log-filter]");
    this.wanted = "";
    this.prepareTools();
    this.open(element.dataset.log);
  }

  prepareTools() {
    const wrap = this.element.querySelector("[data-log-wrap]");
    wrap.addEventListener("change", () => this.element.classList.toggle("wrap", wrap.checked));
    this.follow.addEventListener("change", () => this.toEnd());
    this.filter.addEventListener("input", () => this.sieve());
    this.lines.addEventListener("scroll", () => {
      const below = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight;
      // Only somebody who scrolls up stops following: new lines alone also leave room below.
      if (this.lines.scrollTop < this.lastTop) this.follow.checked = below < 24;
      else if (below < 24) this.follow.checked = true;
      this.lastTop = this.lines.scrollTop;
    });
    this.lastTop = 0;
  }

  open(url) {
    this.stop?.();
    this.isOver = false;
    const address = new URL(url, location.href);
    address.searchParams.set("tail", String(LINES_KEPT));
    this.stop = listen(address.href, (message) => this.add(message), {
      onOpen: () => this.restart(),
      onEnd: () => this.ended(),
      onLost: () => (this.state.textContent = t("reconnecting…")),
    });
  }

  /** Every connection begins with the first line, so what was shown is shown anew. */
  restart() {
    this.waiting = [];
    this.count = 0;
    this.isFresh = true;
    this.state.textContent = t("live");
    this.note.hidden = true;
  }

  ended() {
    this.draw();
    this.isOver = true;
    this.state.textContent = t("ended");
    this.empty.hidden = this.lines.childElementCount > 0;
  }

  add(message) {
    this.waiting.push(message);
    // Not more than can be kept: a page in the background is not drawn and would pile them up.
    if (this.waiting.length > LINES_KEPT * 2) this.waiting.splice(0, this.waiting.length - LINES_KEPT);
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.isFresh) this.lines.replaceChildren();
    this.isFresh = false;
    const batch = this.waiting.slice(-LINES_KEPT);
    this.waiting = [];
    this.count += batch.length;
    for (const message of batch) {
      let block = this.lines.lastElementChild;
      if (!block || block.childElementCount >= LINES_A_BLOCK) {
        block = document.createElement("div");
        block.className = "block";
        this.lines.append(block);
      }
      block.append(this.lineFor(message));
    }
    this.trim();
    if (this.lines.childElementCount) this.empty.hidden = true;
    this.toEnd();
  }

  /** Hide lines without the wanted words; the browser's own search then finds only what is left, too. */
  sieve() {
    this.wanted = this.filter.value.trim().toLowerCase();
    const all = this.lines.querySelectorAll(".line");
    let shown = 0;
    for (const line of all) {
      line.hidden = !this.isWanted(line);
      if (!line.hidden) shown += 1;
    }
    this.state.textContent = this.wanted ? t("%(shown)s of %(all)s lines", { shown: number(shown), all: number(all.length) }) : "";
    this.toEnd();
  }

  isWanted(line) {
    return !this.wanted || line.lastElementChild.textContent.toLowerCase().includes(this.wanted);
  }

  trim() {
    while (this.lines.childElementCount > LINES_KEPT / LINES_A_BLOCK) this.lines.firstElementChild.remove();
    if (this.count < LINES_KEPT) return;
    this.note.textContent = t("The last %(number)s lines. Download has them all.", { number: number(LINES_KEPT) });
    this.note.hidden = false;
  }

  lineFor(message) {
    const line = document.createElement("div");
    line.className = "line";
    const time = document.createElement("time");
    const moment = new Date(message.timestamp);
    if (!Number.isNaN(moment.getTime())) {
      time.dateTime = message.timestamp;
      time.textContent = clock.format(moment);
      time.title = calendar.format(moment);
    }
    const text = document.createElement("span");
    text.append(...lineNodes(message.data));
    line.append(time, text);
    line.hidden = !this.isWanted(line);
    return line;
  }

  toEnd() {
    if (this.follow.checked) this.lines.scrollTop = this.lines.scrollHeight;
  }
}

for (const choice of document.querySelectorAll("[data-send-on-change]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}

const panes = new Map();

/** Fill the panes in this part of the page with what their streams tell. */
export function openPanes(root = document) {
  for (const element of root.querySelectorAll("[data-log]")) panes.set(element.id, new LogPane(element));
}

/** Stop all streams: their panes are about to go. */
export function closePanes() {
  for (const pane of panes.values()) pane.stop();
  panes.clear();
}

openPanes();

// A new build or instance has a log of its own: the pane of the newest one moves on to it.
let version;
whenChanged((message) => {
  const isNewVersion = version !== undefined && version !== message.version;
  version = message.version;
  for (const [id, writer] of [["build-log", message.build?.id], ["run-log", message.instance]]) {
    const pane = panes.get(id);
    if (!pane) continue;
    // A quick build may be over before anybody is told of it: then only its result shows.
    if ((writer && writer !== pane.writer) || (isNewVersion && pane.isOver)) {
      pane.writer = writer;
      pane.open(pane.element.dataset.log);
    }
  }
});
