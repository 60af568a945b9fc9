// Which conversation calls: one that nobody serves, and that was not so before. What was there already when the dashboard came, or
// came back, calls nobody; neither does what somebody is looking at.
import { ownOf } from "../state/audience.js";

/** @typedef {import("../state/index.js").State} State */
/** @typedef {import("../state/index.js").Known} Known */

/** The server's time is known to the second. */
const SKEW_MS = 3_000;

export class Calls {
  /** What was heard of, and whether it called for somebody. @type {Map<string, boolean>} */
  #heard = new Map();
  /** From here on the socket told everything. */
  #sinceMs = Infinity;

  /**
   * Takes a step of the dashboard, and gives the conversation that calls now.
   *
   * @param {import("../state/index.js").Event} event
   * @param {State} state behind it
   * @param {number} nowMs the server's time
   * @returns {Known | null}
   */
  on(event, state, nowMs) {
    const isUnserved = unservedOf(state);
    if (event.type === "welcome") {
      this.#sinceMs = nowMs - SKEW_MS;
      this.#heard = new Map(Object.values(state.conversations).map((one) => [one.id, isUnserved(one)]));
      return null;
    }
    if (event.type === "list/loaded") {
      for (const one of event.items) if (!this.#heard.has(one.id)) this.#heard.set(one.id, isUnserved(one));
      return null;
    }
    return event.type === "conversation" ? this.#onConversation(state.conversations[event.id], state) : null;
  }

  /** @param {Known} conversation @param {State} state */
  #onConversation(conversation, state) {
    const before = this.#heard.get(conversation.id);
    const isNow = unservedOf(state)(conversation);
    this.#heard.set(conversation.id, isNow);
    if (!isNow || before) return null;
    // An old one of which only the newest are told at the welcome: its visitor left, say.
    if (before === undefined && Date.parse(conversation.at) < this.#sinceMs) return null;
    const isInView = state.isLookedAt && state.route.page === "inbox" && state.route.conversation === conversation.id;
    return isInView ? null : conversation;
  }
}

/** In one's own lists, and served by nobody. @param {State} state @returns {(conversation: Known) => boolean} */
function unservedOf(state) {
  const isOwn = ownOf(state);
  return (conversation) => conversation.status === "unserved" && isOwn(conversation);
}
