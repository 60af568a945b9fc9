import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function side(desk) {
  return h("div", {}, "side");
}
