// The list of keys.
import { h } from "/shared/view.js";
import { dialog } from "./pieces.js";

const KEYS = /** @type {const} */ ([
  ["/", "key_search"],
  ["N", "key_next"],
  ["J", "key_join"],
  ["R", "key_reply"],
  ["C", "key_close"],
  ["W", "key_why"],
  ["Esc", "key_escape"],
  ["?", "key_list"],
]);

/** @param {import("../desk.js").Desk} desk */
export function keysDialog(desk) {
  return dialog(desk, "keys", desk.words("keys_title"), () => [
    h("p", { class: "muted" }, desk.words("keys_about")),
    h("dl", { class: "keys" }, ...KEYS.map(([key, word]) => h("div", { key }, h("dt", {}, h("kbd", {}, key)), h("dd", {}, desk.words(word))))),
  ]);
}
