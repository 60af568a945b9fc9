// What a browser remembers for a page. It may be full or forbidden: then nothing is kept, and nothing breaks.

/** @typedef {"localStorage" | "sessionStorage"} Memory the latter: of this tab only */

/** @param {Memory} memory @param {string} key */
export function remembered(memory, key) {
  try {
    return globalThis[memory].getItem(key) || "";
  } catch {
    return "";
  }
}

/** An empty value is forgotten. @param {Memory} memory @param {string} key @param {string} value */
export function remember(memory, key, value) {
  try {
    if (value) globalThis[memory].setItem(key, value);
    else globalThis[memory].removeItem(key);
  } catch {
    // Nothing is kept.
  }
}
