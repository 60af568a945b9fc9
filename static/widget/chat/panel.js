// The panel: what the state looks like. Parts draw, and say what was done.
import { h } from "/shared/view.js";
import { asksWhere, hasEnded, rowsOf, statusOf } from "./state.js";

/** @typedef {import("./types.js").State} State @typedef {import("./types.js").Context} Context */

/** What a message may have at most; the server counts no more than this does. */
const TEXT_LEN_MAX = 4_000;
/** Addresses in a text, without the dot behind them. Only these two schemes lead anywhere. */
const ADDRESS = /(https?:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)\]}])/;
/** Of icons.svg, which has thirty more. */
const ICONS = {
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9.5l6 6 6-6",
  mute: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5",
  send: "M4.5 12 19.5 4.5 15 19.5l-3.5-6zM11.5 13.5l3-3",
  sound: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.5 4.5 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
};

/** @param {keyof typeof ICONS} name */
const icon = (name) => h("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: ICONS[name] }));

/** @param {string} kind @param {() => void} act @param {object} more @param {import("/shared/view.js").Child[]} inside */
const button = (kind, act, more, ...inside) => h("button", { type: "button", class: kind, on: { click: act }, ...more }, ...inside);

/** A button that is an icon. @param {keyof typeof ICONS} name @param {string} label @param {() => void} act @param {object} [more] */
const iconButton = (name, label, act, more) => button("plain", act, { "aria-label": label, title: label, ...more }, icon(name));

/** @param {State} state @param {Context} context */
export function panel(state, context) {
  const { voice: { words }, settings } = context;
  const bar = hasEnded(state) ? words("ended") : state.isBroken && words("broken");
  return h("main", { "aria-label": settings.title || state.team || words("title") },
    header(state, context),
    h("p", { class: "bar", role: "status" }, bar),
    conversation(state, context),
    footer(state, context));
}

/** @param {State} state @param {Context} context */
function header(state, { voice: { words }, settings, acts, isHosted }) {
  return h("header", {},
    h("div", {},
      h("h1", { dir: "auto" }, settings.title || state.team || words("title")),
      h("p", { class: `status ${statusOf(state)}`, role: "status" }, boxWords(state, words))),
    iconButton(state.hasSound ? "sound" : "mute", words("sound"), acts.toggleSound, { "aria-pressed": state.hasSound }),
    isHosted && iconButton("close", words("close"), acts.close));
}

/** @param {State} state @param {import("/shared/words.js").Words} words */
export function boxWords(state, words) {
  const status = statusOf(state);
  return words(status !== "unknown" && state.box?.stale ? `stale_${status}` : status);
}

/**
 * The list hangs from its end, by its style: it stays there while messages come, and where it was scrolled to while older ones do.
 *
 * @param {State} state
 * @param {Context} context
 */
function conversation(state, context) {
  const { voice: { words }, acts } = context;
  const list = { tabindex: 0, role: "log", "aria-label": words("messages"), "aria-relevant": "additions" };
  return h("div", { class: "scroll", id: "scroll", ...list, on: { scroll: acts.scrolled } },
    h("div", { class: "lines" },
      state.hasOlder ? button("older", acts.older, {}, words("older")) : greeting(state, context),
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
    !isTooLong && button("link", () => acts.retry(client_id), {}, words("again")),
    button("link", () => acts.discard(client_id), {}, words("discard")));
}

/** What an operator wrote, with addresses that can be followed. @param {string} text */
function linked(text) {
  /** @param {string} href */
  const link = (href) => h("a", { href, target: "_blank", rel: "noopener noreferrer" }, href);
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
      button("link", acts.editWhere, {}, words("change")));
  }
  /** @param {"name" | "email"} name */
  const field = (name, more = {}) =>
    h("label", {}, words(name), h("input", { id: name, name, value: form[name], autocomplete: name, dir: "auto", on: { input: acts.fill }, ...more }));
  const isWrong = { "aria-invalid": form.error === "invalid", "aria-describedby": "where-error" };
  return h("form", { class: "where", key: "form", novalidate: true, "aria-labelledby": "where", on: { submit: acts.identify } },
    h("h2", { id: "where" }, words("where")),
    h("p", {}, words("mailed")),
    field("email", { type: "email", maxlength: 254, ...isWrong }),
    h("p", { class: "error", id: "where-error", role: "alert" }, form.error && words(form.error)),
    field("name", { maxlength: 128 }),
    h("div", { class: "row" },
      h("button", { class: "primary", disabled: form.isSaving }, words("save")),
      button("plain", acts.putOff, {}, words("later"))));
}

/** @param {State} state @param {Context} context */
function footer(state, { voice: { words }, acts }) {
  const names = words.list(state.typing.map((name) => name || words("somebody")));
  const isOver = hasEnded(state);
  return h("footer", {},
    !state.isAtEnd && button("newer", acts.toEnd, {}, icon("down"), words("newer")),
    h("p", { class: "typing", role: "status" }, names && words("typing", { names, count: state.typing.length })),
    h("form", { class: "composer", on: { submit: acts.send } },
      h("textarea", {
        id: "text", rows: 1, maxlength: TEXT_LEN_MAX, dir: "auto", enterkeyhint: "send", "aria-label": words("field"),
        placeholder: words("write"), value: state.draft, disabled: isOver,
        on: { input: acts.write, keydown: acts.pressKey, blur: acts.restFromTyping },
      }),
      h("button", { class: "primary", "aria-label": words("send"), title: words("send"), disabled: isOver || !state.draft.trim() }, icon("send"))));
}
