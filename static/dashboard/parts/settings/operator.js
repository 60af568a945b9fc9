// One of the account's people: added, changed, invited again, deactivated.
import { h } from "/shared/view.js";
import { INVITE, SOURCES } from "../../acts/settings.js";
import { formOf } from "../../state/forms.js";
import { dialog, field, formOfFields } from "../pieces.js";
import { block, checks, copyField, itemTitle, radios, regainFocus } from "./controls.js";
import { routeTo } from "./sections.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Operator} Operator */

const NEW = "settings/operators/new";
const DEACTIVATE = "deactivate-operator";

/** Nobody yet. */
const NOBODY = { name: "", email: "", role: /** @type {"agent" | "admin"} */ ("agent"), groups: /** @type {string[]} */ ([]) };

/** @param {Desk} desk */
export function newOperator(desk) {
  return [
    itemTitle(desk, "operators", desk.words("set_operator_add")),
    formOfFields(desk, NEW, { save: desk.words("set_operator_send"), marks: true, send: () => add(desk) }, ...fields(desk, NEW, NOBODY), passwordField(desk, NEW, "set_operator_password_about")),
  ];
}

/** @param {Desk} desk @param {Operator} known */
export function operator(desk, known) {
  const form = `settings/operators/${known.id}`;
  const { words } = desk;
  const isMe = known.id === desk.state.me?.id;
  return [
    itemTitle(desk, "operators", known.name, !known.active && h("span", { class: "tag set-off" }, words("set_inactive"))),
    invitation(desk, known),
    formOfFields(desk, form, { save: words("save"), marks: true, send: () => change(desk, form, known) }, ...fields(desk, form, known), isMe && ownPassword(desk, form, known)),
    isMe ? null : password(desk, known),
    isMe ? null : state(desk, known),
    deactivateDialog(desk, known),
  ];
}

/** @param {Desk} desk @param {string} form @param {typeof NOBODY} holds */
function fields(desk, form, holds) {
  const { words, state } = desk;
  const isPro = state.account?.plan === "pro";
  return [
    field(desk, form, "name", { label: words("set_operator_name"), holds: holds.name, props: { required: true, maxlength: 120, autocomplete: "off" } }),
    field(desk, form, "email", { type: "email", label: words("set_operator_email"), hint: words("set_operator_email_about"), holds: holds.email, props: { required: true, maxlength: 254, autocomplete: "off" } }),
    radios(desk, form, "role", {
      legend: words("set_role"),
      holds: holds.role,
      choices: ["agent", "admin"].map((value) => ({ value, text: words(`set_role_${value}`), hint: words(`set_role_${value}_about`) })),
    }),
    isPro &&
      checks(desk, form, "groups", {
        legend: words("set_groups"),
        hint: words("set_operator_groups_about"),
        holds: holds.groups,
        choices: state.groups.map(({ id, name }) => ({ value: id, text: name })),
        none: words("set_groups_none"),
      }),
  ];
}

/** @param {Desk} desk @param {string} form @param {string} about */
function passwordField(desk, form, about) {
  return field(desk, form, "password", { type: "password", label: desk.words("set_operator_password"), hint: desk.words(about), props: { maxlength: 256, autocomplete: "new-password" } });
}

/** One's own address is changed with one's own password, here as on the profile. @param {Desk} desk @param {string} form @param {Operator} known */
function ownPassword(desk, form, known) {
  const { email = known.email } = formOf(desk.state, form).values;
  return email !== known.email && field(desk, form, "current_password", { type: "password", label: desk.words("set_current_password"), props: { required: true, autocomplete: "current-password" } });
}

/** @param {Desk} desk @param {Operator} known */
function invitation(desk, known) {
  const made = desk.state.resources[INVITE + known.id]?.data;
  if (!made) return null;
  const { words, times } = desk;
  return h(
    "section",
    { class: "card set-invite", key: "invite", "aria-label": words("set_invited"), made: (/** @type {HTMLElement} */ element) => element.querySelector("input")?.focus() },
    h("p", { role: "status" }, words("set_invited_about", { email: known.email, at: times.exact(made.expires_at) })),
    copyField(desk, "set-invite-url", { label: words("set_invite_url"), text: made.url, hint: words("set_invite_once") }),
  );
}

