// The frames of the AsyncAPI document, by socket and direction.

import { el } from "/shared/dom.js";
import { at } from "./pointer.js";
import { json, paragraphs, shown, words } from "./prose.js";
import { shape } from "./shapes.js";

/**
 * Pieces of the document, and a frame: what a client says, or what the server says.
 *
 * @typedef {any} Document
 * @typedef {any} Message
 * @typedef {{ key: string, message: Message }} Reply
 * @typedef {{ id: string, channel: string, side: "client" | "server", key: string, message: Message, replies: Reply[] }} Frame
 */

/** All frames in the order of the document. @param {Document} document @returns {Frame[]} */
export function framesOf(document) {
  /** @type {Frame[]} */
  const frames = [];
  /** @type {any[]} */
  const operations = Object.values(document.operations);
  for (const [name, channel] of Object.entries(/** @type {Record<string, any>} */ (document.channels))) {
    const here = operations.filter((operation) => operation.channel.$ref === `#/channels/${name}`);
    for (const [key, message] of Object.entries(channel.messages)) {
      const pointer = `#/channels/${name}/messages/${key}`;
      const received = here.find((operation) => operation.action === "receive" && operation.messages.some((/** @type {any} */ one) => one.$ref === pointer));
      const replies = (received?.reply.messages ?? []).map((/** @type {any} */ one) => ({ key: one.$ref.split("/").at(-1), message: at(document, one.$ref) }));
      frames.push({ id: idOf(name, key), channel: name, side: received ? "client" : "server", key, message, replies });
    }
  }
  return frames;
}

/** @param {string} channel @param {string} key */
function idOf(channel, key) {
  return `frame-${channel}-${key}`;
}

/** One frame, closed until somebody wants to know. @param {Frame} frame */
export function frameEntry({ id, channel, side, message, replies }) {
  const examples = (message.examples ?? []).map((/** @type {any} */ example) => json(example.payload, "An example"));
  return el("details", { class: "entry", id, "data-words": `${message.name} ${message.title} ${JSON.stringify(message.payload)}`.toLowerCase() },
    el("summary", {},
      el("code", { class: "name" }, message.name),
      el("span", { class: "says" }, message.title),
      el("span", { class: "badge who" }, side === "client" ? "to the server" : "from the server")),
    el("div", { class: "inside" }, ...paragraphs(message.description),
      el("h4", {}, "Fields"), ...shape(message.payload, { withType: Boolean(message.payload.allOf) }),
      ...(replies.length > 0 ? [el("h4", {}, "Answered by"), answeredBy(channel, replies)] : []),
      ...(examples.length > 0 ? [shown(examples.length > 1 ? "Examples" : "Example", ...examples)] : [])));
}

/** @param {string} channel @param {Reply[]} replies */
function answeredBy(channel, replies) {
  const links = replies.flatMap(({ key, message }, index) => [index > 0 ? ", " : "", el("a", { href: `#${idOf(channel, key)}` }, el("code", {}, message.name), ` (${message.title})`)]);
  return el("p", {}, ...links);
}

/** How sockets end, and which ends are final. @param {Document} document */
export function closeCodes(document) {
  const rows = document["x-close-codes"].map((/** @type {any} */ { code, meaning, reconnect }) => el("tr", {}, el("td", {}, el("code", {}, code)), el("td", {}, ...words(meaning)), el("td", {}, reconnect ? "yes" : "no")));
  return table(["Code", "What it means", "Connect again"], rows);
}

/** What the upgrade may come to. @param {Document} document */
export function upgradeAnswers(document) {
  const rows = document["x-upgrade-answers"].map((/** @type {any} */ { status, meaning }) => el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, ...words(meaning))));
  return table(["Status", "What it means"], rows);
}

/** @param {string[]} titles @param {HTMLElement[]} rows */
function table(titles, rows) {
  return el("table", {}, el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, ...rows));
}
