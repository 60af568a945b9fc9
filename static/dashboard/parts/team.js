import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function team(desk) {
  return h("div", {}, "team");
}
