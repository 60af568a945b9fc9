// What comes before the dashboard: a link of an invitation or of a forgotten password leads to a form, everything else to the
// log-in and the dashboard itself.
import { byId } from "/shared/dom.js";
import { call } from "/shared/http.js";
import { speak, wait, words } from "./words.js";

const FORMS = ["login", "forgot", "password"];

/** Shows one form and hides the others. */
function show(form) {
  for (const id of FORMS) byId(id).hidden = id !== form;
}

/** What became of a call that was refused, in words. */
function trouble(error) {
  if (error.code === "rate_limited") return words("too_fast", wait(error.retryAfterMs || 60_000));
  return error.status && error.status < 500 ? error.message : words("trouble");
}

/** Runs a form's call; its button rests meanwhile. */
function onSubmit(id, act) {
  byId(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (byId(id).querySelector("button.primary"));
    button.disabled = true;
    try {
      await act();
    } finally {
      button.disabled = false;
    }
  });
}

/** The dashboard, or the log-in where nobody is logged in. */
async function enter() {
  for (const id of FORMS) byId(id).hidden = true;
  await import("/demo/operator.js");
  if (byId("desk").hidden) show("login");
}

function openForgot() {
  show("forgot");
  byId("forgot-told").textContent = "";
  byId("forgot-error").textContent = "";
  const email = /** @type {HTMLInputElement} */ (byId("forgot-email"));
  email.value ||= /** @type {HTMLInputElement} */ (byId("login-email")).value;
  email.focus();
}

byId("forgot-open").addEventListener("click", openForgot);
byId("forgot-back").addEventListener("click", async () => {
  await enter();
  byId("login-email").focus();
});

onSubmit("forgot-form", async () => {
  byId("forgot-told").textContent = "";
  byId("forgot-error").textContent = "";
  const email = /** @type {HTMLInputElement} */ (byId("forgot-email")).value.trim();
  try {
    await call("POST", "/api/v1/password/forgot", { body: { email } });
    byId("forgot-told").textContent = words("forgot_told");
  } catch (error) {
    byId("forgot-error").textContent = trouble(error);
  }
});

/**
 * The form behind a link.
 *
 * @param {"invite"|"reset"} kind
 * @param {string} token
 */
function openPassword(kind, token) {
  show("password");
  byId("password-title").textContent = words(`${kind}_title`);
  byId("password-about").textContent = words(`${kind}_about`);
  const field = /** @type {HTMLInputElement} */ (byId("password-new"));
  field.focus();
  byId("password-show").addEventListener("change", (event) => {
    field.type = /** @type {HTMLInputElement} */ (event.target).checked ? "text" : "password";
  });
  byId("password-again").addEventListener("click", kind === "invite" ? enter : openForgot);
  byId("password-login").addEventListener("click", enter);
  onSubmit("password-form", async () => {
    byId("password-error").textContent = "";
    try {
      await call("POST", "/api/v1/password/reset", { body: { token, password: field.value } });
    } catch (error) {
      refused(kind, error);
      return;
    }
    field.value = "";
    byId("password-form").hidden = true;
    byId("password-done").hidden = false;
    byId("password-done-title").focus();
  });
}

function refused(kind, error) {
  const isLink = error.field === "token";
  // Who was invited and has a password already logs in; who forgot it asks once more.
  byId("password-again").textContent = words(kind === "invite" ? "back" : "ask_again");
  byId("password-again").hidden = !isLink;
  const field = /** @type {HTMLInputElement} */ (byId("password-new"));
  const short = [...field.value].length < 8;
  const about = {
    token: kind === "invite" ? "invite_again" : "wrong_token",
    password: short ? "password_hint" : "easy_password",
  }[error.field];
  byId("password-error").textContent = about ? words(about) : trouble(error);
  if (!isLink) field.focus();
}

/** `#invite=TOKEN` or `#reset=TOKEN`. */
const LINK = /^#(invite|reset)=([\w-]+)$/;

// A link that is opened where the page is open already.
addEventListener("hashchange", () => {
  if (LINK.test(location.hash)) location.reload();
});

speak();
const link = location.hash.match(LINK);
if (link) {
  // Nobody who looks at the address, at the history or over a shoulder finds the token.
  history.replaceState(null, "", location.pathname + location.search);
  openPassword(/** @type {"invite"|"reset"} */ (link[1]), link[2]);
} else {
  await enter();
}
