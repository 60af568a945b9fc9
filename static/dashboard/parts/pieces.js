// What all parts of the dashboard are made of: statuses, times, fields, forms, states of what is fetched, menus and dialogs.
import { h, icon } from "/shared/view.js";
import { formOf, isUnsaved, valueOf } from "../state/forms.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("/shared/view.js").Child} Child */

/** A dot and its word. @param {string} presence @param {Child} word @param {string} [more] further classes */
export function status(presence, word, more = "") {
  return h("span", { class: `status ${presence} ${more}`.trim() }, word);
}

/** A time, relative while it is fresh; to the second on hover. @param {Desk} desk @param {string} at @param {"ago" | "clock" | "moment"} [how] */
export function time(desk, at, how = "ago") {
  return h("time", { datetime: at, title: desk.times.exact(at) }, how === "clock" ? desk.times.clock(at) : desk.times[how](at, desk.nowMs()));
}

/** @param {string} name @param {string} label @param {() => void} click @param {import("/shared/view.js").Props} [props] */
export function iconButton(name, label, click, props = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, ...props, on: { click, ...props.on } }, icon(name));
}

/** A link to where a stranger said: the page there learns nothing of this one. @param {string} href of `webAddress` @param {Child} text @param {import("/shared/view.js").Props} [props] */
export function outward(href, text, props = {}) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", ...props }, text);
}

/** What will be here, and how. @param {string} title @param {Child} [about] @param {...Child} more */
export function empty(title, about, ...more) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), about && h("p", {}, about), ...more);
}

/** A setting that the role or the plan forbids says so. @param {Child} text */
export function forbidden(text) {
  return h("p", { class: "notice", role: "note" }, icon("key"), " ", text);
}

/**
 * What was fetched, or that it is being fetched, or why it is not there.
 *
 * @param {Desk} desk
 * @param {import("../state/index.js").Resource | undefined} resource
 * @param {() => void} retry
 * @param {(data: any) => Child} view
 */
export function fetched(desk, resource, retry, view) {
  if (resource?.data !== undefined) return [resource.error && failed(desk, resource.error, retry), view(resource.data)];
  if (resource?.status === "failed") return failed(desk, resource.error || "", retry);
  return loading(desk);
}

/** @param {Desk} desk */
export function loading(desk) {
  return h("div", { class: "loading", role: "status" }, h("span", { class: "visually-hidden" }, desk.words("loading")), h("i"), h("i"), h("i"));
}

/** @param {Desk} desk @param {string} error @param {() => void} retry */
export function failed(desk, error, retry) {
  return h("div", { class: "failed", role: "alert" }, h("p", { class: "error" }, error), h("button", { type: "button", on: { click: retry } }, desk.words("try_again")));
}

/**
 * @typedef {object} FieldOptions
 * @property {string} label
 * @property {any} [holds] what holds now
 * @property {Child} [hint]
 * @property {string} [type]
 * @property {{ value: string, text: string, disabled?: boolean }[]} [choices] makes it a choice
 * @property {boolean} [disabled]
 * @property {Record<string, any>} [props] further properties of the control
 */

/** A field of a form, with its hint and what is wrong with it. @param {Desk} desk @param {string} form @param {string} name @param {FieldOptions} options */
export function field(desk, form, name, { label, holds = "", hint, type = "text", choices, disabled = false, props = {} }) {
  const id = idOf(form, name);
  const { errors, status } = formOf(desk.state, form);
  const value = String(valueOf(desk.state, form, name, holds) ?? "");
  const error = errors[name];
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const edit = (/** @type {any} */ event) => desk.dispatch({ type: "form/edited", form, field: name, value: event.target.value, holds: String(holds ?? "") });
  // What is being saved is not disabled: that would take the focus away.
  const common = {
    id,
    name,
    value,
    disabled,
    readonly: status === "saving" && !choices,
    "aria-describedby": described || null,
    "aria-invalid": error ? true : null,
    ...props,
    on: { [choices ? "change" : "input"]: edit, ...props.on },
  };
  const control = choices
    ? h("select", common, ...choices.map((choice) => h("option", { value: choice.value, disabled: choice.disabled }, choice.text)))
    : type === "textarea"
      ? h("textarea", { rows: 3, ...common })
      : h("input", { type, ...common });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    error && h("p", { class: "error", id: `${id}-error` }, error),
  );
}

/** The id of a form's field. @param {string} form @param {string} name */
export function idOf(form, name) {
  return `${form}-${name}`.replace(/[^\w-]/g, "-");
}

/**
 * A switch that acts at once.
 *
 * @param {string} id
 * @param {{ label: Child, hint?: Child, isOn: boolean, disabled?: boolean, change: (isOn: boolean) => void }} options
 */
export function toggle(id, { label, hint, isOn, disabled = false, change }) {
  return h(
    "div",
    { class: "toggle" },
    h("input", {
      type: "checkbox",
      role: "switch",
      id,
      checked: isOn,
      disabled,
      "aria-describedby": hint ? `${id}-hint` : null,
      on: { change: (/** @type {any} */ event) => change(event.target.checked) },
    }),
    h("div", {}, h("label", { for: id }, label), hint && h("p", { class: "hint", id: `${id}-hint` }, hint)),
  );
}

/**
 * A form: its fields, what became of it, and its button. `marks`: what was typed and not saved is marked, and can be taken back.
 *
 * @param {Desk} desk
 * @param {string} form
 * @param {{ send: () => unknown, save: string, saved?: string, class?: string, isDangerous?: boolean, marks?: boolean, cancel?: () => void }} options
 *   `cancel`: a question that can be left as it is; that has the focus first
 * @param {...Child} children
 */
