// The mailbox's picture: the letters as they arrive, and one of them as HTML, as text, with its headers, and why it was sent.
import { h, icon } from "/shared/view.js";
import { whyList } from "../why.js";
import { selectedLetter, sorted, VIEWS } from "./state.js";

/**
 * @typedef {object} Mailbox
 * @property {import("./state.js").State} state
 * @property {import("/shared/words.js").Words} words
 * @property {import("/shared/format.js").Formats} times
 * @property {() => number} nowMs
 * @property {{ select: (id: number | null) => void, view: (view: import("./state.js").View) => void }} acts
 */

/** @param {Mailbox} mailbox */
export function page(mailbox) {
  const { state, words } = mailbox;
  const letter = selectedLetter(state);
  return h(
    "div",
    { class: `mailbox ${letter ? "has-letter" : ""}`, key: "mailbox" },
    state.isLost && h("p", { class: "link-bar", role: "alert", key: "lost" }, words("no_answer")),
    h("nav", { class: "letters", key: "letters", "aria-label": words("mail_title") }, list(mailbox)),
    h("main", { class: "letter", key: "letter", "aria-label": words("mail_letter") }, letter ? opened(mailbox, letter) : h("p", { class: "empty", key: "choose" }, words("mail_choose"))),
    h("p", { class: "visually-hidden", role: "status", key: "told" }, state.arrived.length ? words("mail_new", { count: state.arrived.length }) : ""),
  );
}

/** @param {Mailbox} mailbox */
function list(mailbox) {
  const { state, words } = mailbox;
  const { now, earlier } = sorted(state);
  return [
    h("header", { class: "letters-head", key: "head" }, h("h1", {}, words("mail_title")), h("p", { class: "small muted" }, words("mail_about"))),
    state.letters && !now.length && h("div", { class: "empty", key: "none" }, h("p", { class: "empty-title" }, words("mail_none")), h("p", { class: "small" }, words("mail_none_about"))),
    h("ul", { key: "now" }, ...now.map((letter) => row(mailbox, letter))),
    earlier.length > 0 && [h("h2", { class: "small muted", key: "earlier-title" }, words("mail_earlier")), h("ul", { class: "earlier", key: "earlier" }, ...earlier.map((letter) => row(mailbox, letter)))],
  ];
}

/** @param {Mailbox} mailbox @param {import("./state.js").Letter} letter */
function row({ state, words, times, nowMs, acts }, { id, to, subject, at }) {
  const isNew = state.arrived.includes(id);
  return h(
    "li",
    { key: id, class: isNew ? "arrived" : "" },
    h(
      "button",
      { type: "button", "aria-pressed": id === state.selected, on: { click: () => acts.select(id) } },
      icon("mail"),
      h("span", { class: "grow" }, h("span", { class: "line" }, h("strong", {}, personOf(state, to)?.name || to), at && h("span", { class: "small muted" }, times.ago(at, nowMs()))), h("span", { class: "subject" }, subject)),
      isNew && h("span", { class: "badge" }, words("mail_is_new")),
    ),
  );
}

/** @param {import("./state.js").State} state @param {string} email */
function personOf({ people }, email) {
  return people.find((person) => person.email === email);
}

/** @param {Mailbox} mailbox @param {import("./state.js").Letter} letter */
function opened(mailbox, letter) {
  const { state, words, times, acts } = mailbox;
  const fact = (/** @type {string} */ name, /** @type {string} */ value) => h("div", { key: name }, h("dt", {}, words(name)), h("dd", {}, value));
  // What is scrolled can be reached by the keyboard; a frame and a text are by themselves.
  const isLong = state.view === "headers" || state.view === "why";
  return [
    h(
      "header",
      { class: "letter-head", key: `head-${letter.id}` },
      h("button", { type: "button", class: "quiet back", on: { click: () => acts.select(null) } }, icon("left"), words("mail_back")),
      h("h2", {}, letter.subject),
      h("dl", { class: "small" }, fact("mail_to", letter.to), fact("mail_from", letter.from || "")),
      letter.at && h("p", { class: "small muted" }, times.exact(letter.at)),
      h("div", { class: "views", role: "group", "aria-label": words("mail_as") }, ...VIEWS.map((view) => h("button", { type: "button", class: "quiet", key: view, "aria-pressed": view === state.view, on: { click: () => acts.view(view) } }, words(`mail_${view}`)))),
    ),
    h("div", { class: `content ${state.view}`, key: `content-${letter.id}`, ...(isLong && { role: "region", "aria-label": words(`mail_${state.view}`), tabindex: 0 }) }, content(mailbox, letter)),
  ];
}

/** @param {Mailbox} mailbox @param {import("./state.js").Letter} letter */
function content(mailbox, letter) {
  switch (mailbox.state.view) {
    case "text":
      return h("pre", { key: "text", role: "region", "aria-label": mailbox.words("mail_text"), tabindex: 0 }, letter.text);
    case "headers":
      return h("dl", { class: "headers", key: "headers" }, ...letter.headers.map(({ name, value }, at) => h("div", { key: at }, h("dt", {}, name), h("dd", {}, value))));
    case "why":
      return why(mailbox, letter);
    default:
      return [
        hint(mailbox, letter),
        // A page of its own with a policy of its own: no script of a letter runs, nothing is fetched from elsewhere.
        h("iframe", { key: `html-${letter.id}`, src: `/demo/mails/${letter.id}.html`, title: letter.subject, sandbox: "allow-popups allow-popups-to-escape-sandbox" }),
      ];
  }
}

/** How to go through the door that the letter's button opens. @param {Mailbox} mailbox @param {import("./state.js").Letter} letter */
function hint({ state, words }, { to, conversation }) {
  const person = personOf(state, to);
  if (!person || !conversation) return null;
  const code = (/** @type {string} */ text) => h("code", { key: text }, text);
  return h("p", { class: "small muted hint-line", key: "hint" }, ...words.pieces("mail_log_in", { email: code(person.email), password: code(person.password) }));
}

/** @param {Mailbox} mailbox @param {import("./state.js").Letter} letter */
function why({ state, words, times }, { conversation }) {
  if (!conversation) return h("p", { class: "muted", key: "no-talk" }, words("mail_why_no_talk"));
  const told = state.explained[conversation];
  if (!told) return h("p", { class: "muted", role: "status", key: "asking" }, words("mail_why_loading"));
  if (told === "failed") return h("p", { class: "error", role: "alert", key: "failed" }, words("mail_why_failed"));
  return h("section", { key: "why", "aria-label": words("mail_why_title") }, h("h3", {}, words("mail_why_title")), whyList(told, state.people, { words, times }));
}
