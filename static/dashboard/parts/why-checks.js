// The checks: what lets emails pass and what is in the way, each with the button that mends it.
import { h, icon } from "/shared/view.js";
import { isRetriable } from "../email-states.js";
import { hashOf } from "../routes.js";
import { isAdmin } from "../state/live.js";
import { checksAbout } from "./why-answer.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("./why-answer.js").Check} Check */
/** @typedef {import("./why.js").Whom} Whom */
/** @typedef {import("/shared/view.js").Child} Child */

/** @param {Desk} desk @param {Whom} whom @param {readonly Check[]} checks */
export function checkList(desk, whom, checks) {
  const kinds = /** @type {const} */ ([["offline", "why_offline"], ["missed", "why_missed"], [null, "why_both"]]);
  return kinds.map(([kind, title]) =>
    h(
      "section",
      { class: "why-kind", "aria-labelledby": title, key: title },
      h("h3", { id: title }, desk.words(title)),
      h("ul", { class: "why-checks" }, ...checksAbout(checks, kind).map((check) => item(desk, whom, check))),
    ),
  );
}

/** @param {Desk} desk @param {Whom} whom @param {Check} check */
function item(desk, whom, check) {
  const { words } = desk;
  const mends = check.ok ? [] : mendsOf(desk, whom, check).filter(Boolean);
  return h(
    "li",
    { class: check.ok ? "ok" : "not", key: `${check.code} ${check.by ?? ""} ${check.device?.id ?? ""}` },
    icon(check.ok ? "check" : "alert"),
    h(
      "div",
      { class: "grow" },
      h("p", {}, h("span", { class: "visually-hidden" }, `${words(check.ok ? "why_ok" : "why_not")}: `), check.text, " ", h("span", { class: "why-rule" }, words("why_rule", { rule: check.rule }))),
      mends.length > 0 && h("div", { class: "row why-mends" }, ...mends),
    ),
  );
}

/**
 * What mends a check that fails: buttons, links, or who can do it.
 *
 * @param {Desk} desk
 * @param {Whom} whom
 * @param {Check} check
 * @returns {Child[]}
 */
function mendsOf(desk, whom, check) {
  const mends = { account_switch: accountSwitch, own_switch: ownSwitch, plan, offline_everywhere: onlineSomewhere, online: notOnline, colleagues_offline: colleague, own_address: ownAddress, active, address, delivery };
  const of = /** @type {Record<string, (desk: Desk, whom: Whom, check: Check) => Child[]>} */ (mends)[check.code];
  return of ? of(desk, whom, check) : [];
}

/** @typedef {(desk: Desk, whom: Whom, check: Check) => Child[]} Mend */

/** @type {Mend} */
function accountSwitch(desk, _, { kind }) {
  if (!isAdmin(desk.state)) return [told(desk, "why_ask_admin")];
  return [button(desk.words("why_switch_on_account"), () => kind && desk.acts.switchOnAccount(kind)), settings(desk, "notifications")];
}

/** @type {Mend} */
function ownSwitch(desk, { isMe }, { kind }) {
  if (!isMe) return [told(desk, "why_only_they")];
  return [button(desk.words("why_switch_on"), () => kind && desk.acts.switchOnMine(kind))];
}

/** @type {Mend} */
function plan(desk) {
  return [told(desk, "why_plan_changes")];
}

/** @type {Mend} */
function onlineSomewhere(desk, { id, isMe, name }, { device }) {
  const { words, acts, state } = desk;
  if (!isMe) return [isAdmin(desk.state) && button(words("team_force"), () => acts.forceOffline(id, true))];
  const isHere = device?.id === state.device;
  const goes = state.devices.find((one) => one.id === device?.id);
  return [
    device && isHere && button(words("why_offline_here"), () => acts.chooseState("offline")),
    device && !isHere && button(words("devices_sign_out_of", { device: goes?.name || device.name || name }), () => desk.dispatch({ type: "open", name: "devices", about: { sure: device.id } })),
    button(words("me_appear_offline"), () => acts.appearOffline(true)),
  ];
}

/** Missed emails go to those who are online. @type {Mend} */
function notOnline(desk, { id, isMe }, { setting }) {
  const { words, acts, state } = desk;
  const isHidden = setting === "appear_offline" || state.operators[id]?.appear_offline;
  return [
    isHidden && isMe && button(words("why_appear_again"), () => acts.appearOffline(false)),
    isHidden && !isMe && isAdmin(desk.state) && button(words("team_unforce"), () => acts.forceOffline(id, false)),
    !isHidden && isMe && button(words("why_online_here"), () => acts.chooseState("online")),
    isAdmin(desk.state) && settings(desk, "notifications"),
  ];
}

/** @type {Mend} */
function colleague(desk) {
  return [link(desk.words("why_see_team"), hashOf({ page: "team", conversation: null }))];
}

/** @type {Mend} */
function ownAddress(desk, { isMe }) {
  return [changeAddress(desk, isMe)];
}

/** @type {Mend} */
function active(desk) {
  return [isAdmin(desk.state) && settings(desk, "operators")];
}

/** @type {Mend} */
function address(desk, { isMe }, { address }) {
  return [
    changeAddress(desk, isMe),
    isAdmin(desk.state) && address && button(desk.words("why_allow_again"), () => desk.acts.allowAgain(address)),
    isAdmin(desk.state) ? settings(desk, "suppressions") : told(desk, "why_ask_admin"),
  ];
}

/** @type {Mend} */
function delivery(desk, _, { email, state }) {
  return [email && isRetriable(state) && button(desk.words("why_send_again"), () => desk.acts.sendAgain(email)), settings(desk, "emails")];
}

/** @param {Desk} desk @param {boolean} isMe */
function changeAddress(desk, isMe) {
  const href = hashOf({ page: "settings", section: isMe ? "profile" : "operators", conversation: null });
  return link(desk.words("why_change_address"), href);
}

/** @param {Desk} desk @param {"notifications" | "operators" | "suppressions" | "emails"} section */
function settings(desk, section) {
  return link(desk.words(`why_settings_${section}`), hashOf({ page: "settings", section, conversation: null }));
}

/** @param {string} text @param {() => void} click */
function button(text, click) {
  return h("button", { type: "button", key: text, on: { click } }, text);
}

/** @param {string} text @param {string} href */
function link(text, href) {
  return h("a", { href, key: text }, text);
}

/** @param {Desk} desk @param {string} key */
function told(desk, key) {
  return h("span", { class: "muted small", key }, desk.words(key));
}
