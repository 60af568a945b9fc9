// What somebody wrote, as it was written; addresses of the web in it can be clicked.
import { webAddress } from "../names.js";
import { outward } from "./pieces.js";

const ADDRESS = /https?:\/\/[^\s<>"“”„]+/gi;
/** What ends a sentence does not belong to an address; a bracket does if it was opened there. */
const TAIL = /[.,;:!?'’…]+$/;

/**
 * @param {string} text
 * @returns {(string | import("/shared/view.js").Drawn)[]}
 */
export function linked(text) {
  /** @type {(string | import("/shared/view.js").Drawn)[]} */
  const pieces = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    const href = webAddress(address);
    if (!href) continue;
    pieces.push(text.slice(end, index), outward(href, address));
    end = index + address.length;
  }
  return [...pieces, text.slice(end)].filter(Boolean);
}

/** @param {string} address */
function trimmed(address) {
  let rest = address.replace(TAIL, "");
  while (/[)\]]$/.test(rest) && !isOpened(rest)) rest = rest.slice(0, -1).replace(TAIL, "");
  return rest;
}

/** Whether the bracket at the end was opened in the address. @param {string} address */
function isOpened(address) {
  const [open, close] = address.endsWith(")") ? ["(", ")"] : ["[", "]"];
  return address.split(open).length >= address.split(close).length;
}
