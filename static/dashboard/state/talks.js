// Opened conversations: what was said (a thread's, see shared/thread.js) and what was typed.
import { withConversation } from "./live.js";

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */

/** How many opened conversations are kept beside the one that is shown. */
export const TALKS_MAX = 8;

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceTalks(state, event) {
  switch (event.type) {
    case "talk/changed": {
      const { messages, waiting, hasOlder } = event;
      return withTalk(state, event.conversation, { messages, waiting, hasOlder, trouble: null });
    }
    case "talk/trouble":
      return withTalk(state, event.conversation, { trouble: event.trouble });
    case "talk/closed": {
      const { [event.conversation]: _, ...talks } = state.talks;
      return { ...state, talks };
    }
    // A conversation that was asked for by its link alone.
    case "conversation/fetched":
      return withConversation(state, event.conversation.id, { listed: false, ...state.conversations[event.conversation.id], ...event.conversation });
    case "draft/typed":
      return { ...state, drafts: withDraft(state.drafts, event.conversation, event.text) };
    case "drafts/kept":
      return { ...state, drafts: event.drafts };
    default:
      return state;
  }
}

/** @param {State} state @param {string} id @param {object} changed @returns {State} */
function withTalk(state, id, changed) {
  const before = state.talks[id] || { messages: [], waiting: [], hasOlder: false, trouble: null };
  return { ...state, talks: { ...state.talks, [id]: { ...before, ...changed } } };
}

/** @param {Record<string, string>} drafts @param {string} id @param {string} text */
function withDraft(drafts, id, text) {
  const { [id]: _, ...rest } = drafts;
  return text ? { ...rest, [id]: text } : rest;
}
