// The forms of the door. Fields belong to the browser and its password manager until they are sent: a value that it filled in is told
// by no event, and drawing must not take it away.
import { h, icon } from "/shared/view.js";
import { PASSWORD_LEN_MIN, waitSeconds } from "./state.js";

/** @typedef {import("./index.js").Doorway} Doorway */
/** @typedef {import("/shared/view.js").Child} Child */

/** @param {Doorway} doorway */
export function view(doorway) {
  const forms = { login, choose, forgot, password, done, unreachable };
  const { form } = doorway.door;
  return h(
    "main",
    { class: "page door", key: "door" },
    h("p", { class: "door-name" }, icon("bell"), "doorbell"),
    h("div", { class: "card stack", key: form }, ...forms[form](doorway)),
  );
}

/** @param {Doorway} doorway @returns {Child[]} */
function login(doorway) {
  const { door, words, dispatch } = doorway;
  return [
    h("h1", {}, words("title")),
    door.told && h("p", { class: "notice", role: "status" }, words(`told_${door.told}`)),
    form(
      doorway,
      (values) => doorway.login(/** @type {any} */ (values)),
      emailField(doorway, door.email === ""),
      field(doorway, "password", words("password"), { type: door.isShown ? "text" : "password", autocomplete: "current-password", made: door.email ? focus : undefined }),
      showPassword(doorway),
      troubleOf(doorway),
      foot(
        doorway,
        [words("login"), words("login_sending")],
        quiet(words("forgot_open"), (event) => dispatch({ type: "opened", form: "forgot", email: event.target.form.elements.email.value })),
      ),
    ),
  ];
}

/** @param {Doorway} doorway @returns {Child[]} */
function choose(doorway) {
  const { door, words, dispatch } = doorway;
  const choices = door.choices.map(({ operator, name, account }, at) =>
    h(
      "li",
      { key: operator },
      h("button", { type: "button", "aria-disabled": door.isSending, made: at ? undefined : focus, on: { click: () => doorway.choose(operator) } }, words("choose_at", { name, account })),
    ),
  );
  return [
    h("h1", {}, words("choose_title")),
    h("p", { class: "muted" }, words("choose_about")),
    h("ul", { class: "door-choices" }, ...choices),
    troubleOf(doorway),
    quiet(words("back"), () => dispatch({ type: "opened", form: "login" })),
  ];
}

/** @param {Doorway} doorway @returns {Child[]} */
function forgot(doorway) {
  const { door, words, dispatch } = doorway;
  return [
    h("h1", {}, words("forgot_title")),
    h("p", { class: "muted" }, words("forgot_about")),
    form(
      doorway,
      (values) => doorway.forgot(/** @type {any} */ (values)),
      emailField(doorway, true),
      h("p", { role: "status", class: door.isSent ? "notice" : "", key: "told" }, door.isSent && words("forgot_told")),
      troubleOf(doorway),
      foot(
        doorway,
        [words("forgot_send"), words("forgot_sending")],
        quiet(words("back"), (event) => dispatch({ type: "opened", form: "login", email: event.target.form.elements.email.value })),
      ),
    ),
  ];
}

/** @param {Doorway} doorway @returns {Child[]} */
function password(doorway) {
  const { door, words, dispatch } = doorway;
  const kind = door.link?.kind || "reset";
  const isLink = door.trouble && "isLink" in door.trouble;
  // Who was invited and has a password already logs in; who forgot it asks once more.
  const again = kind === "invite" ? quiet(words("back"), doorway.enter) : quiet(words("ask_again"), () => dispatch({ type: "opened", form: "forgot" }));
  return [
    h("h1", {}, words(`${kind}_title`)),
    h("p", { class: "muted" }, words(`${kind}_about`)),
    form(
      doorway,
      (values) => doorway.setPassword(/** @type {any} */ (values)),
      field(
        doorway,
        "password",
        words("new_password"),
        { type: door.isShown ? "text" : "password", autocomplete: "new-password", minlength: PASSWORD_LEN_MIN, maxlength: 256, made: focus },
        words("password_hint"),
      ),
      showPassword(doorway),
      troubleOf(doorway),
      foot(doorway, [words("set"), words("setting")], isLink && again),
    ),
  ];
}

/** @param {Doorway} doorway @returns {Child[]} */
function done({ words, enter }) {
  return [
    h("h1", { tabindex: -1, made: focus }, words("done_title")),
    h("p", {}, words("done_about")),
    h("button", { type: "button", class: "primary", on: { click: enter } }, words("login")),
  ];
}

/** @param {Doorway} doorway @returns {Child[]} */
function unreachable({ words, enter }) {
  return [
    h("h1", {}, words("unreachable_title")),
    h("p", { role: "status" }, words("unreachable_about")),
    h("button", { type: "button", on: { click: enter } }, words("unreachable_now")),
  ];
}

/** @param {Doorway} doorway @param {(values: Record<string, any>) => void} send @param {...Child} children */
function form({ door }, send, ...children) {
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    send(Object.fromEntries(new FormData(event.target)));
  };
  return h("form", { class: "stack", method: "post", action: "/dashboard", "aria-busy": door.isSending, on: { submit } }, ...children);
}

/** @param {Doorway} doorway @param {boolean} isFirst */
function emailField(doorway, isFirst) {
  const made = (/** @type {HTMLInputElement} */ element) => {
    element.value = doorway.door.email;
    if (isFirst) element.focus();
  };
  return field(doorway, "email", doorway.words("email"), { type: "email", autocomplete: "username", made });
}

/** @param {Doorway} doorway @param {string} name @param {string} label @param {import("/shared/view.js").Props} props @param {string} [hint] */
function field({ door }, name, label, props, hint) {
  const id = `door-${name}`;
  const isWrong = door.trouble && "field" in door.trouble && door.trouble.field === name;
  return h(
    "div",
    { class: "field", key: name },
    h("label", { for: id }, label),
    h("input", {
      id,
      name,
      required: true,
      readonly: door.isSending,
      "aria-invalid": isWrong ? true : null,
      "aria-describedby": [hint && `${id}-hint`, isWrong && "door-trouble"].filter(Boolean).join(" ") || null,
      ...props,
    }),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
  );
}

/** @param {Doorway} doorway */
function showPassword({ door, words, dispatch }) {
  const change = (/** @type {any} */ event) => dispatch({ type: "shown", isShown: event.target.checked });
  return h("label", { class: "door-show", key: "show" }, h("input", { type: "checkbox", checked: door.isShown, on: { change } }), words("show"));
}

/** @param {Doorway} doorway */
function troubleOf({ door: { trouble }, words, times }) {
  const text = () => {
    if (!trouble) return null;
    if ("text" in trouble) return trouble.text;
    return words(trouble.words, { time: times.amount(waitSeconds(trouble.values?.wait_ms || 0)) });
  };
  return h("p", { class: "error", role: "alert", id: "door-trouble", key: "trouble" }, text());
}

/** @param {Doorway} doorway @param {[string, string]} says at rest, and while it is being sent @param {Child} more */
function foot({ door }, [rests, sends], more) {
  return h("div", { class: "row", key: "foot" }, h("button", { class: "primary", "aria-disabled": door.isSending }, door.isSending ? sends : rests), more);
}

/** @param {string} text @param {(event: any) => void} click */
function quiet(text, click) {
  return h("button", { type: "button", class: "quiet", on: { click } }, text);
}

/** @param {HTMLElement} element */
function focus(element) {
  element.focus();
}
