// The people of the account: a list, and each of them on a page of their own.
import { h, icon } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { hashOf } from "../../routes.js";
import { isAdmin } from "../../state/live.js";
import { adminsOnly, listOf } from "./controls.js";
import { newOperator, operator } from "./operator.js";
import { routeTo } from "./sections.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Operator} Operator */

/** @param {Desk} desk @param {string} item */
export function operators(desk, item) {
  if (!isAdmin(desk.state)) return adminsOnly(desk, "set_operators_admins");
  if (item === "new") return newOperator(desk);
  return listOf(desk, SOURCES.operators, (items) => (item ? one(desk, items, item) : all(desk, items)));
}

/** @param {Desk} desk @param {Operator[]} items @param {string} id */
function one(desk, items, id) {
  const found = items.find((known) => known.id === id);
  return found ? operator(desk, found) : h("p", { class: "empty" }, desk.words("set_operator_none"));
}

/** @param {Desk} desk @param {Operator[]} items */
function all(desk, items) {
  // Who is active stands above who was.
  const sorted = [...items].sort((a, b) => Number(b.active) - Number(a.active));
  return [
    h(
      "div",
      { class: "row set-head" },
      h("p", { class: "grow muted" }, desk.words("set_operators_about")),
      h("a", { class: "button primary", href: hashOf(routeTo("operators", "new")) }, icon("plus"), desk.words("set_operator_add")),
    ),
    h("ul", { class: "rows" }, ...sorted.map((known) => row(desk, known))),
  ];
}

/** @param {Desk} desk @param {Operator} known */
function row(desk, known) {
  const { words } = desk;
  const groups = desk.state.account?.plan === "pro" ? desk.state.groups.filter(({ id }) => known.groups.includes(id)).map(({ name }) => name) : [];
  return h(
    "li",
    { key: known.id, class: known.active ? "" : "set-inactive" },
    h(
      "div",
      { class: "grow" },
      h(
        "p",
        { class: "set-row-title" },
        h("b", {}, known.name),
        known.id === desk.state.me?.id && h("span", { class: "tag" }, words("set_you")),
        h("span", { class: "tag" }, words(`set_role_${known.role}`)),
        !known.active && h("span", { class: "tag set-off" }, words("set_inactive")),
      ),
      h("p", { class: "small muted" }, known.email),
      groups.length > 0 && h("p", { class: "small muted" }, words("set_in_groups", { groups: words.list(groups) })),
    ),
    h("a", { class: "button", href: hashOf(routeTo("operators", known.id)), "aria-label": words("set_edit_of", { name: known.name }) }, words("set_edit")),
  );
}
