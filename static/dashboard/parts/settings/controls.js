// What the pages of the settings are made of beside the pieces that all parts share.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../../routes.js";
import { formOf, valueOf } from "../../state/forms.js";
import { fetched, forbidden, idOf, loading, toggle } from "../pieces.js";
import { UNITS } from "./durations.js";
import { routeTo } from "./sections.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/view.js").Child} Child */

/** A block with its heading. @param {string} title @param {Child} about @param {...Child} children */
export function block(title, about, ...children) {
  return h("section", { class: "set-block", key: title }, h("h2", {}, title), about && h("p", { class: "muted" }, about), ...children);
}

/** The page's title, which has the focus where the way here took it away. @param {Desk} desk @param {Child} title @param {string} [more] */
export function heading(desk, title, more = "") {
  // At the very start nobody has been anywhere yet.
  const made = () => desk.state.welcomes > 0 && regainFocus();
  return h("h1", { class: more, id: TITLE, tabindex: -1, key: "title", made }, title);
}

const TITLE = "set-title";

/** Whoever is at the keyboard goes on here, rather than at the top of everything. */
export function regainFocus() {
  const active = document.activeElement;
  const isLost = !active || active === document.body || !active.checkVisibility();
  if (isLost) document.getElementById(TITLE)?.focus({ preventScroll: true });
}

/** The title of what is one of a list, with the way back. @param {Desk} desk @param {string} section @param {Child} title @param {...Child} more */
export function itemTitle(desk, section, title, ...more) {
  const back = desk.words(`set_${section}`);
  return h(
    "div",
    { class: "set-title" },
    h("a", { class: "set-up", href: hashOf(routeTo(section)) }, icon("left"), back),
    h("div", { class: "row" }, heading(desk, title, "grow set-item-title"), ...more),
  );
}

/** @param {Desk} desk @param {string} why the words for what only admins do here */
export function adminsOnly(desk, why) {
  return forbidden(desk.words(why));
}

/** What holds, where it cannot be changed here. @param {[string, Child][]} rows */
export function facts(rows) {
  return h("dl", { class: "set-facts" }, ...rows.map(([term, child]) => h("div", { key: term }, h("dt", {}, term), h("dd", {}, child))));
}

/** What needs the account: it comes with the connection. @param {Desk} desk @param {(account: import("/shared/wire.js").Account) => Child} view */
export function withAccount(desk, view) {
  return desk.state.account ? view(desk.state.account) : loading(desk);
}

/**
 * A list that was fetched, with the way to more of it.
 *
 * @param {Desk} desk
 * @param {import("../../acts/settings.js").Source} source
 * @param {(items: any[]) => Child} view
 */
export function listOf(desk, source, view) {
  const resource = desk.state.resources[source.name];
  const more = () => desk.acts.settings.loadMore(source);
  return fetched(desk, resource, () => desk.acts.settings.load(source), ({ items, next }) => [
    view(items),
    next &&
      h("p", { class: "set-more" }, h("button", { type: "button", "aria-disabled": resource?.isMore || null, on: { click: more } }, desk.words(resource?.isMore ? "loading" : "load_more"))),
  ]);
}

/**
 * A switch that is a field of a form: it counts when the form is saved.
 *
 * @param {Desk} desk
 * @param {string} form
 * @param {string} name
 * @param {{ label: Child, hint?: Child, holds: boolean, disabled?: boolean, change?: (isOn: boolean) => void }} options `change`: it
 *   is saved at once
 */
export function switchField(desk, form, name, { label, hint, holds, disabled = false, change }) {
  const edit = (/** @type {boolean} */ value) => desk.dispatch({ type: "form/edited", form, field: name, value, holds });
  return toggle(idOf(form, name), { label, hint, isOn: valueOf(desk.state, form, name, holds), disabled, change: change || edit });
}

/**
 * One of a few, each with what it means.
 *
 * @param {Desk} desk
 * @param {string} form
 * @param {string} name
 * @param {{ legend: string, hint?: Child, holds: string, choices: { value: string, text: string, hint?: string }[] }} options
 */
export function radios(desk, form, name, { legend, hint, holds, choices }) {
  const id = idOf(form, name);
  const value = valueOf(desk.state, form, name, holds);
  const edit = (/** @type {string} */ chosen) => desk.dispatch({ type: "form/edited", form, field: name, value: chosen, holds });
  return h(
    "fieldset",
    { class: "set-radios", key: id },
    h("legend", {}, legend),
    hint && h("p", { class: "hint" }, hint),
    ...choices.map((choice) =>
      h(
        "div",
        { class: "set-radio", key: choice.value },
        h("input", { type: "radio", name: id, id: `${id}-${choice.value}`, value: choice.value, checked: value === choice.value, on: { change: () => edit(choice.value) } }),
        h("label", { for: `${id}-${choice.value}` }, choice.text, choice.hint && h("span", { class: "hint" }, choice.hint)),
      ),
    ),
  );
}

