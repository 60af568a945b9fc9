// Why: the running timer, then everything that was decided about emails of a conversation, in the server's own sentences.
import { h, icon } from "/shared/view.js";
import { explanationOf } from "../acts/explanations.js";
import { isAdmin } from "../state/live.js";
import { empty, fetched, time } from "./pieces.js";
import { emailCard } from "./side-email.js";
import { timelineOf } from "./side-timeline.js";
import { timerSentence } from "./talk-outlook.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */
/** @typedef {import("./side-timeline.js").Entry} Entry */

/** @param {Desk} desk @param {Known} conversation */
export function whyPanel(desk, conversation) {
  const { id, timer } = conversation;
  const { words, state } = desk;
  return [
    h("h1", { class: "visually-hidden", key: "title" }, words("side_why_title")),
    timer && h("section", { class: "side-running", "aria-label": words("side_running"), key: "running" }, icon("timer"), h("div", {}, h("p", {}, ...timerSentence(desk, timer, true)), started(desk, timer))),
    h("div", { key: "timeline" }, fetched(desk, state.resources[explanationOf(id)], () => desk.acts.explain(id), (explained) => timeline(desk, conversation, explained))),
  ];
}

/** @param {Desk} desk @param {{ kind: string, started_at: string }} timer */
function started(desk, { kind, started_at }) {
  return h("p", { class: "small muted" }, desk.words(`side_kind_${kind}`), " · ", ...desk.words.pieces("side_started", { time: time(desk, started_at, "moment") }));
}

/** @param {Desk} desk @param {Known} conversation @param {any} explained */
function timeline(desk, conversation, explained) {
  const { words, state } = desk;
  const { running, entries } = timelineOf(explained);
  const others = running.filter(({ kind }) => kind !== conversation.timer?.kind);
  if (!entries.length && !conversation.timer && !others.length) return empty(words("side_why_empty"), words("side_why_empty_about"));
  return [
    ...others.map((timer) => h("p", { class: "side-other", key: `other-${timer.kind}` }, ...words.pieces(`side_other_${timer.kind}`, { time: time(desk, timer.due_at, "clock") }))),
    h("ol", { class: "side-timeline", key: "entries" }, ...entries.map((entry) => drawEntry(desk, entry))),
    !isAdmin(state) && h("p", { class: "side-note", key: "note" }, words("side_emails_own")),
  ];
}

/** @param {Desk} desk @param {Entry} entry */
function drawEntry(desk, entry) {
  const { words } = desk;
  const { key, at, timer, kind, seqs, decisions, emails } = entry;
  return h(
    "li",
    { class: `side-entry ${timer?.state || "none"}`, key },
    h("p", { class: "side-when" }, time(desk, at, "moment"), h("span", { class: "tag" }, words(`side_kind_${kind}`))),
    headline(desk, entry),
    timer && h("p", { class: "small muted" }, ...words.pieces("side_started", { time: time(desk, timer.started_at, "moment") }), seqs.length > 0 && `, ${words("side_seqs", { count: seqs.length })}`),
    decisions.length > 0 && h("ul", { class: "side-people" }, ...meFirst(desk, decisions).map((decision) => person(desk, decision, emails.find(({ id }) => id === decision.email)))),
    ...emails.map((email) => emailCard(desk, email)),
  );
}

/** @param {Desk} desk @param {import("/shared/wire.js").Decision[]} decisions */
function meFirst({ state }, decisions) {
  const isMine = (/** @type {import("/shared/wire.js").Decision} */ { operator }) => operator !== null && operator === state.me?.id;
  return [...decisions.filter(isMine), ...decisions.filter((decision) => !isMine(decision))];
}

/** What became of it: of a timer its end, else why there was none. @param {Desk} desk @param {Entry} entry */
function headline({ words }, { timer, decisions, emails }) {
  if (timer?.state === "running") return h("p", { class: "side-headline" }, words("side_runs"));
  if (timer?.state === "fired") return h("p", { class: "side-headline" }, words(emails.length || decisions.some(({ code }) => code === "emailed") ? "side_fired" : "side_fired_nobody"));
  if (timer) return h("p", { class: "side-headline" }, words("side_cancelled"), timer.reason && " ", timer.reason?.text);
  return decisions.length > 0 && h("p", { class: "side-headline" }, words("side_no_timer"));
}

/**
 * One line a person, with everything that held and its rule on demand.
 *
 * @param {Desk} desk
 * @param {import("/shared/wire.js").Decision} decision
 * @param {import("/shared/wire.js").Email} [email] what became of it, where one was called for
 */
function person(desk, decision, email) {
  const { words, state } = desk;
  const isMe = decision.operator !== null && decision.operator === state.me?.id;
  const name = decision.operator ? state.operators[decision.operator]?.name || words("somebody") : null;
  const { verdict, symbol, kind } = verdictOf(decision, email);
  return h(
    "li",
    { key: `${decision.operator}-${decision.at}-${decision.code}`, class: kind },
    icon(symbol),
    h(
      "div",
      {},
      h("p", {}, name && [h("strong", {}, h("bdi", {}, name), isMe && ` (${words("talk_you")})`), ": ", h("span", { class: "side-verdict" }, words(verdict)), ". "], decision.text),
      h(
        "details",
        { class: "side-details" },
        h("summary", {}, words("side_rule", { rule: decision.rule }), decision.reasons.length > 1 && ` · ${words("side_reasons", { count: decision.reasons.length })}`),
        h("ul", {}, ...decision.reasons.map((reason) => h("li", { key: reason.code }, reason.text, " ", h("span", { class: "tag" }, reason.rule)))),
      ),
    ),
  );
}

/** @param {import("/shared/wire.js").Decision} decision @param {import("/shared/wire.js").Email} [email] */
function verdictOf({ code }, email) {
  if (code === "recently_notified") return { verdict: "side_put_off", symbol: "timer", kind: "" };
  if (code !== "emailed" || email?.state === "no_longer_needed") return { verdict: "side_not_mailed", symbol: "close", kind: "" };
  if (email?.state === "failed" || email?.state === "expired") return { verdict: "side_undelivered", symbol: "mail-alert", kind: "undelivered" };
  return { verdict: "side_mailed", symbol: "mail-done", kind: "mailed" };
}
