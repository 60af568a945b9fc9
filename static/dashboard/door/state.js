// What the door shows: one form at a time, and what became of it. Pure; index.js asks the server, view.js draws.

/**
 * @typedef {"login" | "choose" | "forgot" | "password" | "done" | "unreachable"} Form
 * @typedef {{ kind: "invite" | "reset", token: string }} Link out of a mail
 * @typedef {{ operator: string, name: string, account: string }} Choice
 * @typedef {{ words: string, values?: Record<string, any>, field?: string, isLink?: boolean } | { text: string }} Trouble
 * @typedef {{ form: Form, told: string, link: Link | null, email: string, password: string, choices: Choice[], isSending: boolean,
 *   isShown: boolean, isSent: boolean, trouble: Trouble | null }} Door
 *   `told`: why one stands here; `isShown`: the password can be read; `isSent`: the link to a new password is on its way
 * @typedef {{ type: string, [field: string]: any }} Event
 */

export const PASSWORD_LEN_MIN = 8;

/**
 * @param {{ told?: string, link?: Link | null }} reason
 * @returns {Door}
 */
export function doorOf({ told = "", link = null }) {
  const form = link ? "password" : told === "unreachable" ? "unreachable" : "login";
  return { form, told, link, email: "", password: "", choices: [], isSending: false, isShown: false, isSent: false, trouble: null };
}

/**
 * @param {Door} door
 * @param {Event} event
 * @returns {Door}
 */
export function reduceDoor(door, event) {
  switch (event.type) {
    case "opened":
      return { ...doorOf({ link: door.link }), form: event.form, told: toldAt(door, event.form), email: event.email ?? door.email };
    case "sent":
      return { ...door, email: event.email ?? door.email, password: event.password ?? door.password, isSending: true, isSent: false, trouble: null };
    case "shown":
      return { ...door, isShown: event.isShown };
    case "refused":
      return { ...door, isSending: false, ...refused(door, event.error) };
    case "mailed":
      return { ...door, isSending: false, isSent: true };
    case "set":
      return { ...door, form: "done", isSending: false, password: "", link: null };
    default:
      return door;
  }
}

/** Why one stands here is said until one has gone on. @param {Door} door @param {Form} next */
function toldAt(door, next) {
  return next === "login" && door.form === "login" ? door.told : "";
}

/**
 * @param {Door} door
 * @param {any} error a `Problem`, or whatever a broken connection throws
 * @returns {Partial<Door>}
 */
function refused(door, error) {
  if (door.form === "login" && error.choices?.length) return { form: "choose", choices: error.choices, trouble: null };
  // Whom the password fitted a moment ago it may not fit any more.
  const form = door.form === "choose" && error.status === 401 ? "login" : door.form;
  return { form, trouble: troubleOf({ ...door, form }, error) };
}

/** @param {Door} door @param {any} error @returns {Trouble} */
function troubleOf(door, error) {
  if (error.code === "rate_limited") return { words: "too_fast", values: { wait_ms: error.retryAfterMs || 60_000 } };
  if (!error.status || error.status >= 500) return { words: "trouble" };
  if (door.form === "login" && error.status === 401) return { words: "wrong_login" };
  if (door.form === "password" && error.field === "token") return { words: door.link?.kind === "invite" ? "invite_again" : "reset_again", isLink: true };
  if (door.form === "password" && error.field === "password") {
    const isShort = [...door.password].length < PASSWORD_LEN_MIN;
    return { words: isShort ? "too_short" : "easy_password", field: "password" };
  }
  return { text: error.message };
}

/** A wait in whole seconds, or in whole minutes where there is more than one: never less than it is. @param {number} ms */
export function waitSeconds(ms) {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds < 60 ? seconds : Math.ceil(seconds / 60) * 60;
}
