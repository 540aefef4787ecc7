// A button that is replaced between press and release gets no click: what renews a page waits for the release.
/** A release that never comes, as with a menu of the system, holds nothing up for longer. */
const LONGEST_MS = 5000;
/** The click follows the release, with a finger a moment later. */
const CLICK_MS = 50;
const waiting = [];
let isPressed = false;
let timer = 0;

/** Do it now, or as soon as nothing is pressed; always in the order asked. */
export function whenReleased(work) {
  if (isPressed) waiting.push(work);
  else work();
}

function releaseIn(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    isPressed = false;
    for (const work of waiting.splice(0)) work();
  }, milliseconds);
}

function press() {
  isPressed = true;
  releaseIn(LONGEST_MS);
}

const release = () => isPressed && releaseIn(CLICK_MS);
const isKeyOfButtons = (event) => event.key === " " && !event.repeat && event.target.closest?.("button, summary");

window.addEventListener("pointerdown", (event) => event.button === 0 && press(), true);
window.addEventListener("pointerup", release, true);
window.addEventListener("pointercancel", release, true);
window.addEventListener("keydown", (event) => isKeyOfButtons(event) && press(), true);
window.addEventListener("keyup", release, true);
window.addEventListener("blur", release);
