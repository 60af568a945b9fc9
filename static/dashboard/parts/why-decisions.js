// The recent conversations, each with the headline of what was decided about somebody, and what became of the email.
import { h, icon } from "/shared/view.js";
import { decisionsOf, letterOf } from "../acts/why.js";
import { visitorName } from "../names.js";
import { hashOf } from "../routes.js";
import { empty, fetched, time } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").OwnDecision} OwnDecision */

/** @param {Desk} desk @param {import("./why.js").Whom} whom @param {import("./why-answer.js").Decisions} data */
export function decisionList(desk, { id, isMe }, { items, next }) {
  const { words, acts, state } = desk;
  if (!items.length) return empty(words("why_none"), words(isMe ? "why_none_about" : "why_none_about_of"));
  const isLoading = state.resources[decisionsOf(id)]?.isMore;
  return [
    h("ul", { class: "rows why-decisions" }, ...items.map((decision) => row(desk, decision))),
    next && h("button", { type: "button", key: "more", disabled: isLoading, on: { click: () => acts.moreDecisions(id, next) } }, words(isLoading ? "loading" : "load_more")),
  ];
}

/** @param {Desk} desk @param {OwnDecision} decision */
function row(desk, decision) {
  const { words } = desk;
  const { at, conversation, visitor, kind, code, text, email } = decision;
  const href = hashOf({ page: "inbox", view: "unserved", conversation, panel: "why" });
  return h(
    "li",
    { key: `${conversation} ${at} ${kind}` },
    icon(code === "emailed" ? "mail-done" : "mail"),
    h(
      "div",
      { class: "grow" },
      h("p", { class: "facts" }, h("a", { href, title: words("why_open") }, h("bdi", {}, visitorName(words, visitor))), h("span", { class: "muted" }, time(desk, at, "moment")), h("span", { class: "tag" }, words(`why_tag_${kind}`))),
      h("p", { class: "why-text" }, text),
      email && letter(desk, email),
    ),
  );
}

/** @param {Desk} desk @param {string} email */
function letter(desk, email) {
  const { words, state, acts } = desk;
  const isOpen = state.open?.name === "why-letter" && state.open.about === email;
  return [
    h("button", { type: "button", class: "quiet why-letter-button", "aria-expanded": isOpen, key: "letter", on: { click: () => acts.toggleLetter(email) } }, icon("mail"), words(isOpen ? "why_letter_hide" : "why_letter")),
    isOpen && h("div", { class: "why-letter", key: "about" }, fetched(desk, state.resources[letterOf(email)], () => acts.loadWhy(), (found) => about(desk, found))),
  ];
}

/** What is known of a letter, in the server's words, and each answer as the mail server gave it. @param {Desk} desk @param {import("/shared/wire.js").Email} email */
function about(desk, { text, to, state, attempts }) {
  const { words } = desk;
  return [
    h("p", {}, text),
    h("p", { class: "small muted" }, words("why_letter_to", { address: to })),
    ...attempts.map(({ at, server, reply }) => h("p", { class: "small", key: at }, time(desk, at, "moment"), " ", server, " ", h("code", {}, reply))),
    state === "sent" && h("p", { class: "small muted" }, words("why_spam")),
  ];
}
