// My devices: what each says, its last sign of life, how long it stays so, and a way to sign one out.
import { h, icon } from "/shared/view.js";
import { deviceName, inOrder } from "./me-standing.js";
import { dialog, empty, status, time } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Device} Device */

/** @param {Desk} desk */
export function devicesDialog(desk) {
  const { words, state } = desk;
  return dialog(desk, "devices", words("me_devices"), (/** @type {{ sure: string } | undefined} */ about) => [
    h("p", { class: "muted" }, words(state.me?.appear_offline ? "devices_hidden" : "devices_about")),
    state.devices.length
      ? h("ul", { class: "rows", key: "devices" }, ...inOrder(state.devices, state.device).map((device) => row(desk, device, about?.sure === device.id)))
      : empty(words("devices_none")),
  ]);
}

/** @param {Desk} desk @param {Device} device @param {boolean} isSure whether it is asked if that is meant */
function row(desk, device, isSure) {
  const { words } = desk;
  const name = deviceName(desk, device);
  const ask = (/** @type {string | null} */ sure) => desk.dispatch({ type: "open", name: "devices", about: { sure } });
  const isOwn = device.id === desk.state.device;
  return h(
    "li",
    { class: "device", key: device.id },
    deviceLine(desk, device),
    !isSure &&
      h(
        "button",
        { type: "button", key: "sign-out", "aria-label": isOwn ? null : words("devices_sign_out_of", { device: name }), on: { click: () => ask(device.id) } },
        words(isOwn ? "me_log_out" : "devices_sign_out"),
      ),
    isSure && sure(desk, device, { name, isOwn, cancel: () => ask(null) }),
  );
}

/** @param {Desk} desk @param {Device} device @param {{ name: string, isOwn: boolean, cancel: () => void }} options */
function sure(desk, device, { name, isOwn, cancel }) {
  const { words, acts } = desk;
  const run = () => {
    if (isOwn) return desk.leave();
    cancel();
    return acts.signOut(device);
  };
  return h(
    "div",
    { class: "device-sure", role: "group", "aria-label": words("devices_sign_out_of", { device: name }), key: "sure" },
    h("p", { class: "small" }, words(isOwn ? "devices_log_out_sure" : "devices_sign_out_sure", { device: name })),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", class: "danger", made: (/** @type {HTMLElement} */ element) => element.focus(), on: { click: run } }, words(isOwn ? "me_log_out" : "devices_sign_out")),
      h("button", { type: "button", on: { click: cancel } }, words("cancel")),
    ),
  );
}

/**
 * What a device is and says.
 *
 * @param {Desk} desk
 * @param {Device} device
 */
export function deviceLine(desk, device) {
  const { words } = desk;
  const isOwn = device.id === desk.state.device;
  return h(
    "div",
    { class: "device-line grow" },
    icon(device.kind === "mobile" ? "phone" : "laptop"),
    h(
      "div",
      { class: "grow" },
      h("p", { class: "device-name" }, device.name || deviceName(desk, device), " ", isOwn && h("span", { class: "tag" }, words("devices_this"))),
      h(
        "p",
        { class: "small muted facts" },
        status(device.state, words(device.state)),
        signsOf(desk, device.state === "offline" ? { ...device, until: undefined } : device),
      ),
    ),
  );
}

/** Since when, until when without a socket, and its last sign of life. @param {Desk} desk @param {{ since?: string, until?: string, last_seen: string }} device */
export function signsOf(desk, { since, until, last_seen }) {
  const told = (/** @type {string} */ key, /** @type {string} */ at, /** @type {"ago" | "moment"} */ how) => h("span", {}, desk.words.pieces(key, { time: time(desk, at, how) }));
  return [since && told("devices_since", since, "moment"), until && told("devices_until", until, "moment"), told("devices_seen", last_seen, "ago")];
}