/**
 * Several of many.
 *
 * @param {Desk} desk
 * @param {string} form
 * @param {string} name
 * @param {{ legend: string, hint?: Child, holds: string[], choices: { value: string, text: string }[], none: string }} options
 */
export function checks(desk, form, name, { legend, hint, holds, choices, none }) {
  const id = idOf(form, name);
  /** @type {string[]} */
  const value = valueOf(desk.state, form, name, holds);
  const edit = (/** @type {string} */ one, /** @type {boolean} */ isIn) => {
    // In the order of the choices: who is put out and in again is no change.
    const chosen = new Set(isIn ? [...value, one] : value.filter((other) => other !== one));
    const inOrder = (/** @type {Iterable<string>} */ ids) => [...ids].sort();
    desk.dispatch({ type: "form/edited", form, field: name, value: inOrder(chosen), holds: inOrder(holds) });
  };
  const error = formOf(desk.state, form).errors[name];
  return h(
    "fieldset",
    { class: "set-radios", key: id },
    h("legend", {}, legend),
    hint && h("p", { class: "hint" }, hint),
    choices.length === 0 && h("p", { class: "muted" }, none),
    ...choices.map((choice) =>
      h(
        "div",
        { class: "set-radio", key: choice.value },
        h("input", {
          type: "checkbox",
          id: `${id}-${choice.value}`,
          checked: value.includes(choice.value),
          on: { change: (/** @type {any} */ event) => edit(choice.value, event.target.checked) },
        }),
        h("label", { for: `${id}-${choice.value}` }, choice.text),
      ),
    ),
    error && h("p", { class: "error" }, error),
  );
}

/**
 * A delay: a number and a unit.
 *
 * @param {Desk} desk
 * @param {string} form
 * @param {string} name
 * @param {{ label: string, hint?: string, holds: import("./durations.js").Duration }} options
 */
export function durationField(desk, form, name, { label, hint, holds }) {
  const id = idOf(form, name);
  /** @type {import("./durations.js").Duration} */
  const value = valueOf(desk.state, form, name, holds);
  const { errors, status } = formOf(desk.state, form);
  const edit = (/** @type {object} */ change) => desk.dispatch({ type: "form/edited", form, field: name, value: { ...value, ...change }, holds });
  return h(
    "div",
    { class: "field set-duration", key: id },
    h("label", { for: id }, label),
    h(
      "div",
      { class: "row" },
      h("input", {
        id,
        inputmode: "decimal",
        autocomplete: "off",
        value: value.amount,
        readonly: status === "saving",
        "aria-invalid": errors[name] ? true : null,
        "aria-describedby": [hint && `${id}-hint`, errors[name] && `${id}-error`].filter(Boolean).join(" ") || null,
        on: { input: (/** @type {any} */ event) => edit({ amount: event.target.value }) },
      }),
      h(
        "select",
        { "aria-label": desk.words("set_unit_of", { label }), value: value.unit, on: { change: (/** @type {any} */ event) => edit({ unit: event.target.value }) } },
        ...UNITS.map((unit) => h("option", { value: unit }, desk.words(`set_unit_${unit}`, { count: Number(value.amount.replace(",", ".")) || 0 }))),
      ),
    ),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    errors[name] && h("p", { class: "error", id: `${id}-error` }, errors[name]),
  );
}

/**
 * A button that does something at once. Once it is done its button may be gone: whoever is at the keyboard goes on at the title.
 *
 * @param {Desk} desk
 * @param {string} form a name of its own
 * @param {{ label: Child, title?: string, look?: string, act: () => Promise<unknown> }} options `title`: the label with what it is about
 */
export function actButton(desk, form, { label, title, look = "", act }) {
  const isOn = desk.state.forms[form]?.status === "saving";
  const click = async () => {
    if (isOn) return;
    desk.dispatch({ type: "form/saving", form });
    await act();
    desk.dispatch({ type: "form/reset", form });
    queueMicrotask(regainFocus);
  };
  return h("button", { type: "button", class: look, "aria-label": title || null, "aria-disabled": isOn || null, on: { click } }, label);
}

/** A text to be taken elsewhere. @param {Desk} desk @param {string} id @param {{ label: string, text: string, hint?: Child, rows?: number }} options */
export function copyField(desk, id, { label, text, hint, rows = 1 }) {
  const isCopied = formOf(desk.state, `copy/${id}`).status === "saved";
  const select = (/** @type {any} */ event) => event.target.select();
  const common = { id, class: "set-copied", readonly: true, value: text, spellcheck: "false", "aria-describedby": hint ? `${id}-hint` : null, on: { focus: select } };
  return h(
    "div",
    { class: "field", key: id },
    h("label", { for: id }, label),
    h(
      "div",
      { class: "row set-copy" },
      rows > 1 ? h("textarea", { rows, ...common }) : h("input", common),
      h("button", { type: "button", on: { click: () => desk.acts.settings.copy(id) } }, icon(isCopied ? "check" : "copy"), desk.words(isCopied ? "copied" : "copy")),
    ),
    h("p", { class: "visually-hidden", role: "status" }, isCopied && desk.words("copied")),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
  );
}
