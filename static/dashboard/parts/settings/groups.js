// Groups: who answers for which page. They need the plan pro; on another they are explained.
import { h, icon } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { hashOf } from "../../routes.js";
import { formOf } from "../../state/forms.js";
import { isAdmin } from "../../state/live.js";
import { dialog, empty, field, forbidden, formOfFields } from "../pieces.js";
import { adminsOnly, block, checks, itemTitle, listOf, withAccount } from "./controls.js";
import { routeTo } from "./sections.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Group} Group */
/** @typedef {import("/shared/wire.js").Operator} Operator */

const NEW = "settings/groups/new";
const DELETE = "delete-group";

/** @param {Desk} desk @param {string} item */
export function groups(desk, item) {
  const { words } = desk;
  return withAccount(desk, ({ plan }) => {
    if (plan !== "pro") return [forbidden(words("set_groups_plan")), about(desk)];
    if (!isAdmin(desk.state)) return [adminsOnly(desk, "set_groups_admins"), about(desk), list(desk)];
    if (!item) return [about(desk), all(desk)];
    return listOf(desk, SOURCES.operators, (people) => one(desk, people, item));
  });
}

/** What they do, whoever asks. @param {Desk} desk */
function about(desk) {
  return [h("p", { class: "muted", key: "about" }, desk.words("set_groups_about")), h("p", { class: "muted", key: "audience" }, desk.words("set_audience"))];
}

/** @param {Desk} desk */
function all(desk) {
  const { words, state } = desk;
  const add = h("a", { class: "button primary", href: hashOf(routeTo("groups", "new")) }, icon("plus"), words("set_group_add"));
  if (state.groups.length === 0) return empty(words("set_groups_none"), words("set_groups_none_about"), add);
  return [h("p", { class: "set-add" }, add), list(desk)];
}

/** @param {Desk} desk */
function list(desk) {
  return desk.state.groups.length > 0 && h("ul", { class: "rows" }, ...desk.state.groups.map((group) => row(desk, group)));
}

/** @param {Desk} desk @param {Group} group */
function row(desk, group) {
  const { words } = desk;
  const people = desk.state.resources[SOURCES.operators.name]?.data?.items || Object.values(desk.state.operators);
  const members = group.operators.map((id) => people.find((/** @type {{ id: string }} */ one) => one.id === id)?.name).filter(Boolean);
  return h(
    "li",
    { key: group.id },
    h(
      "div",
      { class: "grow" },
      h("p", { class: "set-row-title" }, h("b", {}, group.name)),
      h("p", { class: "small muted" }, members.length ? words.list(members) : words("set_group_nobody")),
    ),
    isAdmin(desk.state) && h("a", { class: "button", href: hashOf(routeTo("groups", group.id)), "aria-label": words("set_edit_of", { name: group.name }) }, words("set_edit")),
  );
}

/** @param {Desk} desk @param {Operator[]} people @param {string} id */
function one(desk, people, id) {
  const { words } = desk;
  const known = desk.state.groups.find((group) => group.id === id);
  if (id !== "new" && !known) return [itemTitle(desk, "groups", words("set_groups")), h("p", { class: "empty" }, words("set_group_none"))];
  const form = known ? `settings/groups/${known.id}` : NEW;
  const active = people.filter((person) => person.active || known?.operators.includes(person.id));
  return [
    itemTitle(desk, "groups", known ? known.name : words("set_group_add")),
    formOfFields(
      desk,
      form,
      { save: words(known ? "save" : "set_group_create"), marks: true, send: () => save(desk, form, known) },
      field(desk, form, "name", { label: words("set_group_name"), hint: words("set_group_name_about"), holds: known?.name ?? "", props: { required: true, maxlength: 120, autocomplete: "off" } }),
      checks(desk, form, "operators", {
        legend: words("set_group_members"),
        hint: words("set_group_members_about"),
        holds: known?.operators ?? [],
        choices: active.map((person) => ({ value: person.id, text: person.active ? person.name : `${person.name} (${words("set_inactive")})` })),
        none: words("set_group_nobody"),
      }),
    ),
    known && key(desk, known),
    known && removal(desk, known),
  ];
}

/** What a page says to belong to it. @param {Desk} desk @param {Group} known */
function key(desk, known) {
  return block(desk.words("set_group_page"), null, h("p", { class: "muted" }, ...desk.words.pieces("set_group_page_about", { code: h("code", { class: "set-code" }, `data-group="${known.id}"`) })));
}

/** @param {Desk} desk @param {Group} known */
function removal(desk, known) {
  const { words } = desk;
  const form = `${DELETE}/${known.id}`;
  const send = async () => {
    if (!(await desk.acts.settings.save(form, () => desk.api("DELETE", `/api/v1/groups/${known.id}`)))) return;
    desk.dispatch({ type: "groups/changed", groups: desk.state.groups.filter(({ id }) => id !== known.id) });
    desk.go(routeTo("groups"));
    desk.acts.toast(words("set_group_deleted", { name: known.name }));
  };
  return [
    block(words("set_group_delete"), words("set_group_delete_about"), h("button", { type: "button", class: "danger", on: { click: () => desk.dispatch({ type: "open", name: DELETE }) } }, words("set_group_delete"))),
    dialog(desk, DELETE, words("set_group_delete_title", { name: known.name }), () => [
      h("p", {}, words("set_group_delete_about")),
      formOfFields(desk, form, { save: words("set_group_delete"), isDangerous: true, send, cancel: () => desk.dispatch({ type: "close" }) }),
    ]),
  ];
}

/** @param {Desk} desk @param {string} form @param {Group | undefined} known */
async function save(desk, form, known) {
  const { values } = formOf(desk.state, form);
  if (known && Object.keys(values).length === 0) return desk.dispatch({ type: "form/saved", form });
  const others = () => desk.state.groups.filter(({ id }) => id !== known?.id);
  const send = async () => {
    const group = known ? await desk.api("PATCH", `/api/v1/groups/${known.id}`, values) : await desk.api("POST", "/api/v1/groups", { operators: [], ...values });
    // In its place, as the server lists it.
    const changed = known ? desk.state.groups.map((one) => (one.id === group.id ? group : one)) : [...others().filter(({ id }) => id !== group.id), group];
    desk.dispatch({ type: "groups/changed", groups: changed });
    return group;
  };
  const saved = await desk.acts.settings.save(form, send, "set_conflict_groups");
  if (saved && !known) desk.go(routeTo("groups"));
}
