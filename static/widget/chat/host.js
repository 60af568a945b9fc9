// The page around the frame. The loader in it hands over a port; from where it comes, the browser says, and nobody else is heard.

/** @typedef {import("./types.js").Settings} Settings @typedef {import("./types.js").Host} Host @typedef {import("./types.js").Listeners} Listeners */

/** @type {(keyof Settings)[]} */
const NAMES = ["language", "lang", "group", "title", "color", "greetingOnline", "greetingOffline", "name", "email", "position"];
/** Longer texts of a page are cut, but for a message: that is said to be too long. */
const LEN_MAX = 256;
const URL_LEN_MAX = 2_048;
const MESSAGE_LEN_MAX = 10_000;

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
  const tell = (/** @type {object} */ message) => port.postMessage(message);
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
  const put = (/** @type {string} */ name, /** @type {string} */ value) => (value ? kept.set(name, value) : kept.delete(name));
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
    change(/** @type {any} */ { name, value }) {
      const [known, text] = [String(name), String(value ?? "")];
      put(known, text);
      changed(known, text);
    },
  };
}

/** @param {any} told @param {Listeners} listeners */
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