/** @param {Desk} desk @param {Operator} known */
function password(desk, known) {
  const form = `settings/operators/${known.id}/password`;
  const { words } = desk;
  const send = async () => {
    const { password: typed } = formOf(desk.state, form).values;
    if (!typed) return desk.dispatch({ type: "form/refused", form, field: "password", error: words("set_wrong_password") });
    await desk.acts.settings.save(form, () => desk.api("PATCH", `/api/v1/operators/${known.id}`, { password: typed }));
  };
  return block(
    words("set_access"),
    words("set_access_about"),
    h("p", {}, h("button", { type: "button", disabled: !known.active, on: { click: () => inviteAgain(desk, known) } }, words("set_invite_again"))),
    formOfFields(desk, form, { save: words("set_password_set"), saved: words("set_password_was_set"), marks: true, send }, passwordField(desk, form, "set_operator_new_password_about")),
  );
}

/** @param {Desk} desk @param {Operator} known */
function state(desk, known) {
  const { words } = desk;
  const activate = async () => {
    await desk.acts.settings.attempt(() => patch(desk, known, { active: true }), { done: words("set_activated", { name: known.name }) });
    regainFocus();
  };
  return block(
    words(known.active ? "set_deactivate" : "set_activate"),
    words(known.active ? "set_deactivate_about" : "set_activate_about"),
    known.active
      ? h("button", { type: "button", class: "danger", key: "deactivate", on: { click: () => desk.dispatch({ type: "open", name: DEACTIVATE }) } }, words("set_deactivate"))
      : h("button", { type: "button", key: "activate", on: { click: activate } }, words("set_activate")),
  );
}

/** @param {Desk} desk @param {Operator} known */
function deactivateDialog(desk, known) {
  const form = `${DEACTIVATE}/${known.id}`;
  const { words } = desk;
  const send = async () => {
    if (!(await desk.acts.settings.save(form, () => patch(desk, known, { active: false }), "set_conflict_last_admin"))) return;
    desk.dispatch({ type: "close" });
    desk.acts.toast(words("set_deactivated", { name: known.name }));
    queueMicrotask(regainFocus);
  };
  return dialog(desk, DEACTIVATE, words("set_deactivate_title", { name: known.name }), () => [
    h("p", {}, words("set_deactivate_about")),
    formOfFields(desk, form, { save: words("set_deactivate"), isDangerous: true, send, cancel: () => desk.dispatch({ type: "close" }) }),
  ]);
}

/** @param {Desk} desk @param {Operator} known @param {object} changes */
async function patch(desk, known, changes) {
  const answer = await desk.api("PATCH", `/api/v1/operators/${known.id}`, changes);
  const { invite: made, ...changed } = answer;
  const put = (/** @type {{ items: Operator[] }} */ list) => ({ ...list, items: list.items.map((one) => (one.id === known.id ? changed : one)) });
  desk.dispatch({ type: "resource/changed", name: SOURCES.operators.name, change: put });
  if (known.id === desk.state.me?.id) desk.dispatch({ type: "me/changed", operator: changed });
  if (made) desk.dispatch({ type: "resource/loaded", name: INVITE + known.id, data: made });
  return answer;
}

/** @param {Desk} desk @param {string} form @param {Operator} known */
function change(desk, form, known) {
  const { values } = formOf(desk.state, form);
  if (Object.keys(values).length === 0) return desk.dispatch({ type: "form/saved", form });
  return desk.acts.settings.save(form, () => patch(desk, known, values), "set_conflict_last_admin");
}

/** @param {Desk} desk */
async function add(desk) {
  const { password: typed, ...values } = formOf(desk.state, NEW).values;
  const wanted = { ...NOBODY, ...values, ...(typed && { password: typed }) };
  const answer = await desk.acts.settings.save(NEW, () => desk.api("POST", "/api/v1/operators", wanted), "set_conflict_operators");
  if (!answer) return;
  const { invite: made, ...added } = answer;
  desk.dispatch({ type: "resource/changed", name: SOURCES.operators.name, change: (/** @type {{ items: Operator[] }} */ list) => ({ ...list, items: [...list.items.filter(({ id }) => id !== added.id), added] }) });
  if (made) desk.dispatch({ type: "resource/loaded", name: INVITE + added.id, data: made });
  else desk.acts.toast(desk.words("set_added", { name: added.name }));
  desk.go(made ? routeTo("operators", added.id) : routeTo("operators"));
}

/** @param {Desk} desk @param {Operator} known */
async function inviteAgain(desk, known) {
  const answer = await desk.acts.settings.attempt(() => desk.api("POST", `/api/v1/operators/${known.id}/invite`), { conflict: "set_conflict_invite" });
  if (answer) desk.dispatch({ type: "resource/loaded", name: INVITE + known.id, data: answer.invite });
}
