// What stays in the visitor's browser, by the widget's key: who they are, what they were writing, and what was not sent yet.

/** @typedef {import("./types.js").Unsent} Unsent @typedef {import("./types.js").Store} Store */

const UNSENT = "unsent/";

/** The browser's own, for frames of this server on that web site; `null` where it gives them none. @returns {Store | null} */
export function browserStore() {
  try {
    const kept = localStorage;
    return {
      get: (name) => kept.getItem(name),
      set: (name, value) => (value ? kept.setItem(name, value) : kept.removeItem(name)),
      names: () => Object.keys(kept),
      onChange: (listener) => addEventListener("storage", ({ key, newValue }) => key && listener(key, newValue || "")),
    };
  } catch {
    return null;
  }
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
      this.#store.set(this.#prefix + name, value);
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

  /** Another tab changed something; an empty value is forgotten. @param {(name: string, value: string) => void} listener */
  onChange(listener) {
    this.#store.onChange((name, value) => {
      if (name.startsWith(this.#prefix)) listener(name.slice(this.#prefix.length), value);
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
