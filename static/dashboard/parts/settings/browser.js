// How the dashboard calls and behaves in this browser; nothing of it is known to the server.
import { ring } from "/shared/sound.js";
import { h } from "/shared/view.js";
import { toggle } from "../pieces.js";

/** @typedef {import("../../desk.js").Desk} Desk */

/** What this browser says of its notifications. @returns {"unsupported" | "default" | "granted" | "denied"} */
function permission() {
  return "Notification" in window && window.isSecureContext ? Notification.permission : "unsupported";
}

/** @param {Desk} desk */
export function browser(desk) {
  const { preferences } = desk.state;
  const prefer = (/** @type {keyof typeof preferences} */ name) => (/** @type {boolean} */ isOn) => desk.acts.prefer({ [name]: isOn });
  const option = (/** @type {"sound" | "badge" | "enterSends" | "keys"} */ name) =>
    toggle(`set-${name}`, { label: desk.words(`set_browser_${name}`), hint: desk.words(`set_browser_${name}_about`), isOn: preferences[name], change: prefer(name) });
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "set-beside", key: "sound" }, option("sound"), h("button", { type: "button", class: "quiet", on: { click: () => ring() } }, desk.words("set_try_sound"))),
    h("div", { key: "notify" }, notify(desk)),
    h("div", { key: "badge" }, option("badge")),
    h("div", { key: "enter" }, option("enterSends")),
    h("div", { key: "keys" }, option("keys")),
  );
}

/** @param {Desk} desk */
function notify(desk) {
  const state = permission();
  const isPossible = state === "default" || state === "granted";
  return toggle("set-notify", {
    label: desk.words("set_browser_notify"),
    hint: desk.words(`set_browser_notify_${state}`),
    isOn: isPossible && state === "granted" && desk.state.preferences.notify,
    disabled: !isPossible,
    change: (isOn) => (isOn ? allow(desk) : desk.acts.prefer({ notify: false })),
  });
}

/** The browser asks, once; what was answered stands in the switch. @param {Desk} desk */
async function allow(desk) {
  const answer = permission() === "default" ? await Notification.requestPermission() : permission();
  // Also where it stays off: the switch was moved, and has to say so.
  desk.acts.prefer({ notify: answer === "granted" });
}
