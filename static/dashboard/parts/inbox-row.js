// A row of the inbox: who, what was said last, when, and at most one mark.
import { h, icon } from "/shared/view.js";
import { EMAIL_MARKS } from "../email-states.js";
import { visitorName } from "../names.js";
import { hashOf } from "../routes.js";
import { status, time } from "./pieces.js";
import { happened } from "./talk-words.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */

/** @param {Desk} desk @param {Known} conversation @param {boolean} isEntry it is the one that the Tab key comes to */
export function row(desk, conversation, isEntry) {
  const { words, state } = desk;
  const { id, visitor, unread, at } = conversation;
  const isSelected = state.route.conversation === id;
  return h(
    "li",
    { class: `inbox-row ${unread ? "unread" : ""}`, key: id },
    h(
      "a",
      {
        href: hashOf({ ...state.route, page: "inbox", conversation: id }),
        "aria-current": isSelected ? "true" : null,
        tabindex: isEntry ? "0" : "-1",
      },
      h(
        "span",
        { class: "inbox-who" },
        status(visitor.online ? "online" : "offline", h("span", { class: "visually-hidden" }, words(visitor.online ? "talk_visitor_here" : "talk_visitor_gone"))),
        h("bdi", { class: "ellipsis" }, visitorName(words, visitor)),
        !visitor.online && h("span", { class: "inbox-left", "aria-hidden": "true" }, words("inbox_left")),
      ),
      time(desk, at),
      h("span", { class: "inbox-last ellipsis" }, lastLine(desk, conversation)),
      mark(desk, conversation),
    ),
  );
}

/** @param {Desk} desk @param {Known} conversation */
function lastLine({ state, words }, { id, last_message }) {
  const typing = state.typing[id];
  if (typing?.author === "visitor") return h("span", { class: "inbox-typing", key: "typing" }, words("talk_visitor_types"));
  const draft = state.drafts[id];
  if (draft?.trim() && state.route.conversation !== id) return [h("span", { class: "inbox-draft", key: "draft" }, words("inbox_draft")), " ", h("bdi", {}, oneLine(draft))];
  if (!last_message) return "";
  const { author, text } = last_message;
  if (author.kind === "system") return happened(words, last_message, state.me?.id);
  if (author.kind === "visitor") return h("bdi", {}, oneLine(text));
  const name = author.id === state.me?.id ? words("inbox_you") : author.name || words("somebody");
  return [h("bdi", {}, name), ": ", h("bdi", {}, oneLine(text))];
}

/** At most one: what will happen, then what went wrong, then what is to be read. @param {Desk} desk @param {Known} conversation */
function mark({ words, times, nowMs }, { timer, email, unread, status: standing }) {
  if (timer) {
    const left = times.until(timer.due_at, nowMs());
    return h("span", { class: "inbox-mark timer", key: "timer", title: words("inbox_timer_title", { time: left }) }, icon("timer"), h("span", { class: "visually-hidden" }, words("inbox_timer")), h("span", { class: "countdown" }, left));
  }
  const sign = email && EMAIL_MARKS[email.state];
  if (sign && (standing === "unserved" || (sign.kind === "bad" && !unread))) {
    const told = words(`talk_email_${email.state}`);
    return h("span", { class: `inbox-mark ${sign.kind}`, key: "mail", title: told }, icon(sign.symbol), h("span", { class: "visually-hidden" }, told));
  }
  if (!unread) return null;
  return h("span", { class: "inbox-mark badge", key: "unread" }, h("span", { "aria-hidden": "true" }, times.count(unread)), h("span", { class: "visually-hidden" }, words("inbox_unread", { count: unread })));
}

/** @param {string} text */
function oneLine(text) {
  return text.slice(0, 200).replace(/\s+/g, " ").trim();
}
