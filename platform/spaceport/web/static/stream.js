// Server-sent events that come back after an outage and rest while nobody looks at the page.
import { whenReleased } from "./press.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

/**
 * Call `onMessage` with each message of a stream, until the page is left or `stop` is called.
 *
 * EventSource gives up for good when the hub answers with an error, as it does while it restarts: so it is opened anew.
 */
export function listen(url, onMessage, { onOpen, onEnd, onLost } = {}) {
  let source = null;
  let timer = 0;
  let wait = FIRST_WAIT_MS;
  let stopped = false;

  function open() {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      wait = FIRST_WAIT_MS;
      onOpen?.();
    });
    source.addEventListener("message", (event) => {
      if (event.data) whenReleased(() => stopped || onMessage(JSON.parse(event.data)));
    });
    source.addEventListener("end", () => {
      source.close();
      whenReleased(() => {
        stop();
        onEnd?.();
      });
    });
    source.addEventListener("error", () => {
      source.close();
      if (stopped) return;
      onLost?.();
      timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  }

  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => event.persisted && !stopped && open());
  open();
  return stop;
}
