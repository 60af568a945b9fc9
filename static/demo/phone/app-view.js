// The app on the phone: conversations, one of them, and why there was no email.
import { visitorName } from "/dashboard/names.js";
import { h, icon } from "/shared/view.js";
import { talks } from "./state.js";

/** @typedef {import("./acts.js").Phone} Phone */

/** @param {Phone} phone */
export function appScreen(phone) {
  const { state } = phone;
  const screens = { talks: talksScreen, talk: talkScreen, why: whyScreen };
  return h("div", { class: "app", key: "app" }, connection(phone), screens[state.screen](phone), state.screen !== "talk" && tabs(phone));
}

/** @param {Phone} phone */
function connection({ state, words }) {
  const isBroken = state.link.state !== "open";
  return h("p", { class: "link-bar", role: "status", hidden: !isBroken, key: "bar" }, isBroken && words(state.app === "cut" ? "phone_app_cut" : "phone_connecting"));
}

/** @param {Phone} phone */
function talksScreen(phone) {
  const { state, words, acts, times } = phone;
  const rows = talks(state);
  return [
    h("header", { class: "app-head", key: "talks-head" }, h("h2", {}, words("phone_talks")), choice(phone)),
    rows.length
      ? h(
          "ul",
          { class: "talks", key: "talks" },
          ...rows.map((talk) =>
            h(
              "li",
              { key: talk.id },
              h(
                "button",
                { type: "button", on: { click: () => acts.openTalk(talk.id) } },
                h("span", { class: "line" }, h("strong", {}, visitorName(phone.words, talk.visitor)), h("span", { class: "small muted" }, times.ago(talk.at, phone.nowMs()))),
                h("span", { class: "line" }, h("span", { class: "ellipsis muted" }, talk.last_message?.text), talk.unread > 0 && h("span", { class: "badge" }, talk.unread)),
                talk.timer && h("span", { class: "small countdown timer-line" }, icon("timer"), words("phone_timer", { time: times.until(talk.timer.due_at, phone.nowMs()) })),
              ),
            ),
          ),
        )
      : h("div", { class: "empty", key: "empty" }, h("p", { class: "empty-title" }, words("phone_no_talks")), h("p", { class: "small" }, words("phone_no_talks_about"))),
  ];
}

/** @param {Phone} phone */
function choice({ state, words, acts }) {
  return h(
    "select",
    { class: "choice", "aria-label": words("phone_state"), value: state.choice, on: { change: (/** @type {any} */ event) => acts.choose(event.target.value) } },
    h("option", { value: "online" }, words("online")),
    h("option", { value: "away" }, words("away")),
  );
}

/** @param {Phone} phone */
function talkScreen(phone) {
  const { state, words, acts } = phone;
  const talk = state.talk ? state.conversations[state.talk] : undefined;
  const { messages, waiting, trouble } = state.thread;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    acts.reply();
  };
  return [
    h(
      "header",
      { class: "app-head", key: "talk-head" },
      h("button", { type: "button", class: "icon-button", "aria-label": words("phone_back"), on: { click: acts.back } }, icon("left")),
      h("h2", { class: "ellipsis grow" }, talk ? visitorName(phone.words, talk.visitor) : ""),
    ),
    trouble && h("p", { class: "error", role: "alert", key: "trouble" }, words("phone_trouble")),
    h(
      "ol",
      { class: "messages", key: `messages-${state.talk}`, "aria-label": words("phone_messages"), "aria-live": "polite", tabindex: 0 },
      ...messages.map((message) => messageItem(phone, message)),
      ...waiting.map((unsent) =>
        h("li", { class: "own", key: unsent.client_id }, unsent.text, h("span", { class: "about" }, words(unsent.failed ? "phone_failed" : "phone_sending"))),
      ),
    ),
    h(
      "form",
      { class: "composer", key: "composer", on: { submit } },
      h("input", { "aria-label": words("phone_reply"), placeholder: words("phone_reply"), value: state.draft, maxlength: 4000, autocomplete: "off", on: { input: (/** @type {any} */ event) => phone.dispatch({ type: "draft", text: event.target.value }) } }),
      h("button", { class: "icon-button primary", "aria-label": words("phone_send") }, icon("send")),
    ),
  ];
}

/** @param {Phone} phone @param {import("/shared/wire.js").Message} message */
function messageItem({ words, times, person }, { seq, author, text, at, event }) {
  if (author.kind === "system") {
    const said = event ? words(event.code, { name: event.name || words("somebody") }) : text;
    return h("li", { class: "system", key: seq }, said);
  }
  const isOwn = author.kind === "operator" && author.id === person.id;
  const who = author.kind === "operator" && !isOwn && author.name ? `${author.name} · ` : "";
  return h("li", { class: author.kind === "operator" ? "own" : "", key: seq }, text, h("span", { class: "about" }, `${who}${times.clock(at)}`));
}

/** @param {Phone} phone */
function whyScreen(phone) {
  const { state, words, times } = phone;
  const { decisions } = state;
  return [
    h("header", { class: "app-head", key: "why-head" }, h("h2", {}, words("phone_why"))),
    h(
      "div",
      { class: "reasons", key: "why", role: "region", "aria-label": words("phone_why"), tabindex: 0 },
      h("p", { class: "small muted" }, words("phone_why_about")),
      decisions && !decisions.length && h("p", { class: "empty" }, words("phone_why_none")),
      decisions &&
        h(
          "ul",
          { class: "why-list" },
          ...decisions.map(({ at, conversation, visitor, code, text, rule, kind }) =>
            h(
              "li",
              { class: code === "emailed" ? "mailed" : "spared", key: `${conversation}-${kind}-${at}` },
              h("strong", {}, visitorName(words, visitor)),
              h("span", {}, text),
              h("span", { class: "small muted" }, `${times.clock(at)} · ${words("rule", { rule })}`),
            ),
          ),
        ),
    ),
  ];
}

/** @param {Phone} phone */
function tabs({ state, words, acts }) {
  return h(
    "nav",
    { class: "app-tabs", key: "tabs", "aria-label": words("phone_app") },
    h("button", { type: "button", "aria-pressed": state.screen === "talks", on: { click: acts.back } }, icon("inbox"), h("span", {}, words("phone_talks"))),
    h("button", { type: "button", "aria-pressed": state.screen === "why", on: { click: acts.why } }, icon("why"), h("span", {}, words("phone_why"))),
  );
}
