// Sent mails, the newest first: an agent's own, an admin's all.
import { h } from "/shared/view.js";
import { EMAIL_FILTER, emailsSource } from "../../acts/settings.js";
import { answerOf } from "../../email-states.js";
import { hashOf } from "../../routes.js";
import { valueOf } from "../../state/forms.js";
import { isAdmin } from "../../state/live.js";
import { empty, field, time } from "../pieces.js";
import { blockedDomains } from "./blocked.js";
import { listOf } from "./controls.js";
import { email } from "./email.js";
import { recipient, STATES, stateTag } from "./email-state.js";
import { routeTo } from "./sections.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Email} Email */

/** @param {Desk} desk @param {string} item */
export function emails(desk, item) {
  if (item) return email(desk, item);
  const { words } = desk;
  return [
    blockedDomains(desk),
    h("p", { class: "muted", key: "about" }, words(isAdmin(desk.state) ? "set_emails_about" : "set_emails_own")),
    filter(desk),
    listOf(desk, emailsSource(desk.state), (items) => (items.length ? h("ul", { class: "rows" }, ...items.map((one) => row(desk, one))) : none(desk))),
  ];
}

/** @param {Desk} desk */
function filter(desk) {
  const { words, state } = desk;
  const people = Object.values(state.operators).sort((a, b) => a.name.localeCompare(b.name, words.language));
  return h(
    "div",
    { class: "set-filter", key: "filter" },
    field(desk, EMAIL_FILTER, "state", {
      label: words("set_email_state"),
      choices: [{ value: "", text: words("set_email_any_state") }, ...STATES.map((value) => ({ value, text: words(`set_state_${value}`) }))],
    }),
    isAdmin(desk.state) &&
      field(desk, EMAIL_FILTER, "operator", { label: words("set_email_to"), choices: [{ value: "", text: words("set_email_anybody") }, ...people.map(({ id, name }) => ({ value: id, text: name }))] }),
  );
}

/** @param {Desk} desk */
function none(desk) {
  const { words, state } = desk;
  const isFiltered = ["state", "operator"].some((name) => valueOf(state, EMAIL_FILTER, name, ""));
  if (!isFiltered) return empty(words("set_emails_none"), words("set_emails_none_about"));
  return empty(words("set_emails_none_such"), null, h("button", { type: "button", on: { click: () => unfilter(desk) } }, words("set_emails_all")));
}

/** @param {Desk} desk */
function unfilter(desk) {
  for (const name of ["state", "operator"]) desk.dispatch({ type: "form/edited", form: EMAIL_FILTER, field: name, value: "", holds: "" });
}

/** @param {Desk} desk @param {Email} one */
function row(desk, one) {
  const { words } = desk;
  const last = one.attempts.at(-1);
  return h(
    "li",
    { key: one.id },
    h(
      "div",
      { class: "grow" },
      h("p", { class: "set-row-title" }, h("a", { href: hashOf(routeTo("emails", one.id)) }, words(`set_email_${one.kind}`, { name: recipient(desk, one) }))),
      h("p", { class: "small muted" }, one.to, " · ", time(desk, one.created_at)),
      one.state !== "sent" && last && h("p", { class: "small muted ellipsis" }, one.class && `${words(`set_class_${one.class}`)} · `, answerOf(words, last)),
    ),
    stateTag(desk, one.state),
  );
}
