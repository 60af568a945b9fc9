// The field for the answer. What is typed is kept, whatever becomes of the page or the connection.
import { h, icon } from "/shared/view.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */

/** The server's own bound, in characters. */
const TEXT_LEN_MAX = 4_000;
/** From here on it is told how many are left. */
const NEAR_LEN = 3_600;

/** @param {Desk} desk @param {Known} conversation */
export function composer(desk, conversation) {
  const { id } = conversation;
  const { words, state } = desk;
  const text = state.drafts[id] || "";
  const left = text.length < NEAR_LEN ? TEXT_LEN_MAX : TEXT_LEN_MAX - [...text].length;
  const canSend = text.trim() !== "" && left >= 0;
  const send = () => {
    if (!canSend) return;
    desk.acts.reply(id);
    document.querySelector(".talk-log")?.dispatchEvent(new Event("talk-end"));
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
    document.getElementById("reply")?.focus();
  };
  return h(
    "form",
    { class: "talk-composer", key: `composer-${id}`, on: { submit } },
    h("label", { class: "visually-hidden", for: "reply" }, words("talk_reply_label")),
    // What grows is a copy of the text behind the field (talk.css).
    h(
      "div",
      { class: "talk-grow", "data-text": `${text} ` },
      h("textarea", {
        id: "reply",
        rows: 1,
        value: text,
        placeholder: words(hintOf(desk, conversation)),
        "aria-describedby": "reply-hint",
        "aria-invalid": left < 0 ? true : null,
        enterkeyhint: state.preferences.enterSends ? "send" : "enter",
        on: {
          input: (event) => typed(desk, id, event.target.value),
          keydown: (event) => isSending(desk, event) && (event.preventDefault(), send()),
        },
      }),
    ),
    h("button", { class: "primary talk-send", "aria-label": words("talk_send"), title: words("talk_send"), "aria-disabled": !canSend }, icon("send"), h("span", { class: "talk-act-word" }, words("talk_send"))),
    h(
      "p",
      { class: "talk-hint", id: "reply-hint" },
      h("span", {}, words(state.preferences.enterSends ? "talk_hint_enter" : "talk_hint_ctrl")),
      left < TEXT_LEN_MAX - NEAR_LEN && h("span", { class: `countdown ${left < 0 ? "error" : ""}`, role: left < 0 ? "status" : null }, left < 0 ? words("talk_too_long", { count: -left }) : words("talk_left", { count: left })),
    ),
  );
}

/** What a reply does here. @param {Desk} desk @param {Known} conversation */
function hintOf({ state }, { status, operators }) {
  if (status === "closed") return "talk_reply_closed";
  return operators.some(({ id }) => id === state.me?.id) ? "talk_reply" : "talk_reply_joins";
}

/** @param {Desk} desk @param {string} id @param {string} text */
function typed(desk, id, text) {
  desk.acts.draft(id, text);
  if (text.trim()) desk.acts.type(id);
}

/** @param {Desk} desk @param {KeyboardEvent} event */
function isSending({ state }, event) {
  // Enter may only end a word that is being composed.
  if (event.key !== "Enter" || event.isComposing || event.shiftKey) return false;
  return state.preferences.enterSends || event.ctrlKey || event.metaKey;
}
