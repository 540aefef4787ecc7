// Messages about the Space of a page, for scripts that load one after the other: whoever comes late hears the last one.
const listeners = [];
let last;

export function tellChanged(message) {
  last = message;
  for (const listener of listeners) listener(message);
}

export function whenChanged(listener) {
  listeners.push(listener);
  if (last) listener(last);
}
