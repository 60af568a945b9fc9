// What the mailbox knows: one value, changed by steps. `reduce` is pure.

/**
 * @typedef {{ id: number, from: string | null, to: string, subject: string, at: string | null, text: string,
 *   headers: { name: string, value: string }[], unsubscribe: string | null, email: string | null, conversation: string | null,
 *   operator: string | null }} Letter
 * @typedef {"html" | "text" | "headers" | "why"} View
 * @typedef {{ type: string, [field: string]: any }} Event
 */

/** @type {View[]} */
export const VIEWS = ["html", "text", "headers", "why"];

/** Nothing known yet. */
export const nothing = {
  /** @type {import("../world.js").Person[]} */
  people: [],
  /** The newest first; `null`: not asked yet. @type {Letter[] | null} */
  letters: null,
  /** Those up to this number were there before the story. */
  earlierThan: 0,
  /** The newest that was there at the last look: what comes after it arrives. */
  lastId: 0,
  /** Letters that came while one looked, and were not opened yet. @type {number[]} */
  arrived: [],
  /** @type {number | null} */
  selected: null,
  /** @type {View} */
  view: "html",
  /** By conversation. @type {Record<string, import("/shared/wire.js").Explanation | "failed">} */
  explained: {},
  isLost: false,
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
    case "people":
      return { ...state, people: event.people };
    case "letters":
      return letters(state, event.items);
    case "lost":
      return { ...state, isLost: true };
    case "begin":
      return { ...state, earlierThan: state.lastId, selected: null, arrived: [] };
    case "selected":
      return { ...state, selected: event.id, view: "html", arrived: state.arrived.filter((id) => id !== event.id) };
    case "view":
      return { ...state, view: event.view };
    case "explained":
      return { ...state, explained: { ...state.explained, [event.conversation]: event.explanation } };
    default:
      return state;
  }
}

/** @param {State} state @param {Letter[]} items @returns {State} */
function letters(state, items) {
  const lastId = Math.max(state.lastId, ...items.map(({ id }) => id));
  // What was there at the first look did not come just now.
  const isFirst = state.letters === null;
  const fresh = isFirst ? [] : items.map(({ id }) => id).filter((id) => id > state.lastId);
  return { ...state, letters: items, lastId, arrived: [...fresh, ...state.arrived], isLost: false };
}

/** @param {State} state */
export function selectedLetter({ letters: all, selected }) {
  return all?.find(({ id }) => id === selected) ?? null;
}

/** Those of this story, and those before it. @param {State} state */
export function sorted({ letters: all, earlierThan }) {
  return { now: (all || []).filter(({ id }) => id > earlierThan), earlier: (all || []).filter(({ id }) => id <= earlierThan) };
}
