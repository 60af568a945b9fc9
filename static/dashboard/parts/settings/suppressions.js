// Addresses that get no mail any more, since a server said that there is nobody.
import { h } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { isAdmin } from "../../state/live.js";
import { empty, time } from "../pieces.js";
import { actButton, adminsOnly, listOf } from "./controls.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {{ address: string, operators: string[], class: string, reply: string, at: string }} Suppression */

/** @param {Desk} desk */
export function suppressions(desk) {
  const { words } = desk;
  if (!isAdmin(desk.state)) return adminsOnly(desk, "set_suppressions_admins");
  return [
    h("p", { class: "muted", key: "about" }, words("set_suppressions_about")),
    listOf(desk, SOURCES.suppressions, (items) =>
      items.length ? h("ul", { class: "rows" }, ...items.map((one) => row(desk, one))) : empty(words("set_suppressions_none"), words("set_suppressions_none_about")),
    ),
  ];
}

/** @param {Desk} desk @param {Suppression} one */
function row(desk, one) {
  const { words } = desk;
  const names = one.operators.map((id) => desk.state.operators[id]?.name).filter(Boolean);
  return h(
    "li",
    { key: one.address, class: "set-tall" },
    h(
      "div",
      { class: "grow" },
      h("p", { class: "set-row-title" }, one.address),
      h("p", { class: "small muted" }, names.length > 0 && `${words.list(names)} · `, one.class && `${words(`set_class_${one.class}`)} · `, ...words.pieces("set_since", { time: time(desk, one.at, "moment") })),
      h("pre", { class: "set-reply" }, one.reply),
    ),
    actButton(desk, `allow/${one.address}`, { label: words("set_allow"), title: words("set_allow_of", { address: one.address }), act: () => allow(desk, one) }),
  );
}

/** @param {Desk} desk @param {Suppression} one */
async function allow(desk, { address }) {
  const { words } = desk;
  const send = () => desk.api("DELETE", `/api/v1/suppressions/${encodeURIComponent(address)}`);
  await desk.acts.settings.attempt(send, { done: words("set_allowed", { address }) });
  // Somebody else may have done it before.
  await desk.acts.settings.load(SOURCES.suppressions);
}
