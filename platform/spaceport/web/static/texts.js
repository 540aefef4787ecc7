// Texts of scripts in the language of the page, as gettext has them. English ones are their own.
const found = document.getElementById("texts");
const texts = found ? JSON.parse(found.textContent) : {};

/** For numbers and dates: a page in English leaves them to the reader's own region. */
export const locale = found ? document.documentElement.lang : undefined;

const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

/** `text` translated, with `values` at `%(name)s`. Write it as one string: the server finds it in this file. */
export function t(text, values = {}) {
  return filled(texts[text] ?? text, values);
}

/** `one` or `many`; the number is `%(num)s`. A page has two forms of each: for one, and for all else. */
export function tn(one, many, num, values = {}) {
  const [single, several] = texts[one] ?? [one, many];
  return filled(num === 1 ? single : several, { num, ...values });
}
