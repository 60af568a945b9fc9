// The part of the state that the socket tells.
import { unasked } from "./inbox.js";

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceLive(state, event) {
  switch (event.type) {
    case "link":
      return { ...state, link: event.link, typing: event.link.state === "open" ? state.typing : {} };
    case "welcome":
      return welcome(state, event);
    case "presence":
      return withOperator(state, event.operator, { ...fields(event), id: event.operator });
    case "devices":
      return event.operator === state.me?.id ? { ...state, devices: event.devices } : state;
    case "chat":
      return { ...state, boxes: [...state.boxes.filter((box) => box.group !== event.group), /** @type {any} */ (fields(event))] };
    case "counts":
      return { ...state, counts: /** @type {any} */ (fields(event)) };
    case "notice":
      return { ...state, notices: [...state.notices.filter(({ code }) => code !== event.code), ...(event.on ? [/** @type {any} */ (fields(event))] : [])] };
    case "settings":
      return settings(state, event);
    case "conversation":
      return withConversation(state, event.id, fields(event));
    case "visitor":
      return state.conversations[event.conversation] ? visitor(state, event) : state;
    case "read":
      return patchKnown(state, event.conversation, (known) => ({ seen_seq: Math.max(known.seen_seq, event.seq) }));
    case "message":
      return { ...state, typing: without(state.typing, event.conversation) };
    case "typing":
      return { ...state, typing: typing(state, event) };
    case "timer":
      return timer(state, event);
    // What it means for the conversation, which may have several, is told by the `conversation` beside it.
    case "email":
      return decided(state, event.conversation);
    case "me/changed":
      return { ...state, me: { ...state.me, ...event.operator } };
    case "account/changed":
      return { ...state, account: event.account };
    case "groups/changed":
      return withGroups(state, event.groups);
    // Who they are is told there alone; how they are the socket tells, in order.
    case "resource/loaded":
      return event.name === "presence" ? colleagues(state, event.data.operators) : state;
    default:
      return state;
  }
}

/** @param {State} state @param {Event} event @returns {State} */
function welcome(state, event) {
  const selected = state.route.page === "inbox" ? state.route.conversation : null;
  /** @type {State["conversations"]} */
  const conversations = {};
  // What is open here stays, though it may not be among the newest; everything else may be another by now.
  if (selected && state.conversations[selected]) conversations[selected] = state.conversations[selected];
  for (const one of event.conversations) conversations[one.id] = one;
  return {
    ...state,
    welcomes: state.welcomes + 1,
    me: event.operator,
    account: event.account,
    groups: event.groups,
    boxes: event.chat,
    operators: Object.fromEntries(event.operators.map((/** @type {any} */ one) => [one.id, one])),
    devices: event.devices,
    counts: event.counts,
    notices: event.notices,
    conversations,
    typing: {},
  };
}

/** The account's settings changed, perhaps one's own with them. @param {State} state @param {Event} event @returns {State} */
function settings(state, event) {
  return withGroups({ ...state, account: event.account }, event.groups ?? state.groups);
}

/** Whoever is in another group answers for other conversations, of which nothing was told so far. @param {State} state @param {State["groups"]} groups @returns {State} */
function withGroups(state, groups) {
  const isSame = JSON.stringify(groups) === JSON.stringify(state.groups);
  return isSame ? state : { ...state, groups, lists: unasked };
}

/** Somebody is new here, or gone, or has another name. @param {State} state @param {import("/shared/wire.js").PresenceReport["operators"]} told @returns {State} */
function colleagues(state, told) {
  const known = told.map(({ devices, ...one }) => [one.id, { ...(state.operators[one.id] ?? one), name: one.name }]);
  return { ...state, operators: Object.fromEntries(known) };
}

/** Whether whoever is logged in may change what is everybody's. @param {Pick<State, "me">} state */
export function isAdmin({ me }) {
  return me?.role === "admin";
}

/** Whether somebody is heard of who is not known yet: what the socket tells of presence has no names. @param {State} state */
export function hasStranger({ operators }) {
  return Object.values(operators).some(({ name }) => !name);
}

/** @param {State} state @param {Event} event @returns {State} */
function visitor(state, event) {
  const typing = event.online ? state.typing : without(state.typing, event.conversation);
  return patchKnown({ ...state, typing }, event.conversation, ({ visitor }) => ({
    visitor: { ...visitor, online: event.online, page: event.page ?? visitor.page },
  }));
}

/** @param {State} state @param {Event} event */
function typing(state, event) {
  if (!event.on) return without(state.typing, event.conversation);
  if (event.operator && event.operator === state.me?.id) return state.typing;
  const name = event.name ?? null;
  const author = /** @type {"visitor" | "operator"} */ (event.operator ? "operator" : "visitor");
  return { ...state.typing, [event.conversation]: { name, author } };
}

/** A timer that starts comes with the `conversation` that is told beside it: it alone knows whom it is about. @param {State} state @param {Event} event @returns {State} */
function timer(state, event) {
  const next = patchKnown(state, event.conversation, (known) => {
    if (known.timer?.kind !== event.kind) return {};
    return { timer: event.state === "running" ? { ...known.timer, due_at: event.due_at } : null };
  });
  return decided(next, event.conversation);
}

/** @param {State} state @param {string} id @returns {State} */
function decided(state, id) {
  return { ...state, decided: { ...state.decided, [id]: (state.decided[id] || 0) + 1 } };
}

/** @param {State} state @param {string} id @param {(known: import("./index.js").Known) => object} change @returns {State} */
function patchKnown(state, id, change) {
  const known = state.conversations[id];
  return known ? withConversation(state, id, change(known)) : state;
}

/** @param {State} state @param {string} id @param {object} changed @returns {State} */
export function withConversation(state, id, changed) {
  const known = /** @type {any} */ ({ ...state.conversations[id], ...changed });
  return { ...state, conversations: { ...state.conversations, [id]: known } };
}

/** @param {State} state @param {string} id @param {any} changed @returns {State} */
function withOperator(state, id, changed) {
  const next = { ...state, operators: { ...state.operators, [id]: { ...(state.operators[id] ?? { name: "" }), ...changed } } };
  if (id !== state.me?.id) return next;
  const { status, since, appear_offline } = { ...state.me, ...changed };
  return { ...next, me: { ...state.me, status, since, appear_offline } };
}

/** An event without its type: what it is about. @param {Event} event */
function fields({ type, on, ...rest }) {
  return rest;
}

/** @template T @param {Record<string, T>} record @param {string} key @returns {Record<string, T>} */
function without(record, key) {
  const { [key]: _, ...rest } = record;
  return rest;
}
