// The inbox: which conversations stand in which list, and how far each is loaded. A list is no list of its own: it is what is known
// of the conversations, so that one that moves from Unserved to Mine cannot stand in both.
import { ownOf } from "./audience.js";

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */
/** @typedef {import("./index.js").Known} Known */
/** @typedef {"unserved" | "mine" | "served" | "closed"} View */

/** @type {View[]} */
export const VIEWS = ["unserved", "mine", "served", "closed"];

/** @type {Record<View, import("./index.js").List>} */
export const unasked = /** @type {any} */ (Object.fromEntries(VIEWS.map((view) => [view, { status: "idle", floor: "", next: null }])));

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceInbox(state, event) {
  switch (event.type) {
    // What was not heard during a break may be another by now.
    case "welcome":
      return { ...state, lists: unasked, search: { ...state.search, ids: [], next: null, status: "idle" } };
    case "list/loading":
      return withList(state, event.view, { status: "loading", error: undefined });
    case "list/failed":
      return withList(state, event.view, { status: "failed", error: event.error });
    case "list/loaded": {
      const last = event.items.at(-1);
      const floor = event.next && last ? last.at : "";
      return withList(withKnown(state, event.items), event.view, { status: "ready", floor, next: event.next });
    }
    case "search/typed":
      return { ...state, search: search(state.search, event.text) };
    case "search/again":
      return { ...state, search: { ...state.search, ids: [], next: null, status: "loading" } };
    case "search/more":
      return { ...state, search: { ...state.search, status: "loading" } };
    case "search/found": {
      if (event.q !== state.search.q) return state;
      const ids = [...new Set([...state.search.ids, ...event.items.map((/** @type {Known} */ { id }) => id)])];
      return { ...withKnown(state, event.items), search: { ...state.search, ids, next: event.next, status: "ready", error: undefined } };
    }
    case "search/failed":
      return event.q === state.search.q ? { ...state, search: { ...state.search, status: "failed", error: event.error } } : state;
    // Back from the search is where one came from.
    case "route":
      return event.route.view && event.route.view !== "search" ? { ...state, search: { ...state.search, from: event.route.view } } : state;
    default:
      return state;
  }
}

/**
 * Where a conversation stands.
 *
 * @param {Known} conversation
 * @param {string | undefined} me
 * @returns {View}
 */
export function viewOf(conversation, me) {
  if (conversation.status !== "served") return conversation.status;
  return conversation.operators.some(({ id }) => id === me) ? "mine" : "served";
}

/**
 * The rows of a list, the newest activity first.
 *
 * @param {State} state
 * @param {View} view
 */
export function rowsOf(state, view) {
  const { floor } = state.lists[view];
  const isOwn = ownOf(state);
  const isHere = (/** @type {Known} */ one) => viewOf(one, state.me?.id) === view && one.at >= floor && isOwn(one);
  return Object.values(state.conversations).filter(isHere).sort(byActivity);
}

/** The rows of the search. @param {State} state */
export function rowsFound(state) {
  return state.search.ids.map((id) => state.conversations[id]).filter(Boolean);
}

/** The list that is shown: a search for nothing is none. @param {State} state @returns {View | "search"} */
export function viewShown({ route, search }) {
  if (route.view === "search") return search.q ? "search" : search.from;
  return route.view || "unserved";
}

/** The next one that nobody serves, after the selected one; behind the last comes the first. @param {State} state */
export function nextUnserved(state) {
  const rows = rowsOf(state, "unserved");
  const at = rows.findIndex(({ id }) => id === state.route.conversation);
  return rows[(at + 1) % Math.max(1, rows.length)] ?? null;
}

/** What is typed into the search. What was found for other words is not shown for these. @param {State["search"]} before @param {string} text */
function search(before, text) {
  const q = text.trim();
  if (q === before.q) return { ...before, text };
  return { ...before, text, q, ids: [], next: null, status: /** @type {"idle" | "loading"} */ (q ? "loading" : "idle"), error: undefined };
}

/** @param {Known} a @param {Known} b */
function byActivity(a, b) {
  return a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1;
}

/** @param {State} state @param {View} view @param {object} changed @returns {State} */
function withList(state, view, changed) {
  return { ...state, lists: { ...state.lists, [view]: { ...state.lists[view], ...changed } } };
}

/** @param {State} state @param {Known[]} items @returns {State} */
function withKnown(state, items) {
  const told = Object.fromEntries(items.map((one) => [one.id, one]));
  return { ...state, conversations: { ...state.conversations, ...told } };
}
