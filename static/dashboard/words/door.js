// What the door says: before anybody's language is known, in the browser's.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  title: "Log in",
  email: "Email",
  password: "Password",
  login: "Log in",
  login_sending: "Logging in…",
  wrong_login: "The email or the password is wrong.",
  back: "Back to the log-in",

  told_logged_out: "Your log-in has ended: from another device, by a new password, or by its age. Please log in again.",
  told_refused: "The server takes no connections from a page under this address. Whoever runs it can allow it (server.public_url).",

  unreachable_title: "The server cannot be reached",
  unreachable_about: "It is tried again by itself. Nothing that you have written is lost.",
  unreachable_now: "Try now",

  choose_title: "Who are you today?",
  choose_about: "Several people have this address. Choose one of them.",
  choose_at: "{name} at {account}",

  forgot_open: "Forgot your password?",
  forgot_title: "Forgot your password?",
  forgot_about: "We send a link to your address, with which you set a new one.",
  forgot_send: "Send the link",
  forgot_sending: "Sending…",
  forgot_told: "If somebody has this address, a mail with a link is on its way. It works for an hour. Nothing there? Look in the spam folder.",

  invite_title: "Welcome: set a password",
  invite_about: "Then log in with it and with the address that the invitation went to.",
  reset_title: "Set a new password",
  reset_about: "All your other log-ins end.",
  new_password: "New password",
  password_hint: "At least 8 characters. Four words that have nothing to do with each other are better than one with digits.",
  show: "Show the password",
  set: "Set the password",
  setting: "Setting it…",
  ask_again: "Ask for another link",
  done_title: "The password is set",
  done_about: "Log in with it now.",

  too_short: "This password is too short: at least 8 characters.",
  easy_password: "This password is among the first that anybody would try. Take a longer one.",
  reset_again: "This link was used, or is too old.",
  invite_again: "This invitation was used, or is too old. Ask the admin who invited you for another one, or, if you have set a password already, log in.",
  too_fast: "That was too often. Please try again in {time}.",
  trouble: "There is no connection just now. Please try again in a moment.",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  title: "Přihlášení",
  email: "E-mail",
  password: "Heslo",
  login: "Přihlásit se",
  login_sending: "Přihlašuji…",
  wrong_login: "E-mail nebo heslo nesouhlasí.",
  back: "Zpět k přihlášení",

  told_logged_out: "Vaše přihlášení skončilo: z jiného zařízení, novým heslem, nebo proto, že už bylo staré. Přihlaste se prosím znovu.",
  told_refused: "Server nepřijímá spojení ze stránky na této adrese. Povolit to může ten, kdo server provozuje (server.public_url).",

  unreachable_title: "Server není dostupný",
  unreachable_about: "Spojení se zkouší znovu samo. Nic z toho, co jste napsali, se neztratilo.",
  unreachable_now: "Zkusit hned",

  choose_title: "Kdo dnes přichází?",
  choose_about: "Tuto adresu má více lidí. Vyberte jednoho z nich.",
  choose_at: "{name}, {account}",

  forgot_open: "Zapomenuté heslo?",
  forgot_title: "Zapomenuté heslo",
  forgot_about: "Na vaši adresu pošleme odkaz, kterým si nastavíte nové.",
  forgot_send: "Poslat odkaz",
  forgot_sending: "Posílám…",
  forgot_told: "Pokud někdo tuto adresu má, e-mail s odkazem je na cestě. Odkaz platí hodinu. Nic nepřišlo? Podívejte se do spamu.",

  invite_title: "Vítejte, nastavte si heslo",
  invite_about: "Pak se s ním přihlaste pod adresou, na kterou přišla pozvánka.",
  reset_title: "Nastavte si nové heslo",
  reset_about: "Všechna vaše ostatní přihlášení skončí.",
  new_password: "Nové heslo",
  password_hint: "Aspoň 8 znaků. Čtyři slova, která spolu nesouvisí, jsou lepší než jedno s číslicemi.",
  show: "Ukázat heslo",
  set: "Nastavit heslo",
  setting: "Nastavuji…",
  ask_again: "Požádat o další odkaz",
  done_title: "Heslo je nastavené",
  done_about: "Teď se s ním přihlaste.",

  too_short: "Toto heslo je příliš krátké: aspoň 8 znaků.",
  easy_password: "Toto heslo by každý zkusil mezi prvními. Zvolte delší.",
  reset_again: "Tento odkaz už byl použit, nebo je příliš starý.",
  invite_again: "Tato pozvánka už byla použita, nebo je příliš stará. Požádejte správce, který vás pozval, o další, nebo se přihlaste, pokud už heslo máte.",
  too_fast: "To bylo příliš často. Zkuste to znovu za {time}.",
  trouble: "Spojení teď nefunguje. Zkuste to prosím za chvíli.",
};
