import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function boxes(desk) {
  return h("div", {}, "boxes");
}
