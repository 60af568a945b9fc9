// What the phone knows: one value, changed by steps. `reduce` is pure.

/**
 * `open`: in the foreground, with a socket; `pocket`: in the background, with a lease; `cut`: no signal, and nobody said goodbye;
 * `closed`: swiped away.
 *
 * @typedef {"closed" | "open" | "pocket" | "cut"} App
 * @typedef {"online" | "away"} Choice
 * @typedef {"talks" | "talk" | "why"} Screen
 * @typedef {{ type: string, [field: string]: any }} Event
 */

/** Nothing known yet. */
export const nothing = {
  /** @type {App} */
  app: "closed",
  /** @type {Choice} */
  choice: "online",
  /** @type {Screen} */
  screen: "talks",
  /** The conversation that is open. @type {string | null} */
  talk: null,
  /** It shall be the newest one, as soon as there is one. */
  wantsNewest: false,
  /** @type {import("/shared/link.js").Status} */
  link: { state: "stopped", code: 1000, reason: "" },
  /** @type {Record<string, import("/shared/wire.js").Conversation>} */
  conversations: {},
  /** @type {{ messages: readonly import("/shared/wire.js").Message[], waiting: readonly { client_id: string, text: string, failed?: string }[], trouble: boolean }} */
  thread: { messages: [], waiting: [], trouble: false },
  draft: "",
  /** What was decided about whoever owns it; `null`: not asked yet. @type {import("/shared/wire.js").OwnDecision[] | null} */
  decisions: null,
  /** The device, as the server sees it; `null`: it is not there. @type {import("/shared/wire.js").Device | null} */
  seen: null,
};

/** @typedef {typeof nothing} State */

/**
 * A step: the state and what happened give the next state.
 *
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduce(state, event) {
  switch (event.type) {
    case "app":
      return { ...state, app: event.app, ...(event.app === "closed" && closed) };
    case "choice":
      return { ...state, choice: event.choice };
    case "link":
      return { ...state, link: event.link };
    case "welcome":
      return { ...state, conversations: Object.fromEntries(event.conversations.map((/** @type {{ id: string }} */ one) => [one.id, one])) };
    case "conversation":
      return { ...state, conversations: { ...state.conversations, [event.id]: /** @type {any} */ ({ ...state.conversations[event.id], ...fields(event) }) } };
    case "timer":
      return timer(state, event);
    case "visitor":
      return withTalk(state, event.conversation, (talk) => ({ visitor: { ...talk.visitor, online: event.online, page: event.page ?? talk.visitor.page } }));
    case "talk/opened":
      return { ...state, screen: "talk", talk: event.conversation, wantsNewest: false, thread: nothing.thread, draft: "" };
    case "talk/wanted":
      return { ...state, wantsNewest: true };
    case "thread":
      return event.conversation === state.talk ? { ...state, thread: { messages: event.messages, waiting: event.waiting, trouble: false } } : state;
    case "thread/trouble":
      return event.conversation === state.talk ? { ...state, thread: { ...state.thread, trouble: true } } : state;
    case "draft":
      return { ...state, draft: event.text };
    case "back":
      return { ...state, screen: "talks", talk: null };
    case "why/opened":
      return { ...state, screen: "why", talk: null };
    case "why/told":
      return { ...state, decisions: event.items };
    case "seen":
      return { ...state, seen: event.device };
    default:
      return state;
  }
}

/** What an app forgets that is swiped away. */
const closed = { screen: /** @type {Screen} */ ("talks"), talk: null, wantsNewest: false, thread: nothing.thread, draft: "", conversations: {}, decisions: null };

/** Conversations that are not closed, the newest activity first. @param {State} state */
export function talks({ conversations }) {
  return Object.values(conversations)
    .filter(({ status, last_message }) => status !== "closed" && last_message)
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}

/**
 * What can be done with the phone as it is.
 *
 * @param {App} app
 * @returns {("open" | "pocket" | "cut" | "signal" | "swipe")[]}
 */
export function deeds(app) {
  switch (app) {
    case "open":
      return ["pocket", "cut", "swipe"];
    case "pocket":
      return ["open", "swipe"];
    case "cut":
      return ["signal", "swipe"];
    default:
      return ["open"];
  }
}

/** How the server came to think so. @param {State["seen"]} seen @param {number} nowMs @returns {"none" | "socket" | "lease" | "lingers" | "stale"} */
export function ground(seen, nowMs) {
  if (!seen) return "none";
  if (seen.state === "reconnecting") return "lingers";
  if (seen.until && Date.parse(seen.until) > nowMs) return "lease";
  return seen.state === "offline" ? "stale" : "socket";
}

/** @param {State} state @param {Event} event @returns {State} */
function timer(state, { conversation, state: how, kind, due_at }) {
  return withTalk(state, conversation, (talk) => {
    if (how === "running") return { timer: /** @type {any} */ ({ ...talk.timer, kind, due_at }) };
    return talk.timer?.kind === kind ? { timer: null } : {};
  });
}

/** @param {State} state @param {string} id @param {(talk: import("/shared/wire.js").Conversation) => object} change @returns {State} */
function withTalk(state, id, change) {
  const talk = state.conversations[id];
  return talk ? { ...state, conversations: { ...state.conversations, [id]: { ...talk, ...change(talk) } } } : state;
}

/** An event without its type. @param {Event} event */
function fields({ type, ...rest }) {
  return rest;
}
