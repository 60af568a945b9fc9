// What an operator's desk knows, as a pure reducer, and the sentences that follow from it.
import { list, until } from "/shared/dom.js";

/** Nothing known yet. */
export const nothing = {
  link: { state: "connecting" },
  me: null,
  groups: [],
  boxes: [],
  /** Colleagues and oneself, by id: `{ id, name, status, since, appear_offline }`. */
  operators: {},
  devices: [],
  counts: { unserved: 0, mine: 0, served: 0 },
  /** Summaries by id. */
  conversations: {},
  view: "unserved",
  selected: null,
  /** Messages by conversation. */
  messages: {},
  typing: {},
  error: null,
  /** The explanation that is shown: of the selected conversation. */
  why: null,
};

/** A step: the state and what happened give the next state. */
export function reduce(state, event) {
  switch (event.type) {
    case "link":
      return { ...state, link: event.link };
    case "welcome":
      return {
        ...state,
        me: event.operator,
        groups: event.groups,
        boxes: event.chat,
        operators: byId(event.operators),
        devices: event.devices,
        counts: event.counts,
        // What is open here stays, though it may not be among the newest.
        conversations: { ...pick(state.conversations, state.selected), ...byId(event.conversations) },
      };
    case "presence": {
      const operator = { ...state.operators[event.operator], id: event.operator, ...strip(event) };
      return { ...state, operators: { ...state.operators, [event.operator]: operator } };
    }
    case "devices":
      return event.operator === state.me?.id ? { ...state, devices: event.devices } : state;
    case "chat":
      return { ...state, boxes: [...state.boxes.filter((box) => box.group !== event.group), strip(event)] };
    case "counts":
      return { ...state, counts: strip(event) };
    case "conversation":
      return withConversation(state, event.id, strip(event));
    case "opened":
      return { ...withMessages(withConversation(state, event.conversation.id, event.conversation), event.conversation.id, event.messages) };
    case "message":
      return { ...withMessages(state, event.conversation, [event]), typing: { ...state.typing, [event.conversation]: null } };
    case "visitor": {
      const known = state.conversations[event.conversation];
      if (!known) return state;
      const visitor = { ...known.visitor, online: event.online, page: event.page ?? known.visitor.page };
      return withConversation(state, event.conversation, { visitor });
    }
    case "timer": {
      const known = state.conversations[event.conversation];
      if (!known) return state;
      // A running one comes whole with the `conversation` that is told beside it.
      if (event.state === "running") return withConversation(state, event.conversation, { timer: { ...known.timer, ...strip(event) } });
      return known.timer?.kind === event.kind ? withConversation(state, event.conversation, { timer: null }) : state;
    }
    case "email":
      return withConversation(state, event.conversation, { email: { state: event.state } });
    case "typing":
      return { ...state, typing: { ...state.typing, [event.conversation]: event.on ? event.name || "The visitor" : null } };
    case "view":
      return { ...state, view: event.view };
    case "select":
      return { ...state, selected: event.conversation, error: null, why: null };
    case "why":
      return event.conversation === state.selected ? { ...state, why: event.explanation } : state;
    case "trouble":
      return { ...state, error: event.message };
    default:
      return state;
  }
}

function strip({ type, conversation, ...rest }) {
  return rest;
}

function byId(items) {
  return Object.fromEntries(items.map((item) => [item.id, item]));
}

function pick(items, id) {
  return id && items[id] ? { [id]: items[id] } : {};
}

function withConversation(state, id, change) {
  return { ...state, conversations: { ...state.conversations, [id]: { ...state.conversations[id], ...change } } };
}

function withMessages(state, id, more) {
  const bySeq = new Map((state.messages[id] || []).map((message) => [message.seq, message]));
  for (const message of more) bySeq.set(message.seq, message);
  return { ...state, messages: { ...state.messages, [id]: [...bySeq.values()].sort((a, b) => a.seq - b.seq) } };
}

/** The conversations of the view, newest activity first. */
export function inbox({ conversations, view, me }) {
  const isMine = (c) => (c.operators || []).some((operator) => operator.id === me?.id);
  const belongs = {
    unserved: (c) => c.status === "unserved",
    mine: (c) => c.status === "served" && isMine(c),
    served: (c) => c.status === "served" && !isMine(c),
  }[view];
  return Object.values(conversations)
    .filter((c) => c.visitor && belongs(c))
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** "Eva", or something to tell one from another by. */
export function visitorName(visitor) {
  return visitor?.name || visitor?.email || `Visitor ${(visitor?.id || "").replaceAll("-", "").slice(-4).toUpperCase()}`;
}

/** Every act that stops the timer, by its name on the wire. */
const ACTS = { open: "opens", join: "joins", reply: "replies", close: "closes", online: "comes online" };

/** "Email to Petr and Tomáš in 0:07, unless somebody opens, joins or comes online." */
export function timerSentence(timer, operators, now = Date.now()) {
  const names = (timer.recipients || []).map((id) => operators[id]?.name || "somebody");
  const cancels = timer.cancels || [];
  const acts = Object.keys(ACTS).filter((act) => cancels.includes(act)).map((act) => ACTS[act]);
  const unless = [];
  if (acts.length) unless.push(`somebody ${list(acts, "or")}`);
  if (cancels.includes("return")) unless.push("the visitor returns");
  const who = names.length ? `Email to ${list(names)}` : "Email";
  return `${who} in ${until(timer.due_at, now)}${unless.length ? `, unless ${unless.join(", or ")}` : ""}.`;
}

const EMAIL_STATES = {
  queued: "an email is queued",
  sending: "an email is being sent",
  sent: "an email was sent",
  deferred: "the email is late: the relay will be asked again",
  failed: "the email was refused",
  uncertain: "it is not known whether the email arrived",
  no_longer_needed: "the email was not needed any more",
  expired: "the email was given up",
};

/** What is known of the mail about a conversation. */
export function emailSentence(email) {
  return email ? EMAIL_STATES[email.state] || email.state : "";
}
