// The page around the frame. The loader in it hands over a port; from where it comes, the browser says, and nobody else is heard.

/** @typedef {import("./types.js").Settings} Settings @typedef {import("./types.js").Listeners} Listeners */

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

/**
 * Listens to the loader. What is returned tells it something.
 *
 * @param {Listeners} listeners
 * @returns {(message: object) => void}
 */
export function listenToHost(listeners) {
  const { hash, ancestorOrigins } = location;
  const origin = originOf({ hash, ancestor: ancestorOrigins?.[0], referrer: document.referrer });
  /** @type {MessagePort | undefined} */
  let port;
  addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== origin || !event.data?.doorbell || !event.ports[0]) return;
    port?.close();
    port = event.ports[0];
    port.onmessage = ({ data }) => hear(data, listeners);
    listeners.settings(settingsOf(event.data.doorbell));
  });
  return (message) => port?.postMessage(message);
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
