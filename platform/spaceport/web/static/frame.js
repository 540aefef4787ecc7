// The frame of a Space's app: what it is told when it loads, and what it may tell this page.

/** Queries of this page itself: the server keeps them from the app as well. */
const OWN_QUERIES = ["logs", "done"];
const LONGEST_PART = 8000;

/** The app gets the query and the hash of this page and the visitor's colours, once, when it loads. */
function withPageAddress(address) {
  const url = new URL(address);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!OWN_QUERIES.includes(name) && !url.searchParams.has(name)) url.searchParams.append(name, value);
  }
  const theme = document.documentElement.dataset.theme;
  if (theme && !url.searchParams.has("__theme")) url.searchParams.set("__theme", theme);
  url.hash = location.hash;
  return url.href;
}

/** Load the app with all of it. A frame that is loading already is replaced: another hash alone would load nothing. */
export function giveAddress(frame) {
  const address = withPageAddress(frame.src);
  if (frame.src === address) return;
  const fresh = frame.cloneNode();
  fresh.src = address;
  frame.replaceWith(fresh);
}

/**
 * Let the app in the frame change the query and hash in the address bar, and nothing else.
 *
 * Source: Hub docs, "Handle parameters in the URL" (spaces-handle-url-parameters).
 */
export function followAddress(page, currentFrame) {
  window.addEventListener("message", ({ origin, source, data }) => {
    if (origin !== page.dataset.appOrigin || source !== currentFrame()?.contentWindow) return;
    if (typeof data !== "object" || data === null) return;
    const url = new URL(location.href);
    const { queryString, hash } = data;
    if (typeof queryString === "string" && queryString.length <= LONGEST_PART) url.search = queryString;
    if (typeof hash === "string" && hash.length <= LONGEST_PART) url.hash = hash;
    try {
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    } catch {
      // Browsers limit how often an address may change: the next message brings the newest one.
    }
  });
}
