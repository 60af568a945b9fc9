// What the forms before the dashboard say, in the browser's language: Czech, or else English.

const WORDS = {
  en: {
    login_title: "Log in",
    email: "Email",
    password: "Password",
    login: "Log in",
    back: "Back to the log-in",
    forgot_open: "Forgot your password?",
    forgot_title: "Forgot your password?",
    forgot_about: "We send a link to your address, with which you set a new one.",
    forgot_send: "Send the link",
    forgot_told: "If somebody has this address, a mail with a link is on its way. It works for an hour. Nothing there? Look in the spam folder.",
    invite_title: "Welcome: set a password",
    invite_about: "Then log in with it and with the address that the invitation went to.",
    reset_title: "Set a new password",
    reset_about: "All your other log-ins end.",
    new_password: "New password",
    password_hint: "At least 8 characters. Four words that have nothing to do with each other are better than one with digits.",
    show: "Show the password",
    set: "Set the password",
    ask_again: "Ask for another link",
    done_title: "The password is set",
    done_about: "Log in with it now.",
    wrong_token: "This link was used, or is too old.",
    invite_again: "This invitation was used, or is too old. Ask the admin who invited you for another one, or, if you have set a password already, log in.",
    easy_password: "This password is among the first that anybody would try. Take a longer one.",
    too_fast: "That was too often. Please try again in %s.",
    trouble: "There is no connection just now. Please try again in a moment.",
    seconds: "%s s",
    minutes: "%s min",
  },
  cs: {
    login_title: "Přihlášení",
    email: "E-mail",
    password: "Heslo",
    login: "Přihlásit se",
    back: "Zpět k přihlášení",
    forgot_open: "Zapomenuté heslo?",
    forgot_title: "Zapomenuté heslo",
    forgot_about: "Na vaši adresu pošleme odkaz, kterým si nastavíte nové.",
    forgot_send: "Poslat odkaz",
    forgot_told: "Pokud někdo tuto adresu má, e-mail s odkazem je na cestě. Odkaz platí hodinu. Nic nepřišlo? Podívejte se do spamu.",
    invite_title: "Vítejte, nastavte si heslo",
    invite_about: "Pak se s ním přihlaste pod adresou, na kterou přišla pozvánka.",
    reset_title: "Nastavte si nové heslo",
    reset_about: "Všechna vaše ostatní přihlášení skončí.",
    new_password: "Nové heslo",
    password_hint: "Aspoň 8 znaků. Čtyři slova, která spolu nesouvisí, jsou lepší než jedno s číslicemi.",
    show: "Ukázat heslo",
    set: "Nastavit heslo",
    ask_again: "Požádat o další odkaz",
    done_title: "Heslo je nastavené",
    done_about: "Teď se s ním přihlaste.",
    wrong_token: "Tento odkaz už byl použit, nebo je příliš starý.",
    invite_again: "Tato pozvánka už byla použita, nebo je příliš stará. Požádejte správce, který vás pozval, o další, nebo se přihlaste, pokud už heslo máte.",
    easy_password: "Toto heslo by každý zkusil mezi prvními. Zvolte delší.",
    too_fast: "To bylo příliš často. Zkuste to znovu za %s.",
    trouble: "Spojení teď nefunguje. Zkuste to prosím za chvíli.",
    seconds: "%s s",
    minutes: "%s min",
  },
};

/** The language of the forms: the first of the browser's that there are words in. */
export const language = navigator.languages.map((tag) => tag.split("-")[0]).find((tag) => tag in WORDS) || "en";

/**
 * Words in that language; `%s` in them is replaced.
 *
 * @param {string} name
 * @param {string} [value]
 */
export function words(name, value = "") {
  return WORDS[language][name].replace("%s", value);
}

/** Puts the words into the page: every element with `data-words` says those. */
export function speak() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-words]")) {
    element.textContent = words(/** @type {HTMLElement} */ (element).dataset.words);
  }
}

/** How long a wait is, in whole seconds or minutes, never too short. */
export function wait(ms) {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return seconds < 60 ? words("seconds", String(seconds)) : words("minutes", String(Math.ceil(seconds / 60)));
}
