// One mail: every try with the server's whole answer, and what can be done.
import { h, icon } from "/shared/view.js";
import { emailSource } from "../../acts/settings.js";
import { isRetriable } from "../../email-states.js";
import { hashOf } from "../../routes.js";
import { fetched, time } from "../pieces.js";
import { block, copyField, facts, itemTitle, regainFocus } from "./controls.js";
import { recipient, stateTag } from "./email-state.js";

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
    h("p", {}, one.text || words(`set_state_${one.state}_about`)),
    factsOf(desk, one),
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
  const form = `retry/${one.id}`;
  const isOn = desk.state.forms[form]?.status === "saving";
  const send = async () => {
    if (isOn) return;
    desk.dispatch({ type: "form/saving", form });
    const answer = await desk.acts.settings.attempt(() => desk.api("POST", `${emailSource(one.id).path}/retry`), { done: desk.words("set_retried"), conflict: "set_conflict_retry" });
    desk.dispatch({ type: "form/reset", form });
    if (answer?.id) desk.dispatch({ type: "resource/loaded", name: emailSource(one.id).name, data: answer });
    else await desk.acts.settings.load(emailSource(one.id));
    queueMicrotask(regainFocus);
  };
  return h("button", { type: "button", class: "primary", "aria-disabled": isOn || null, on: { click: send } }, icon("refresh"), desk.words("set_retry"));
}

/** The newest first. @param {Desk} desk @param {Email} one */
function attempts(desk, one) {
  const { words } = desk;
  if (one.attempts.length === 0) return h("p", { class: "muted" }, words("set_attempts_none"));
  const all = [...one.attempts].reverse();
  return h(
    "ol",
    { class: "set-attempts", reversed: true },
    ...all.map((attempt) =>
      h(
        "li",
        { key: attempt.at },
        h("p", { class: "small muted" }, time(desk, attempt.at, "moment"), attempt.server && ` · ${attempt.server}`, attempt.class && ` · ${words(`set_class_${attempt.class}`)}`),
        h("pre", { class: "set-reply" }, attempt.reply),
      ),
    ),
  );
}
