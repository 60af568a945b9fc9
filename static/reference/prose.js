// Words out of the documents: text with `code`, **strong** words and paragraphs, as elements.

import { el } from "/shared/dom.js";

/** One line of text as nodes. @param {string} text @returns {(string | HTMLElement)[]} */
export function words(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).filter(Boolean).map((part) => {
    if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
    return part;
  });
}

/** Text of several paragraphs. @param {string} [text] */
export function paragraphs(text) {
  return (text ?? "").split("\n\n").filter(Boolean).map((part) => el("p", {}, ...words(part)));
}

/** A value as JSON, to be read and copied. @param {unknown} value @param {string} label */
export function json(value, label) {
  return el("pre", { tabindex: "0", role: "group", "aria-label": label }, JSON.stringify(value, null, 2));
}

/** Something that is shown when it is asked for. @param {string} title @param {HTMLElement[]} children */
export function shown(title, ...children) {
  return el("details", { class: "shown" }, el("summary", {}, title), ...children);
}
