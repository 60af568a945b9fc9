// What a reference inside a document refers to.

/**
 * The part of a document at `#/such/a/place`.
 *
 * @param {any} document
 * @param {string} pointer
 * @returns {any}
 */
export function at(document, pointer) {
  return pointer.slice(2).split("/").reduce((value, part) => value[part], document);
}
