// Top left: what I count as, because of which device, and what I choose.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { deviceName, deviceNameUntil, standing } from "./me-standing.js";
import { menu, menuItem, status, toggle } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */

const STATES = /** @type {const} */ (["online", "away", "offline"]);

/** @param {Desk} desk */
export function me(desk) {
  const { words, state } = desk;
  const isKnown = state.welcomes > 0 && state.link.state === "open";
  const stands = standing(state);
  const word = isKnown ? words(stands.counts) : words(state.welcomes ? "reconnecting" : "me_connecting");
  return h(
    "section",
    { class: "me", "aria-label": words("me_title"), key: "me" },
    h("p", { class: "me-name ellipsis" }, state.me?.name),
    menu(desk, "me", { label: [h("span", { class: "visually-hidden" }, `${words("me_title")}: `), status(isKnown ? stands.counts : "reconnecting", word), icon("down")], class: "me-button" }, () => choices(desk, stands)),
    state.welcomes > 0 && h("p", { class: "me-because" }, isKnown ? because(desk, stands) : words("me_last_known", { status: words(stands.counts) })),
    h("p", { class: "me-contrast", role: "status" }, isKnown && contrast(desk, stands)),
  );
}

/** @typedef {ReturnType<typeof standing>} Standing */

/** @param {Desk} desk @param {Standing} stands */
function because(desk, { because, since }) {
  const { words, state } = desk;
  const time = desk.times.moment(since, desk.nowMs());
  if (state.me?.appear_offline) return words("me_hidden", { time });
  if (!because.length) return words("me_since", { time });
  return words("me_via", { devices: words.list(because.map((device) => deviceName(desk, device))), time });
}

/** @param {Desk} desk @param {Standing} stands */
function contrast(desk, { contrast, because }) {
  if (!contrast) return null;
  if (contrast === "hidden") return desk.words("me_hidden_own");
  return desk.words(`me_still_${contrast}`, { devices: desk.words.list(because.map((device) => deviceNameUntil(desk, device))) });
}

/** @param {Desk} desk @param {Standing} stands */
function choices(desk, { own }) {
  const { words, state, acts } = desk;
  const close = () => desk.dispatch({ type: "close" });
  return [
    h(
      "div",
      { role: "group", "aria-labelledby": "me-here" },
      h("p", { class: "menu-title", id: "me-here" }, words("me_here")),
      ...STATES.map((choice) => {
        const label = h("span", {}, status(choice, words(choice)), h("span", { class: "hint" }, words(`me_${choice}_about`)));
        return menuItem(desk, label, () => acts.chooseState(choice), { "aria-pressed": own?.state === choice, key: choice });
      }),
    ),
    h(
      "div",
      { class: "menu-part me-hiding" },
      toggle("me-appear-offline", {
        label: words("me_appear_offline"),
        hint: words("me_appear_offline_about"),
        isOn: state.me?.appear_offline ?? false,
        change: acts.appearOffline,
      }),
    ),
    h(
      "div",
      { class: "menu-part" },
      // A dialog is no choice that closes what is open: it takes its place.
      h("button", { type: "button", class: "menu-item", on: { click: () => desk.dispatch({ type: "open", name: "devices" }) } }, icon("laptop"), words("me_devices")),
      h("a", { class: "button menu-item", href: hashOf({ page: "settings", section: "profile", conversation: null }), on: { click: close } }, icon("person"), words("me_profile")),
      menuItem(desk, [icon("leave"), words("me_log_out")], () => desk.leave()),
    ),
  ];
}
