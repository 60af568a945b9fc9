// The panel: what the state looks like. Parts draw, and say what was done.
import { h } from "/shared/view.js";
import { conversation } from "./conversation.js";
import { hasEnded, statusOf } from "./state.js";

/** @typedef {import("./types.js").State} State @typedef {import("./types.js").Context} Context */

/** What a message may have at most; the server counts no more than this does. */
const TEXT_LEN_MAX = 4_000;
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

/** @param {State} state @param {Context} context */
export function panel(state, context) {
  const { voice: { words }, settings } = context;
  const bar = hasEnded(state) ? words("ended") : state.isBroken && words("broken");
  return h("main", { "aria-label": settings.title || words("title") },
    header(state, context),
    h("p", { class: "bar", role: "status" }, bar),
    conversation(state, context),
    footer(state, context));
}

/** @param {State} state @param {Context} context */
function header(state, { voice: { words }, settings, acts, isHosted }) {
  const status = statusOf(state);
  const sound = { "aria-label": words("sound"), "aria-pressed": state.hasSound, title: words("sound"), on: { click: acts.toggleSound } };
  const close = { "aria-label": words("close"), title: words("close"), on: { click: acts.close } };
  return h("header", {},
    h("div", {},
      h("h1", { dir: "auto" }, settings.title || words("title")),
      h("p", { class: `status ${status}`, role: "status" }, boxWords(state, words))),
    h("button", { type: "button", class: "plain", ...sound }, icon(state.hasSound ? "sound" : "mute")),
    isHosted && h("button", { type: "button", class: "plain", ...close }, icon("close")));
}

/** @param {State} state @param {import("/shared/words.js").Words} words */
export function boxWords(state, words) {
  const status = statusOf(state);
  return words(status !== "unknown" && state.box?.stale ? `stale_${status}` : status);
}

/** @param {State} state @param {Context} context */
function footer(state, { voice: { words }, acts }) {
  const names = words.list(state.typing.map((name) => name || words("somebody")));
  const isOver = hasEnded(state);
  return h("footer", {},
    !state.isAtEnd && h("button", { type: "button", class: "newer", on: { click: acts.toEnd } }, icon("down"), words("newer")),
    h("p", { class: "typing", role: "status" }, names && words("typing", { names, count: state.typing.length })),
    h("form", { class: "composer", on: { submit: acts.send } },
      h("textarea", {
        id: "text", rows: 1, maxlength: TEXT_LEN_MAX, dir: "auto", enterkeyhint: "send", "aria-label": words("field"),
        placeholder: words("write"), value: state.draft, disabled: isOver,
        on: { input: acts.write, keydown: acts.pressKey, blur: acts.restFromTyping },
      }),
      h("button", { class: "primary", "aria-label": words("send"), title: words("send"), disabled: isOver || !state.draft.trim() }, icon("send"))));
}
