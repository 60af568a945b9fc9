// The frames of the AsyncAPI document, by socket and direction.

import { el } from "/shared/dom.js";
import { json, paragraphs, shown, words } from "./prose.js";
import { shape } from "./shapes.js";

function at(document, pointer) {
  return pointer.slice(2).split("/").reduce((value, part) => value[part], document);
}

/** `[{ id, channel, side, key, message, replies }]`: what clients say, and what the server says. */
export function framesOf(document) {
  const frames = [];
  const operations = Object.values(document.operations);
  for (const [name, channel] of Object.entries(document.channels)) {
    const here = operations.filter((operation) => operation.channel.$ref === `#/channels/${name}`);
    for (const [key, message] of Object.entries(channel.messages)) {
      const pointer = `#/channels/${name}/messages/${key}`;
      const received = here.find((operation) => operation.action === "receive" && operation.messages.some((one) => one.$ref === pointer));
      const replies = (received?.reply.messages ?? []).map((one) => ({ key: one.$ref.split("/").at(-1), message: at(document, one.$ref) }));
      frames.push({ id: idOf(name, key), channel: name, side: received ? "client" : "server", key, message, replies });
    }
  }
  return frames;
}

function idOf(channel, key) {
  return `frame-${channel}-${key}`;
}

/** One frame, closed until somebody wants to know. */
export function frameEntry({ id, channel, side, message, replies }) {
  const examples = (message.examples ?? []).map((example) => json(example.payload, "An example"));
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

function answeredBy(channel, replies) {
  const links = replies.flatMap(({ key, message }, index) => [index > 0 ? ", " : "", el("a", { href: `#${idOf(channel, key)}` }, el("code", {}, message.name), ` (${message.title})`)]);
  return el("p", {}, ...links);
}

/** How sockets end, and which ends are final. */
export function closeCodes(document) {
  const rows = document["x-close-codes"].map(({ code, meaning, reconnect }) => el("tr", {}, el("td", {}, el("code", {}, code)), el("td", {}, ...words(meaning)), el("td", {}, reconnect ? "yes" : "no")));
  return table(["Code", "What it means", "Connect again"], rows);
}

/** What the upgrade may come to. */
export function upgradeAnswers(document) {
  const rows = document["x-upgrade-answers"].map(({ status, meaning }) => el("tr", {}, el("td", {}, el("code", {}, status)), el("td", {}, ...words(meaning))));
  return table(["Status", "What it means"], rows);
}

function table(titles, rows) {
  return el("table", {}, el("thead", {}, el("tr", {}, ...titles.map((title) => el("th", { scope: "col" }, title)))), el("tbody", {}, ...rows));
}
