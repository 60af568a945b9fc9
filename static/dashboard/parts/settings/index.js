import { h } from "/shared/view.js";

/** @param {import("../../desk.js").Desk} desk */
export function settings(desk) {
  return h("div", {}, "settings");
}
