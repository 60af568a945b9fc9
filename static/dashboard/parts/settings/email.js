// One mail: every try with the server's whole answer, and what can be done.
import { h, icon } from "/shared/view.js";
import { emailSource } from "../../acts/settings.js";
import { answerOf, isRetriable, triesOf } from "../../email-states.js";
import { hashOf } from "../../routes.js";
import { isAdmin } from "../../state/live.js";
import { fetched, time } from "../pieces.js";
import { actButton, block, copyField, facts, itemTitle } from "./controls.js";
import { recipient, stateTag } from "./email-state.js";
import { routeTo } from "./sections.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Email} Email */

/** @param {Desk} desk @param {string} id */
export function email(desk, id) {
  const source = emailSource(id);
  return [
    itemTitle(desk, "emails", desk.words("set_email_one")),
    fetched(desk, desk.state.resources[source.name], () => desk.acts.settings.load(source), (one) => view(desk, one)),
  ];
}

/** @param {Desk} desk @param {Email} one */
function view(desk, one) {
  const { words } = desk;
  return [
    h("p", { class: "set-row-title" }, stateTag(desk, one.state)),
    h("p", { class: "set-said" }, one.text || words(`set_state_${one.state}_about`)),
    factsOf(desk, one),
    one.state === "failed" && one.class === "wrong_address" && allowedFirst(desk),
    h(
      "div",
      { class: "row" },
      isRetriable(one.state) && retry(desk, one),
      h("a", { class: "button", href: hashOf({ page: "inbox", view: "unserved", conversation: one.conversation, panel: "why" }) }, icon("chat"), words("set_email_conversation")),
    ),
    block(words("set_attempts"), null, attempts(desk, one)),
    block(words("set_message_id_title"), null, copyField(desk, "set-message-id", { label: words("set_message_id"), text: one.message_id, hint: words("set_message_id_about") })),
  ];
}

/** Another try is in vain while nothing is sent to the address. @param {Desk} desk */
function allowedFirst(desk) {
  const link = isAdmin(desk.state) && h("a", { href: hashOf(routeTo("suppressions")) }, desk.words("set_suppressions"));
  return h("p", { class: "muted" }, desk.words("set_email_allow_first"), link && " ", link);
}

/** @param {Desk} desk @param {Email} one */
function factsOf(desk, one) {
  const { words } = desk;
  /** @type {[string, import("/shared/view.js").Child][]} */
  const rows = [
    [words("set_email_to"), `${recipient(desk, one)} · ${one.to}`],
    [words("set_email_kind"), words(`set_${one.kind}`)],
    [words("set_email_created"), time(desk, one.created_at, "moment")],
  ];
  if (one.next_attempt_at && one.state === "deferred") rows.push([words("set_email_next"), time(desk, one.next_attempt_at, "moment")]);
  return facts(rows);
}

/** @param {Desk} desk @param {Email} one */
function retry(desk, one) {
  const act = async () => {
    const answer = await desk.acts.settings.attempt(() => desk.api("POST", `${emailSource(one.id).path}/retry`), { done: desk.words("set_retried"), conflict: "set_conflict_retry" });
    if (answer?.id) desk.dispatch({ type: "resource/loaded", name: emailSource(one.id).name, data: answer });
    else await desk.acts.settings.load(emailSource(one.id));
  };
  return actButton(desk, `retry/${one.id}`, { label: [icon("refresh"), desk.words("set_retry")], look: "primary", act });
}

/** The newest first. @param {Desk} desk @param {Email} one */
function attempts(desk, one) {
  const { words } = desk;
  if (one.attempts.length === 0) return h("p", { class: "muted" }, words("set_attempts_none"));
  const all = triesOf(one).reverse();
  return h(
    "ol",
    { class: "set-attempts", reversed: true },
    ...all.map((attempt) =>
      h(
        "li",
        { key: attempt.at },
        h("p", { class: "small muted" }, time(desk, attempt.at, "moment"), attempt.server && ` · ${attempt.server}`, ...outcome(words, attempt).map((part) => ` · ${part}`)),
        h("pre", { class: "set-reply" }, answerOf(words, attempt)),
      ),
    ),
  );
}

/** What a try came to. @param {import("/shared/words.js").Words} words @param {import("../../email-states.js").Try} attempt */
function outcome(words, attempt) {
  const parts = [attempt.outcome && words(`set_try_${attempt.outcome}`), attempt.class && words(`set_class_${attempt.class}`)];
  return parts.filter(Boolean);
}
