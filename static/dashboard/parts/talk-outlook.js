// What will happen next about a conversation: the running timer, as what it is; else what became of its last email.
import { h, icon } from "/shared/view.js";
import { EMAIL_MARKS } from "../email-states.js";
import { timerPieces } from "./talk-words.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */

/** @param {Desk} desk @param {Known} conversation */
export function outlook(desk, conversation) {
  const { timer, email, status } = conversation;
  if (timer) return card(desk, "timer", "timer", timerSentence(desk, timer));
  const sign = email && EMAIL_MARKS[email.state];
  if (!sign || (status !== "unserved" && sign.kind !== "bad")) return null;
  return card(desk, sign.kind, sign.symbol, [desk.words(`talk_email_${email.state}`)]);
}

/**
 * @param {Desk} desk
 * @param {import("/shared/wire.js").Timer} timer
 * @param {boolean} [isWhole] every way to cancel it
 */
export function timerSentence(desk, timer, isWhole = false) {
  const isDue = Date.parse(timer.due_at) <= desk.nowMs();
  const left = isDue ? null : h("time", { class: "countdown", datetime: timer.due_at, title: desk.times.exact(timer.due_at) }, desk.times.until(timer.due_at, desk.nowMs()));
  const nameOf = (/** @type {string} */ id) => desk.state.operators[id]?.name || desk.words("somebody");
  return timerPieces(desk.words, timer, { me: desk.state.me?.id, nameOf, left, isWhole });
}

/** @param {Desk} desk @param {string} kind @param {string} symbol @param {any[]} sentence */
function card(desk, kind, symbol, sentence) {
  const isOpen = desk.state.route.panel === "why";
  return h(
    "div",
    { class: `talk-outlook ${kind}`, role: "note", "aria-label": desk.words("talk_outlook"), key: "outlook" },
    icon(symbol),
    h("p", {}, ...sentence),
    !isOpen && h("button", { type: "button", class: "quiet", on: { click: () => desk.go({ panel: "why" }) } }, desk.words("talk_why")),
  );
}
