// What was said, and what is asked below it.
import { h } from "/shared/view.js";
import { rowsOf } from "./rows.js";
import { asksWhere } from "./state.js";

/** @typedef {import("./types.js").State} State @typedef {import("./types.js").Context} Context */

/** Addresses in a text, without the dot behind them. Only these two schemes lead anywhere. */
const ADDRESS = /(https?:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)\]}])/;

/**
 * The list hangs from its end, by its style: it stays there while messages come, and where it was scrolled to while older ones do.
 *
 * @param {State} state
 * @param {Context} context
 */
export function conversation(state, context) {
  const { voice: { words }, acts } = context;
  const list = { tabindex: 0, role: "log", "aria-label": words("messages"), "aria-relevant": "additions" };
  return h("div", { class: "scroll", id: "scroll", ...list, on: { scroll: acts.scrolled } },
    h("div", { class: "lines" },
      state.hasOlder ? h("button", { type: "button", class: "older", on: { click: acts.older } }, words("older")) : greeting(state, context),
      rowsOf(state).map((row) => line(row, context)),
      where(state, context)));
}

/** @param {State} state @param {Context} context */
function greeting({ box }, { voice: { words }, settings }) {
  if (!box) return null;
  const own = box.status === "online" ? settings.greetingOnline : settings.greetingOffline;
  return h("div", { class: "theirs", key: "greeting" }, h("p", { class: "bubble", dir: "auto" }, own || words(`hello_${box.status}`)));
}

/** @param {import("./types.js").Row} row @param {Context} context */
function line(row, context) {
  const { words, day } = context.voice;
  if (row.kind === "day") return h("p", { class: "note", key: row.key }, day(row.at));
  if (row.kind === "note") return h("p", { class: "note", key: row.key }, noteWords(row.message, words));
  const name = row.name === undefined ? null : h("p", { class: "about", dir: "auto" }, row.name || words("somebody"));
  return h("div", { class: row.isOwn ? "own" : "theirs", key: row.key },
    name,
    h("p", { class: "bubble", dir: "auto" }, row.isOwn ? row.text : linked(row.text)),
    row.failed ? failure(row, context) : row.isLast && about(row, context));
}

/** @param {import("./types.js").Bubble} row @param {Context} context */
function about({ mark, at }, { voice: { words, clock, exact } }) {
  const what = [mark && words(mark), at && clock(at)].filter(Boolean).join(" · ");
  return h("p", { class: "about", title: at && exact(at) }, what);
}

/** @param {import("./types.js").Bubble} row @param {Context} context */
function failure({ client_id = "", failed }, { voice: { words }, acts }) {
  const isTooLong = failed === "too_long";
  return h("p", { class: "about" },
    h("span", { class: "error" }, words(isTooLong ? "too_long" : "failed")),
    // What is too long would be so again.
    !isTooLong && h("button", { type: "button", class: "link", on: { click: () => acts.retry(client_id) } }, words("again")),
    h("button", { type: "button", class: "link", on: { click: () => acts.discard(client_id) } }, words("discard")));
}

/** What an operator wrote, with addresses that can be followed. @param {string} text */
function linked(text) {
  const link = (/** @type {string} */ href) => h("a", { href, target: "_blank", rel: "noopener noreferrer" }, href);
  return text.split(ADDRESS).map((piece, at) => (at % 2 ? link(piece) : piece));
}

/** What is known is said in the language of now; the server said it in that of then. */
function noteWords(/** @type {import("./types.js").Message} */ { event, author, text }, /** @type {import("/shared/words.js").Words} */ words) {
  if (!event || !words.knows(event.code)) return text;
  return words(event.code, { name: event.name || author.name || words("somebody") });
}

/** @param {State} state @param {Context} context */
function where(state, { voice: { words }, acts }) {
  const { form, visitor } = state;
  const asked = asksWhere(state);
  if (!asked) return null;
  if (asked === "known") {
    return h("p", { class: "where", key: "known" }, words("mailed"), " ", words("known", { email: visitor?.email }), " ",
      h("button", { type: "button", class: "link", on: { click: acts.editWhere } }, words("change")));
  }
  const field = (/** @type {"name" | "email"} */ name, more = {}) =>
    h("label", {}, words(name), h("input", { name, value: form[name], autocomplete: name, dir: "auto", on: { input: acts.fill }, ...more }));
  const isWrong = { "aria-invalid": form.error === "invalid", "aria-describedby": "where-error" };
  return h("form", { class: "where", key: "form", novalidate: true, "aria-labelledby": "where", on: { submit: acts.identify } },
    h("h2", { id: "where" }, words("where")),
    h("p", {}, words("mailed")),
    field("email", { type: "email", maxlength: 254, ...isWrong }),
    h("p", { class: "error", id: "where-error", role: "alert" }, form.error && words(form.error)),
    field("name", { maxlength: 128 }),
    h("div", { class: "row" },
      h("button", { class: "primary", disabled: form.isSaving }, words("save")),
      h("button", { type: "button", class: "plain", on: { click: acts.putOff } }, words("later"))));
}
