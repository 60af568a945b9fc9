// What an operator's desk shows: a picture of the state, and where its buttons lead.
import { ago, byId, clock, el, list } from "/shared/dom.js";
import { linkSentence } from "/shared/link-sentence.js";
import { eventSentence } from "/shared/visitor-chat.js";
import { decisions } from "./explanation.js";
import { emailSentence, inbox, timerSentence, visitorName } from "./operator-state.js";

const STATES = [
  ["online", "Online"],
  ["away", "Away"],
  ["offline", "Offline"],
];
const VIEWS = [
  ["unserved", "Unserved"],
  ["mine", "Mine"],
  ["served", "Colleagues’"],
];

/**
 * @param {object} state
 * @param {{ choose: Function, view: Function, select: Function, act: Function, explain: Function }} acts
 * @param {string} deviceId this browser's device
 */
export function render(state, acts, deviceId) {
  const bar = linkSentence(state.link);
  byId("link").textContent = bar;
  byId("link").hidden = !bar;
  if (!state.me) return;
  renderMe(state, acts, deviceId);
  renderInbox(state, acts);
  renderTalk(state, acts);
}

function status(value, word = value) {
  return el("span", { class: `status ${value}` }, word);
}

function renderMe({ me, operators, devices, boxes, groups }, acts, deviceId) {
  const own = operators[me.id] || me;
  byId("my-name").textContent = own.name;
  byId("my-status").className = `status ${own.status}`;
  byId("my-status").textContent = own.appear_offline ? "offline to everybody" : own.status;
  const there = devices.filter((device) => device.state !== "offline");
  byId("my-devices").textContent = there.length ? `on ${list(there.map((device) => device.name || device.kind))}` : "on no device";
  const chosen = devices.find((device) => device.id === deviceId)?.state;
  byId("states").replaceChildren(
    ...STATES.map(([value, word]) =>
      el("button", { type: "button", "aria-pressed": String(chosen === value), on: { click: () => acts.choose(value) } }, status(value, word)),
    ),
  );
  byId("hidden-button").setAttribute("aria-pressed", String(Boolean(own.appear_offline)));
  const groupName = new Map(groups.map((group) => [group.id, group.name]));
  byId("boxes").replaceChildren(
    ...boxes.map((box) => el("p", {}, status(box.status), ` ${groupName.get(box.group) || "Everybody"}`, box.stale ? " (old news)" : null)),
  );
  byId("team").replaceChildren(
    ...Object.values(operators)
      .filter((operator) => operator.id !== me.id)
      .map((operator) => el("p", {}, status(operator.status), ` ${operator.name}`)),
  );
}

function renderInbox(state, acts) {
  byId("views").replaceChildren(
    ...VIEWS.map(([view, word]) =>
      el("button", { type: "button", "aria-pressed": String(state.view === view), on: { click: () => acts.view(view) } }, `${word} ${state.counts[view] ?? 0}`),
    ),
  );
  const rows = inbox(state);
  const empty = el("li", { class: "empty" }, state.view === "unserved" ? "Nobody waits. A visitor’s message appears here." : "Nothing here. Conversations that are joined appear here.");
  byId("inbox").replaceChildren(...(rows.length ? rows.map((row) => inboxRow(row, state, acts)) : [empty]));
}

function inboxRow(row, state, acts) {
  // At most one mark: what happens next, else what happened, else what is new.
  const mark = row.timer ? "email soon" : row.email?.state === "sent" ? "email sent" : row.unread ? `${row.unread} new` : "";
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", "aria-pressed": String(state.selected === row.id), on: { click: () => acts.select(row.id) } },
      el(
        "span",
        { class: "line" },
        el("span", { class: `status ${row.visitor.online ? "online" : "offline"}` }, visitorName(row.visitor)),
        el("span", { class: "small muted" }, [ago(row.at), mark].filter(Boolean).join(" · ")),
      ),
      el("span", { class: "text" }, row.last_message?.text || ""),
    ),
  );
}

function renderTalk(state, acts) {
  const talk = state.conversations[state.selected];
  byId("composer").hidden = !talk;
  byId("error").textContent = state.error || "";
  byId("error").hidden = !state.error;
  renderTimer(state);
  const why = state.why ? [el("h3", {}, "Why?"), decisions(state.why, state.operators)] : [];
  byId("why").replaceChildren(...why);
  byId("why").hidden = !why.length;
  if (!talk) return;
  const joined = (talk.operators || []).some((operator) => operator.id === state.me.id);
  byId("talk-title").textContent = visitorName(talk.visitor);
  const about = [
    talk.visitor?.online ? "in the shop" : "gone",
    talk.visitor?.page?.title,
    talk.operators?.length ? `with ${list(talk.operators.map((operator) => operator.name))}` : talk.status,
    emailSentence(talk.email),
    state.typing[talk.id] ? "typing…" : "",
  ];
  byId("talk-about").textContent = about.filter(Boolean).join(" · ");
  const button = (word, act, primary = false) =>
    el("button", { type: "button", class: primary ? "primary" : "", on: { click: () => act() } }, word);
  byId("acts").replaceChildren(
    joined ? button("Leave", () => acts.act("leave")) : button("Join", () => acts.act("join"), true),
    ...(talk.status === "closed" ? [] : [button("Close", () => acts.act("close"))]),
    button("Why?", acts.explain),
  );
  const messages = byId("messages");
  const wasAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
  messages.replaceChildren(...(state.messages[talk.id] || []).map(message));
  if (wasAtEnd) messages.scrollTop = messages.scrollHeight;
}

/** The countdown alone: it ticks by the second. */
export function renderTimer(state) {
  const timer = state.conversations[state.selected]?.timer;
  byId("timer").hidden = !timer?.due_at;
  byId("timer").textContent = timer?.due_at ? timerSentence(timer, state.operators) : "";
}

function message({ author, text, at, ...rest }) {
  if (author.kind === "system") return el("li", { class: "system" }, eventSentence({ author, text, ...rest }));
  const own = author.kind === "operator";
  return el("li", { class: own ? "own" : "" }, text, el("span", { class: "about" }, `${own ? author.name || "" : "visitor"} ${clock(at)}`));
}
