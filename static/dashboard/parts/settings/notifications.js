// Who gets which emails: the account's settings, one's own switches, and how this browser calls.
import { h } from "/shared/view.js";
import { formOf, valueOf } from "../../state/forms.js";
import { isAdmin } from "../../state/live.js";
import { forbidden, formOfFields } from "../pieces.js";
import { browser } from "./browser.js";
import { adminsOnly, block, durationField, facts, radios, switchField, withAccount } from "./controls.js";
import { durationOf, secondsOf } from "./durations.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Account} Account */

const FORM = "settings/notifications/account";
const MINE = "settings/notifications/mine";
const KINDS = /** @type {const} */ (["offline", "missed"]);

/** @param {Desk} desk */
export function notifications(desk) {
  return [
    block(desk.words("set_mine"), desk.words("set_mine_about"), withAccount(desk, (account) => mine(desk, account))),
    block(desk.words("set_of_account"), desk.words("set_of_account_about"), withAccount(desk, (account) => (isAdmin(desk.state) ? form(desk, account) : readOnly(desk, account)))),
    block(desk.words("set_browser"), desk.words("set_browser_about"), browser(desk)),
  ];
}

/** One's own switches act at once. @param {Desk} desk @param {Account} account */
function mine(desk, account) {
  const { status } = formOf(desk.state, MINE);
  const flip = (/** @type {"offline" | "missed"} */ kind) => (/** @type {boolean} */ isOn) =>
    desk.acts.settings.flip(MINE, kind, isOn, () => desk.acts.settings.changeMe({ notifications: { [kind]: isOn } }));
  return h(
    "div",
    { class: "stack" },
    ...KINDS.map((kind) =>
      h(
        "div",
        { key: kind },
        switchField(desk, MINE, kind, { label: desk.words(`set_${kind}`), hint: desk.words(`set_mine_${kind}`), holds: desk.state.me?.notifications[kind] ?? false, change: flip(kind) }),
        whyNone(desk, account, kind),
      ),
    ),
    h("p", { class: "form-told small good", role: "status" }, status === "saved" && desk.words("saved")),
  );
}

/** Why the own switch changes nothing. @param {Desk} desk @param {Account} account @param {"offline" | "missed"} kind */
function whyNone(desk, account, kind) {
  if (kind === "missed" && account.plan === "free") return forbidden(desk.words("set_missed_plan"));
  return account.notifications[kind].enabled ? null : forbidden(desk.words("set_off_for_account"));
}

/** @param {Desk} desk @param {Account} account */
function form(desk, account) {
  const { notifications: holds } = account;
  return formOfFields(
    desk,
    FORM,
    { save: desk.words("save"), send: () => save(desk, account), marks: true },
    ...KINDS.map((kind) => kindFields(desk, account, kind)),
    radios(desk, FORM, "notifications.missed_recipients", {
      legend: desk.words("set_missed_recipients"),
      holds: holds.missed_recipients,
      choices: choices(desk, "missed_recipients", ["online", "audience"]),
    }),
    durationField(desk, FORM, "notifications.cooldown_s", { label: desk.words("set_cooldown"), hint: desk.words("set_cooldown_about"), holds: durationOf(holds.cooldown_s) }),
    radios(desk, FORM, "notifications.read_cancels", {
      legend: desk.words("set_read_cancels"),
      holds: holds.read_cancels,
      choices: choices(desk, "read_cancels", ["reader", "everyone"]),
    }),
    switchField(desk, FORM, "notifications.include_text", { label: desk.words("set_include_text"), hint: desk.words("set_include_text_about"), holds: holds.include_text }),
  );
}

/** @param {Desk} desk @param {Account} account @param {"offline" | "missed"} kind */
function kindFields(desk, account, kind) {
  const { enabled, delay_s } = account.notifications[kind];
  const isOn = valueOf(desk.state, FORM, `notifications.${kind}.enabled`, enabled);
  return h(
    "div",
    { class: "set-kind", key: kind },
    switchField(desk, FORM, `notifications.${kind}.enabled`, { label: desk.words(`set_${kind}`), hint: desk.words(`set_account_${kind}`), holds: enabled }),
    kind === "missed" && account.plan === "free" && forbidden(desk.words("set_missed_plan")),
    isOn && durationField(desk, FORM, `notifications.${kind}.delay_s`, { label: desk.words("set_delay"), hint: desk.words(`set_delay_${kind}`), holds: durationOf(delay_s) }),
  );
}

/** @param {Desk} desk @param {string} name @param {string[]} values */
function choices(desk, name, values) {
  return values.map((value) => ({ value, text: desk.words(`set_${name}_${value}`), hint: desk.words(`set_${name}_${value}_about`) }));
}

/** @param {Desk} desk @param {Account} account */
function save(desk, account) {
  const { change, wrong } = changeOf(shownOf(formOf(desk.state, FORM).values, account.notifications));
  if (wrong) return desk.dispatch({ type: "form/refused", form: FORM, field: wrong, error: desk.words(`set_wrong_${wrong.replaceAll(".", "_")}`) });
  if (Object.keys(change).length === 0) return desk.dispatch({ type: "form/saved", form: FORM });
  return desk.acts.settings.save(FORM, () => desk.acts.settings.changeAccount({ notifications: change }));
}

/**
 * Without the delays of kinds that are off: they are not shown, and nobody could mend them.
 *
 * @param {Record<string, any>} values
 * @param {Account["notifications"]} holds
 */
export function shownOf(values, holds) {
  const off = KINDS.filter((kind) => !(values[`notifications.${kind}.enabled`] ?? holds[kind].enabled));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !off.some((kind) => name === `notifications.${kind}.delay_s`)));
}

/**
 * What the form changes, as the server wants it: its fields by their paths, times in seconds. `wrong`: the first that is no time.
 *
 * @param {Record<string, any>} values
 */
export function changeOf(values) {
  /** @type {Record<string, any>} */
  const change = {};
  for (const [name, value] of Object.entries(values)) {
    const [, ...path] = name.split(".");
    const sent = name.endsWith("_s") ? secondsOf(value, { mayBeNone: name.endsWith("cooldown_s") }) : value;
    if (sent === null) return { change: {}, wrong: name };
    if (path.length === 1) change[path[0]] = sent;
    else change[path[0]] = { ...change[path[0]], [path[1]]: sent };
  }
  return { change, wrong: null };
}

/** What holds, for those who cannot change it. @param {Desk} desk @param {Account} account */
function readOnly(desk, { plan, notifications: holds }) {
  const { words, times } = desk;
  const kind = (/** @type {"offline" | "missed"} */ name) => {
    if (name === "missed" && plan === "free") return words("set_missed_plan");
    return holds[name].enabled ? words("set_on_after", { time: times.amount(holds[name].delay_s) }) : words("off");
  };
  /** @type {[string, string][]} */
  const rows = [
    [words("set_offline"), kind("offline")],
    [words("set_missed"), kind("missed")],
    [words("set_missed_recipients"), words(`set_missed_recipients_${holds.missed_recipients}`)],
    [words("set_cooldown"), times.amount(holds.cooldown_s)],
    [words("set_read_cancels"), words(`set_read_cancels_${holds.read_cancels}`)],
    [words("set_include_text"), words(holds.include_text ? "on" : "off")],
  ];
  return [adminsOnly(desk, "set_account_admins"), facts(rows)];
}
