// The messages of a conversation, oldest first, with what is being sent, and who writes.
import { h, icon } from "/shared/view.js";
import { visitorName } from "../names.js";
import { newBelow, unreadFrom } from "../state/talks.js";
import { time } from "./pieces.js";
import { linesOf } from "./talk-lines.js";
import { followTalk } from "./talk-scroll.js";
import { linked } from "./talk-text.js";
import { happened } from "./talk-words.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */
/** @typedef {import("../state/index.js").Talk} Talk */

/** @param {Desk} desk @param {Known} conversation @param {Talk} talk */
export function log(desk, conversation, talk) {
  const { id } = conversation;
  const { words } = desk;
  const typing = desk.state.typing[id];
  return [
    h(
      "div",
      // What is added is told below, so that older messages that are loaded are not read out.
      { class: "talk-log", role: "log", "aria-live": "off", "aria-label": words("talk_log"), tabindex: "0", key: `log-${id}`, made: (element) => followTalk(desk, id, element) },
      h(
        "div",
        { class: "talk-inner" },
        talk.hasOlder && h("button", { type: "button", class: "quiet talk-older", key: "older", on: { click: () => desk.acts.older(id) } }, words("talk_older")),
        h(
          "ol",
          { class: "talk-messages", key: "messages" },
          ...linesOf(talk.messages, unreadFrom(talk), desk.times.day).map((line) => drawLine(desk, conversation, line)),
          ...talk.waiting.map((unsent) => drawUnsent(desk, id, unsent)),
        ),
        typing && h("p", { class: "talk-typing", key: "typing" }, typingOf(desk, conversation, typing), h("span", { class: "talk-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"))),
      ),
    ),
    pill(desk, id, newBelow(talk, desk.state.me?.id)),
    h("p", { class: "visually-hidden", role: "status", key: `told-${id}` }, told(desk, conversation, talk)),
  ];
}

/** @param {Desk} desk @param {Known} conversation @param {import("./talk-lines.js").Line} line */
function drawLine(desk, conversation, line) {
  const { words, times, state } = desk;
  if (line.kind === "day") return h("li", { class: "talk-day", key: `day-${line.at}` }, h("span", {}, times.date(line.at, desk.nowMs())));
  if (line.kind === "unread") return h("li", { class: "talk-unread", key: "unread" }, h("span", {}, words("talk_unread")));
  const { message } = line;
  if (line.kind === "system") {
    return h("li", { class: "talk-system", key: message.seq, "data-seq": message.seq }, happened(words, message, state.me?.id), " ", time(desk, message.at, "clock"));
  }
  return drawMessage(desk, conversation, line);
}

/** What a message was drawn as, and what that depends on: there may be many, and each second all is drawn again. @type {WeakMap<object, { signature: string, drawn: any }>} */
const drawnBefore = new WeakMap();

/** @param {Desk} desk @param {Known} conversation @param {Extract<import("./talk-lines.js").Line, { kind: "message" }>} line */
function drawMessage(desk, conversation, { message, isFirst, isLast }) {
  const isMine = message.author.kind === "operator" && message.author.id === desk.state.me?.id;
  const author = authorOf(desk, conversation, message.author);
  const isRead = conversation.seen_seq >= message.seq;
  const signature = [desk.words.language, isFirst, isLast, isRead, author].join(" ");
  const before = drawnBefore.get(message);
  if (before?.signature === signature) return before.drawn;
  const side = message.author.kind === "visitor" ? "theirs" : isMine ? "mine" : "ours";
  const drawn = h(
    "li",
    { class: `talk-message ${side} ${isFirst ? "first" : ""} ${isLast ? "last" : ""}`, key: keyOf(message), "data-seq": message.seq },
    h("span", { class: isFirst && !isMine ? "talk-author" : "visually-hidden" }, h("bdi", {}, author)),
    h("div", { class: "talk-bubble", dir: "auto" }, ...linked(message.text)),
    h("span", { class: isLast ? "talk-meta" : "visually-hidden" }, time(desk, message.at, "clock"), isMine && readMark(desk, isRead)),
  );
  drawnBefore.set(message, { signature, drawn });
  return drawn;
}

/** A message that was sent stays the same element when it is stored. @param {import("/shared/wire.js").Message} message */
function keyOf({ seq, client_id, author }) {
  return author.kind === "operator" && client_id ? client_id : seq;
}

/** @param {Desk} desk @param {Known} conversation @param {import("/shared/wire.js").Author} author */
function authorOf({ words, state }, { visitor }, author) {
  if (author.kind === "visitor") return visitorName(words, visitor);
  return author.id === state.me?.id ? words("inbox_you") : author.name || words("somebody");
}

/** @param {Desk} desk @param {boolean} isRead */
function readMark({ words }, isRead) {
  return h("span", { class: "talk-read" }, " · ", icon(isRead ? "checks" : "check"), " ", words(isRead ? "talk_read" : "talk_sent"));
}

/** @param {Desk} desk @param {string} id @param {Talk["waiting"][number]} unsent */
function drawUnsent(desk, id, { client_id, text, failed }) {
  const { words } = desk;
  const isConnected = desk.state.link.state === "open";
  const why = failed && words.knows(`refused_${failed}`) ? words(`refused_${failed}`) : "";
  const meta = failed
    ? h(
        "span",
        { class: "talk-meta error", role: "alert" },
        words("talk_not_sent"),
        why && ` ${why}`,
        h("button", { type: "button", class: "quiet", on: { click: () => desk.acts.retry(id, client_id) } }, words("try_again")),
        h("button", { type: "button", class: "quiet", on: { click: () => desk.acts.discard(id, client_id) } }, words("talk_discard")),
      )
    : h("span", { class: "talk-meta" }, words(isConnected ? "talk_sending" : "talk_waits"));
  return h(
    "li",
    { class: `talk-message mine first last ${failed ? "failed" : "sending"}`, key: client_id },
    h("span", { class: "visually-hidden" }, words("inbox_you")),
    h("div", { class: "talk-bubble", dir: "auto" }, ...linked(text)),
    meta,
  );
}

/** @param {Desk} desk @param {Known} conversation @param {import("../state/index.js").State["typing"][string]} typing */
function typingOf({ words }, { visitor }, { name, author }) {
  return words("talk_types", { name: author === "visitor" ? visitorName(words, visitor) : name || words("somebody") });
}

/** @param {Desk} desk @param {string} id @param {number} count */
function pill(desk, id, count) {
  if (!count) return null;
  const click = () => document.querySelector(".talk-log")?.dispatchEvent(new Event("talk-end"));
  return h("button", { type: "button", class: "talk-pill primary", key: `pill-${id}`, on: { click } }, icon("down"), desk.words("talk_new", { count }));
}

/** The newest message of somebody else that came while it is open: what a screen reader says. @param {Desk} desk @param {Known} conversation @param {Talk} talk */
function told(desk, conversation, { messages, toldFrom }) {
  const { words, state } = desk;
  const last = messages.findLast(({ seq, author }) => seq > toldFrom && author.id !== state.me?.id);
  if (!last) return "";
  if (last.author.kind === "system") return happened(words, last, state.me?.id);
  return `${authorOf(desk, conversation, last.author)}: ${last.text}`;
}
