// Opened conversations: what was said (a thread's, see shared/thread.js), what was typed, and how far somebody looked.
import { withConversation } from "./live.js";

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */
/** @typedef {import("./index.js").Talk} Talk */

/** How many opened conversations are kept beside the one that is shown. */
export const TALKS_MAX = 8;

/**
 * Nothing of it known yet. `readSeq`: how far anybody had read when it was opened; `toldFrom`: what was there when it was opened, and
 * is not read out; `viewed`: how far it came into view; `isAtEnd`: its end is in view, and new messages come into view by
 * themselves.
 *
 * @type {Talk}
 */
export const unopened = { messages: [], waiting: [], hasOlder: false, trouble: null, isLoaded: false, readSeq: Infinity, toldFrom: 0, viewed: 0, isAtEnd: true };

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceTalks(state, event) {
  switch (event.type) {
    case "route":
      return event.route.conversation && event.route.conversation !== state.route.conversation ? reopened(state, event.route.conversation) : state;
    case "talk/changed":
      return changed(state, event);
    case "talk/trouble":
      return withTalk(state, event.conversation, { trouble: event.trouble });
    case "talk/viewed": {
      const { viewed = 0 } = state.talks[event.conversation] || {};
      return withTalk(state, event.conversation, { viewed: Math.max(viewed, event.seq), isAtEnd: event.isAtEnd });
    }
    case "talk/closed": {
      const { [event.conversation]: _, ...talks } = state.talks;
      return { ...state, talks };
    }
    // A conversation that was asked for by its link alone.
    case "conversation/fetched": {
      const { id } = event.conversation;
      const isNew = !state.conversations[id];
      const next = withConversation(state, id, event.conversation);
      return isNew && next.talks[id]?.isLoaded ? reopened(next, id) : next;
    }
    case "draft/typed":
      return { ...state, drafts: withDraft(state.drafts, event.conversation, event.text) };
    case "drafts/kept":
      return { ...state, drafts: event.drafts };
    default:
      return state;
  }
}

/** The first message that nobody had read when it was opened, or 0. @param {Talk} talk */
export function unreadFrom({ messages, readSeq }) {
  return messages.find(({ seq, author }) => author.kind === "visitor" && seq > readSeq)?.seq || 0;
}

/** How many messages of others came below what is in view. @param {Talk} talk @param {string | undefined} me */
export function newBelow({ messages, viewed, isAtEnd }, me) {
  if (isAtEnd) return 0;
  return messages.filter(({ seq, author }) => seq > viewed && author.kind !== "system" && author.id !== me).length;
}

/**
 * What is kept of what was not sent yet, when a tab has another list of its own: what other tabs keep there stays.
 *
 * @template {{ client_id: string }} U
 * @param {readonly U[]} kept
 * @param {readonly U[]} before of this tab
 * @param {readonly U[]} waiting of this tab, now
 */
export function withUnsent(kept, before, waiting) {
  const own = new Set([...before, ...waiting].map(({ client_id }) => client_id));
  return [...kept.filter(({ client_id }) => !own.has(client_id)), ...waiting];
}

/** @param {Record<string, string>} drafts @param {string} id @param {string} text */
export function withDraft(drafts, id, text) {
  const { [id]: _, ...rest } = drafts;
  return text ? { ...rest, [id]: text } : rest;
}

/** @param {State} state @param {Event} event @returns {State} */
function changed(state, { conversation, messages, waiting, hasOlder }) {
  const before = state.talks[conversation] || unopened;
  // Who answers has read.
  const readSeq = waiting.length ? Infinity : before.readSeq;
  // There is no conversation without a message: without one, none was fetched yet.
  const isLoaded = messages.length > 0;
  const next = withTalk(state, conversation, { messages, waiting, hasOlder, trouble: null, readSeq, isLoaded });
  return before.isLoaded ? next : reopened(next, conversation);
}

/** Somebody comes to it anew: from here on it is unread, and from here on it is told. @param {State} state @param {string} id @returns {State} */
function reopened(state, id) {
  const talk = state.talks[id];
  if (!talk?.isLoaded) return state;
  const readSeq = state.conversations[id]?.read_seq ?? Infinity;
  return withTalk(state, id, { readSeq, toldFrom: talk.messages.at(-1)?.seq || 0, isAtEnd: true });
}

/** @param {State} state @param {string} id @param {object} fields @returns {State} */
function withTalk(state, id, fields) {
  return { ...state, talks: { ...state.talks, [id]: { ...unopened, ...state.talks[id], ...fields } } };
}
