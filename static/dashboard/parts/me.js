import { h } from "/shared/view.js";

/** @param {import("../desk.js").Desk} desk */
export function me(desk) {
  return h("div", {}, "me");
}
