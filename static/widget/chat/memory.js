// What stays in the visitor's browser, by the widget's key: who they are, what they were writing, and what was not sent yet. Where a
// browser keeps nothing for frames of others, it is kept as long as the page lives.

/** @typedef {import("./types.js").Unsent} Unsent */
/**
 * @typedef {object} Store
 * @property {(name: string) => string | null} get
 * @property {(name: string, value: string) => void} set
 * @property {(name: string) => void} remove
 * @property {() => string[]} names
 */

const UNSENT = "unsent/";

/** What the browser keeps. @param {"localStorage" | "sessionStorage"} name the latter: for this tab only @returns {Store} */
export function storeOf(name) {
  try {
    const kept = window[name];
    return {
      get: (item) => kept.getItem(item),
      set: (item, value) => kept.setItem(item, value),
      remove: (item) => kept.removeItem(item),
      names: () => Object.keys(kept),
    };
  } catch {
    return pageStore();
  }
}

/** @returns {Store} */
export function pageStore() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => kept.set(name, value),
    remove: (name) => kept.delete(name),
    names: () => [...kept.keys()],
  };
}

export class Memory {
  #prefix;
  #store;

  /** @param {string} key @param {Store} store */
  constructor(key, store) {
    this.#prefix = `doorbell/${key}/`;
    this.#store = store;
  }

  /** @param {string} name */
  get(name) {
    return this.#store.get(this.#prefix + name) || "";
  }

  /** An empty value is forgotten. @param {string} name @param {string} value */
  set(name, value) {
    try {
      if (value) this.#store.set(this.#prefix + name, value);
      else this.#store.remove(this.#prefix + name);
    } catch {
      // There is no room for it.
    }
  }

  /** What was written and is not known to be stored, oldest first. @returns {Unsent[]} */
  unsent() {
    const prefix = this.#prefix + UNSENT;
    const ids = this.#store.names().filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    const all = ids.map((client_id) => ({ client_id, ...parse(this.get(UNSENT + client_id)) }));
    return all.filter(({ text }) => text).sort((one, other) => one.at_ms - other.at_ms);
  }

  /**
   * Keeps what waits, each under its own name: tabs do not write over one another's.
   *
   * @param {readonly Unsent[]} before
   * @param {readonly Unsent[]} waiting
   */
  keep(before, waiting) {
    const still = new Set(waiting.map(({ client_id }) => client_id));
    for (const { client_id } of before) if (!still.has(client_id)) this.set(UNSENT + client_id, "");
    for (const { client_id, text, failed } of waiting.filter((unsent) => !before.includes(unsent))) {
      const { at_ms = Date.now() } = parse(this.get(UNSENT + client_id));
      this.set(UNSENT + client_id, JSON.stringify({ text, failed, at_ms }));
    }
  }

  /** Another tab changed something. @param {(name: string, value: string) => void} listener */
  onChange(listener) {
    addEventListener("storage", ({ key, newValue }) => {
      if (key?.startsWith(this.#prefix)) listener(key.slice(this.#prefix.length), newValue || "");
    });
  }
}

/** Whose name this is, if it is that of something unsent. @param {string} name */
export function unsentId(name) {
  return name.startsWith(UNSENT) ? name.slice(UNSENT.length) : "";
}

/** @param {string} text @returns {any} */
function parse(text) {
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}
