import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function why(desk) {
  return h("div", {}, "why");
}