export function formOfFields(desk, form, { send, save, saved, class: more = "", isDangerous = false, marks = false, cancel }, ...children) {
  const { status, error } = formOf(desk.state, form);
  const isMarked = marks && status !== "saving" && isUnsaved(desk.state, form);
  const submit = async (/** @type {any} */ event) => {
    const element = event.target;
    event.preventDefault();
    if (status === "saving") return;
    await send();
    // Whoever waits here is led to what is wrong.
    if (element.contains(document.activeElement)) element.querySelector('[aria-invalid="true"]')?.focus();
  };
  const reset = (/** @type {any} */ event) => {
    // This button goes with what it takes back.
    event.target.closest(".form-foot").querySelector("button").focus();
    desk.dispatch({ type: "form/reset", form });
  };
  return h(
    "form",
    { class: `stack ${more}`.trim(), on: { submit }, key: form, "aria-busy": status === "saving" || null },
    ...children,
    h(
      "div",
      { class: "row form-foot" },
      h("button", { class: isDangerous ? "danger" : "primary", "aria-disabled": status === "saving" || null }, status === "saving" ? desk.words("saving") : save),
      cancel && h("button", { type: "button", key: "cancel", "data-first": true, on: { click: cancel } }, desk.words("cancel")),
      isMarked && h("button", { type: "button", class: "quiet", key: "reset", on: { click: reset } }, desk.words("discard")),
      h(
        "p",
        { class: "form-told", role: "status" },
        status === "saved" ? h("span", { class: "good" }, icon("check"), " ", saved || desk.words("saved")) : isMarked && h("span", { class: "muted" }, desk.words("unsaved")),
      ),
    ),
    status === "refused" && error && h("p", { class: "error", role: "alert" }, error),
  );
}

/**
 * A button that opens a menu. `items`: what can be chosen, or any other content.
 *
 * @param {Desk} desk
 * @param {string} name
 * @param {{ label: Child, title?: string, class?: string, about?: any }} button
 * @param {() => Child[]} items
 */
export function menu(desk, name, { label, title, class: more = "" }, items) {
  const isOpen = desk.state.open?.name === name;
  return h(
    "div",
    { class: "menu-anchor", key: `menu-${name}` },
    h(
      "button",
      {
        type: "button",
        class: more,
        "aria-expanded": isOpen,
        "aria-haspopup": "true",
        "aria-label": title || null,
        title: title || null,
        on: { click: () => desk.dispatch(isOpen ? { type: "close" } : { type: "open", name }) },
      },
      label,
    ),
    isOpen && h("div", { class: "menu", made: (/** @type {HTMLElement} */ element) => opened(desk, element) }, ...items()),
  );
}

/** @param {Desk} desk @param {Child} label @param {() => void} run @param {import("/shared/view.js").Props} [props] */
export function menuItem(desk, label, run, props = {}) {
  const click = () => {
    desk.dispatch({ type: "close" });
    run();
  };
  return h("button", { type: "button", class: "menu-item", ...props, on: { click } }, label);
}

/**
 * A dialog, while `state.open` bears its name.
 *
 * @param {Desk} desk
 * @param {string} name
 * @param {string} title
 * @param {(about: any) => Child[]} children
 */
export function dialog(desk, name, title, children) {
  if (desk.state.open?.name !== name) return null;
  const close = () => desk.dispatch({ type: "close" });
  const show = (/** @type {HTMLDialogElement} */ element) => {
    givesFocusBack(element);
    element.showModal();
    // The first thing to fill in, rather than the cross that closes it.
    /** @type {HTMLElement | null} */ (element.querySelector("form :is(input, select, textarea):not(:disabled), [data-first]"))?.focus();
  };
  return h(
    "dialog",
    { class: "dialog", key: `dialog-${name}`, "aria-labelledby": `dialog-${name}-title`, made: show, on: { close, cancel: close } },
    h(
      "div",
      { class: "stack" },
      h("div", { class: "row" }, h("h2", { class: "grow", id: `dialog-${name}-title` }, title), iconButton("close", desk.words("close"), close)),
      ...children(desk.state.open.about),
    ),
  );
}

/** A menu opened: it has the focus, and closes when that goes elsewhere. @param {Desk} desk @param {HTMLElement} element */
function opened(desk, element) {
  const anchor = element.parentElement;
  const leave = (/** @type {any} */ event) => {
    const to = event.type === "focusout" ? event.relatedTarget : event.target;
    if (to && !anchor?.contains(to)) desk.dispatch({ type: "close" });
  };
  element.addEventListener("focusout", leave);
  document.addEventListener("pointerdown", leave);
  givesFocusBack(element, () => document.removeEventListener("pointerdown", leave));
  /** @type {HTMLElement | null} */ (element.querySelector("button:not(:disabled), a, input"))?.focus();
}

/** Where the focus was before something that hangs over the page took it. @type {HTMLElement | null} */
let home = null;

/**
 * When this element goes, the focus is where it was before, also where a menu led to a dialog.
 *
 * @param {HTMLElement} element
 * @param {() => void} [gone]
 */
function givesFocusBack(element, gone) {
  const active = document.activeElement;
  if (active instanceof HTMLElement && active !== document.body && !element.contains(active)) home = active;
  const back = home;
  const watch = new MutationObserver(() => {
    if (element.isConnected) return;
    watch.disconnect();
    gone?.();
    const now = document.activeElement;
    if (!now || now === document.body) back?.focus();
  });
  if (element.parentNode) watch.observe(element.parentNode, { childList: true });
}
