// What is around the chat: the page, whose loader hands over a port, and the memory of the browser, by the widget's key.

/** @typedef {import("./types.js").Settings} Settings @typedef {import("./types.js").Host} Host */
/** @typedef {import("./types.js").Unsent} Unsent @typedef {import("./types.js").Store} Store */

/** @type {(keyof Settings)[]} */
const NAMES = ["language", "lang", "group", "title", "color", "greetingOnline", "greetingOffline", "name", "email", "position"];
/** Longer texts of a page are cut, but for a message: that is said to be too long. */
const LEN_MAX = 256;
const URL_LEN_MAX = 2_048;
const MESSAGE_LEN_MAX = 10_000;
/** What was written and is not known to be stored is kept under names that begin so. */
const UNSENT = "unsent/";

/** Whether a loader has put this page into another one. Else it stands by itself. */
export function isHosted() {
  return window.parent !== window && location.hash.length > 1;
}

/**
 * The origin that the loader named; `null` where the browser knows of another one.
 *
 * @param {{ hash: string, ancestor?: string, referrer?: string }} told
 */
export function originOf({ hash, ancestor, referrer }) {
  const named = decodeURIComponent(hash.slice(1));
  const known = ancestor ?? (referrer ? new URL(referrer).origin : named);
  return known === named ? named : null;
}

/** Waits for the loader. @returns {Promise<Host>} */
export function meetHost() {
  const { hash, ancestorOrigins } = location;
  const origin = originOf({ hash, ancestor: ancestorOrigins?.[0], referrer: document.referrer });
  return new Promise((resolve) => {
    addEventListener("message", ({ source, origin: from, data, ports: [port] }) => {
      if (source === window.parent && from === origin && port && data?.doorbell) resolve(hostAt(port, data));
    });
  });
}

/**
 * What came before there was somebody to listen waits in the port.
 *
 * @param {Pick<MessagePort, "postMessage" | "onmessage">} port
 * @param {{ doorbell: any, kept?: any }} greeting
 * @returns {Host}
 */
export function hostAt(port, { doorbell, kept }) {
  /** @param {object} message */
  const tell = (message) => port.postMessage(message);
  const { store, change } = storeAt(kept, tell);
  return {
    settings: settingsOf(doorbell),
    store,
    tell,
    listen(listeners) {
      port.onmessage = ({ data }) => (data?.type === "kept" ? change(data) : hear(data, listeners));
    },
  };
}

/** The page keeps for the chat what the browser does not. @param {any} given @param {(message: object) => void} tell */
function storeAt(given, tell) {
  const kept = new Map(Object.entries(given || {}).map(([name, value]) => [name, String(value)]));
  /** @param {string} name @param {string} value */
  const put = (name, value) => (value ? kept.set(name, value) : kept.delete(name));
  /** @type {(name: string, value: string) => void} */
  let changed = () => {};
  return {
    /** @type {import("./types.js").Store} */
    store: {
      get: (name) => kept.get(name) ?? null,
      set(name, value) {
        put(name, value);
        tell({ type: "keep", name, value });
      },
      names: () => [...kept.keys()],
      onChange: (listener) => (changed = listener),
    },
    /** @param {any} told */
    change({ name, value }) {
      const [known, text] = [String(name), String(value ?? "")];
      put(known, text);
      changed(known, text);
    },
  };
}

/** @param {any} told @param {import("./types.js").Listeners} listeners */
export function hear(told, listeners) {
  const { type, url, title, text } = told || {};
  if (type === "settings") listeners.settings(settingsOf(told.settings));
  else if (type === "open") listeners.open(told.isOpen === true, told.focus === true);
  else if (type === "send" && textOf(text)) listeners.send(textOf(text, MESSAGE_LEN_MAX));
  else if (type === "page" && textOf(url)) listeners.page({ url: textOf(url, URL_LEN_MAX), title: textOf(title) });
}

/** @param {any} given @returns {Settings} */
export function settingsOf(given) {
  const all = { ...given, ...given?.identity };
  return Object.fromEntries(NAMES.map((name) => [name, textOf(all[name])]).filter(([, text]) => text));
}

/** @param {any} value */
function textOf(value, lenMax = LEN_MAX) {
  return typeof value === "string" ? value.trim().slice(0, lenMax) : "";
}

/** A page by itself: nobody is around it, and what its browser does not keep is kept while it lives. @returns {Host} */
export function nobody() {
  const { store } = storeAt({}, () => {});
  return { settings: {}, store, tell() {}, listen() {} };
}

/** The browser's own store, for frames of this server on that web site; `null` where it gives them none. @returns {Store | null} */
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

/** What stays of a visitor: who they are, what they were writing, and what was not sent yet. */
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
