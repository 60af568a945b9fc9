import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function inbox(desk) {
  return h("div", {}, "inbox");
}
