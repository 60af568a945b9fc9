import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function talk(desk) {
  return h("div", {}, "talk");
}
