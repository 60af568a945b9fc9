// Myself: name, language, address, password, log-ins.
import { LANGUAGES } from "/shared/words.js";
import { formOf } from "../../state/forms.js";
import { field, formOfFields } from "../pieces.js";
import { block } from "./controls.js";
import { logins } from "./logins.js";

/** @typedef {import("../../desk.js").Desk} Desk */

const NAME = "settings/profile/name";
const LANGUAGE = "settings/profile/language";
const EMAIL = "settings/profile/email";
const PASSWORD = "settings/profile/password";

/** What a password manager is told. */
const PRESENT = { required: true, autocomplete: "current-password" };

/** @param {Desk} desk */
export function profile(desk) {
  const { words } = desk;
  return [
    block(words("set_me"), null, name(desk)),
    block(words("set_language"), words("set_language_about"), language(desk)),
    block(words("set_email"), words("set_email_about"), email(desk)),
    block(words("set_password"), words("set_password_about"), password(desk)),
    block(words("set_logins"), words("set_logins_about"), logins(desk)),
  ];
}

/** @param {Desk} desk */
function name(desk) {
  return formOfFields(
    desk,
    NAME,
    { save: desk.words("save"), marks: true, send: () => send(desk, NAME) },
    field(desk, NAME, "name", { label: desk.words("set_name"), holds: desk.state.me?.name, hint: desk.words("set_name_about"), props: { required: true, maxlength: 120, autocomplete: "name" } }),
  );
}

/** It is spoken as soon as it is chosen. @param {Desk} desk */
function language(desk) {
  const holds = desk.words.language;
  const choose = (/** @type {any} */ event) =>
    desk.acts.settings.flip(LANGUAGE, "locale", event.target.value, () => desk.acts.settings.changeMe({ locale: event.target.value }));
  return field(desk, LANGUAGE, "locale", {
    label: desk.words("set_language_mine"),
    holds,
    choices: LANGUAGES.map((tag) => ({ value: tag, text: desk.words(`set_language_${tag}`) })),
    props: { on: { change: choose } },
  });
}

/** @param {Desk} desk */
function email(desk) {
  return formOfFields(
    desk,
    EMAIL,
    { save: desk.words("set_email_change"), marks: true, send: () => send(desk, EMAIL) },
    field(desk, EMAIL, "email", { type: "email", label: desk.words("set_email"), holds: desk.state.me?.email, hint: desk.words("set_email_told"), props: { required: true, maxlength: 254, autocomplete: "email" } }),
    field(desk, EMAIL, "current_password", { type: "password", label: desk.words("set_current_password"), props: PRESENT }),
  );
}

/** @param {Desk} desk */
function password(desk) {
  return formOfFields(
    desk,
    PASSWORD,
    { save: desk.words("set_password_change"), marks: true, saved: desk.words("set_password_changed"), send: () => changePassword(desk) },
    field(desk, PASSWORD, "current_password", { type: "password", label: desk.words("set_current_password"), props: PRESENT }),
    field(desk, PASSWORD, "password", {
      type: "password",
      label: desk.words("set_new_password"),
      hint: desk.words("set_new_password_about"),
      props: { required: true, minlength: 8, maxlength: 256, autocomplete: "new-password" },
    }),
  );
}

/** What was changed; what was not is not told. @param {Desk} desk @param {string} form */
function send(desk, form) {
  const { values } = formOf(desk.state, form);
  const { current_password: _, ...changes } = values;
  if (Object.keys(changes).length === 0) return desk.dispatch({ type: "form/saved", form });
  return desk.acts.settings.save(form, () => desk.acts.settings.changeMe(values));
}

/** @param {Desk} desk */
async function changePassword(desk) {
  if (await send(desk, PASSWORD)) desk.acts.settings.loadShown();
}
