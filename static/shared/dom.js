// Elements out of data. Whatever a visitor or an operator typed becomes text here, never markup.

/**
 * Makes an element. `props` are attributes, but for `class`, `on` (listeners by event) and boolean values, which set or
 * leave out an attribute; children are elements or texts, and `null` is none.
 *
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|null|undefined)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The element with this id, which the page promises to have. */
export function byId(/** @type {string} */ id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/** "10:02" of an RFC 3339 time, in the reader's own zone. */
export function clock(/** @type {string} */ at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** "just now", "2 min ago", then the clock. */
export function ago(/** @type {string} */ at, now = Date.now()) {
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  return clock(at);
}

/** "1:24" until an RFC 3339 time, "0:00" behind it. */
export function until(/** @type {string} */ at, now = Date.now()) {
  const seconds = Math.max(0, Math.ceil((Date.parse(at) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "Petr", "Petr and Jana", "Petr, Jana and Tomáš". */
export function list(/** @type {string[]} */ words, last = "and") {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
