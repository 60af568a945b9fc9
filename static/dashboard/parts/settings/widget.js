// The widget: what stands in the web site's code, which sites may have it, how it looks, its key.
import { h, icon } from "/shared/view.js";
import { formOf, valueOf } from "../../state/forms.js";
import { isAdmin } from "../../state/live.js";
import { dialog, field, formOfFields, iconButton } from "../pieces.js";
import { adminsOnly, block, copyField, withAccount } from "./controls.js";
import { originOf, snippetOf } from "./sites.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Account} Account */

const ORIGINS = "settings/widget/origins";
const ADD = "settings/widget/add";
const ADD_FIELD = "settings-widget-add-origin";
const KEY = "new-widget-key";
const PREVIEW = "widget-preview";

/** @param {Desk} desk */
export function widget(desk) {
  if (!isAdmin(desk.state)) return adminsOnly(desk, "set_widget_admins");
  const { words } = desk;
  return withAccount(desk, (account) => [
    block(words("set_snippet"), words("set_snippet_about"), snippet(desk, account)),
    block(words("set_origins"), words("set_origins_about"), origins(desk, account)),
    block(words("set_preview"), words("set_preview_about"), preview(desk, account)),
    block(words("set_key"), words("set_key_about"), key(desk)),
  ]);
}

/** @param {Desk} desk @param {Account} account */
function snippet(desk, { widget_key }) {
  return copyField(desk, "set-snippet", { label: desk.words("set_snippet_label"), text: snippetOf(location.origin, widget_key || ""), hint: desk.words("set_snippet_csp"), rows: 3 });
}

/** A list that is edited here and saved as a whole. @param {Desk} desk @param {Account} account */
function origins(desk, { allowed_origins: holds }) {
  const { words } = desk;
  /** @type {string[]} */
  const value = valueOf(desk.state, ORIGINS, "allowed_origins", holds);
  const edit = (/** @type {string[]} */ next) => desk.dispatch({ type: "form/edited", form: ORIGINS, field: "allowed_origins", value: next, holds });
  const remove = (/** @type {string} */ origin) => {
    edit(value.filter((one) => one !== origin));
    document.getElementById(ADD_FIELD)?.focus();
  };
  const error = formOf(desk.state, ORIGINS).errors.allowed_origins;
  const send = () => {
    // What stands in the field is meant, too.
    if (valueOf(desk.state, ADD, "origin", "") && !add(desk, holds)) return;
    const { values } = formOf(desk.state, ORIGINS);
    if (!values.allowed_origins) return desk.dispatch({ type: "form/saved", form: ORIGINS });
    desk.acts.settings.save(ORIGINS, () => desk.acts.settings.changeAccount(values));
  };
  return formOfFields(
    desk,
    ORIGINS,
    { save: words("save"), marks: true, send },
    value.length === 0 && h("p", { class: "notice", role: "note", key: "any" }, icon("alert"), " ", words("set_origins_any")),
    value.length > 0 &&
      h(
        "ul",
        { class: "rows set-origins", key: "list", "aria-label": words("set_origins") },
        ...value.map((origin) =>
          h("li", { key: origin }, h("span", { class: "grow" }, origin), iconButton("close", words("set_origin_remove", { origin }), () => remove(origin))),
        ),
      ),
    h(
      "div",
      { class: "set-beside set-add-site", key: "add" },
      field(desk, ADD, "origin", {
        label: words("set_origin"),
        hint: words("set_origin_hint"),
        props: { inputmode: "url", placeholder: "https://www.example.com", autocomplete: "off", spellcheck: "false", on: { keydown: (/** @type {KeyboardEvent} */ event) => enter(event, () => add(desk, holds)) } },
      }),
      h("button", { type: "button", class: "set-beside-field", on: { click: () => add(desk, holds) } }, words("set_origin_add")),
    ),
    error && h("p", { class: "error", role: "alert" }, error),
  );
}

/** Takes the typed site into the list: whether it is one. @param {Desk} desk @param {string[]} holds */
function add(desk, holds) {
  const typed = valueOf(desk.state, ADD, "origin", "");
  const origin = originOf(typed);
  if (!origin) {
    desk.dispatch({ type: "form/refused", form: ADD, field: "origin", error: desk.words("set_wrong_allowed_origins") });
    document.getElementById(ADD_FIELD)?.focus();
    return false;
  }
  /** @type {string[]} */
  const value = valueOf(desk.state, ORIGINS, "allowed_origins", holds);
  desk.dispatch({ type: "form/edited", form: ORIGINS, field: "allowed_origins", value: value.includes(origin) ? value : [...value, origin], holds });
  desk.dispatch({ type: "form/reset", form: ADD });
  return true;
}

/** The enter key adds a site rather than saving the list. @param {KeyboardEvent} event @param {() => void} run */
function enter(event, run) {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  run();
}

/** It begins when it is asked for: whoever opens it is a visitor. @param {Desk} desk @param {Account} account */
function preview(desk, { widget_key, locale }) {
  const isShown = Boolean(desk.state.forms[PREVIEW]);
  const { words } = desk;
  const flip = () => desk.dispatch(isShown ? { type: "form/reset", form: PREVIEW } : { type: "form/saved", form: PREVIEW });
  return [
    h("p", { class: "notice", role: "note" }, icon("eye"), words("set_preview_real")),
    h("p", {}, h("button", { type: "button", "aria-expanded": isShown, on: { click: flip } }, words(isShown ? "set_preview_hide" : "set_preview_show"))),
    isShown && h("iframe", { class: "set-preview", title: words("set_preview"), src: `/dashboard/preview.html#${locale}/${encodeURIComponent(widget_key || "")}`, key: "frame" }),
  ];
}

/** @param {Desk} desk */
function key(desk) {
  const { words } = desk;
  const send = async () => {
    const replace = async () => {
      const account = await desk.api("POST", "/api/v1/account/widget-key");
      desk.dispatch({ type: "account/changed", account });
      return account;
    };
    if (!(await desk.acts.settings.save(KEY, replace))) return;
    desk.dispatch({ type: "close" });
    desk.acts.toast(words("set_key_replaced"));
  };
  return [
    h("button", { type: "button", class: "danger", on: { click: () => desk.dispatch({ type: "open", name: KEY }) } }, words("set_key_new")),
    dialog(desk, KEY, words("set_key_title"), () => [h("p", {}, words("set_key_confirm")), formOfFields(desk, KEY, { save: words("set_key_new"), isDangerous: true, send, cancel: () => desk.dispatch({ type: "close" }) })]),
  ];
}
