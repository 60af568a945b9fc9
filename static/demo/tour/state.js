// What the tour knows: one value, changed by steps. `reduce` is pure.
import { castOf, PLAYERS, STORIES, storyOf } from "./stories.js";

/** @typedef {import("./stories.js").Player} Player */
/** @typedef {Player | "story"} Tab on a phone the story is one more */
/** @typedef {"tabs" | "two" | "three" | "four" | "five"} Layout how many columns the stage has */
/** @typedef {{ type: string, [field: string]: any }} Event */

/** @type {{ timers: import("/shared/wire.js").TimerRecord[], decisions: import("/shared/wire.js").Decision[] }} */
const nothingDecided = { timers: [], decisions: [] };

/** Nothing known yet. */
export const nothing = {
  /** @type {import("../world.js").World | null} */
  world: null,
  /** What is wrong, by the key of its words. @type {"no_demo" | "no_answer" | null} */
  trouble: null,
  /** @type {import("/shared/words.js").LanguageTag} */
  language: "en",
  /** @type {Layout} */
  layout: "three",
  /** What was shown last stands first: of those that share a place, it is seen. @type {Tab[]} */
  front: ["story", "shop", "first", "phone", "second", "mailbox"],
  /** Players who can hear what is asked of them. @type {Player[]} */
  here: [],
  /** Players in windows of their own. @type {Player[]} */
  away: [],

  /** The story that is played: how many of its steps are done, whether its stage is set, and whether one has looked since.
   * @type {{ id: string, done: number, isSet: boolean, isSeen: boolean } | null} */
  story: null,
  /** @type {string[]} */
  finished: [],
  isPlaying: false,

  /** Conversations of before: what is told now is about another one. @type {string[]} */
  known: [],
  nowMs: 0,
  /** @type {import("/shared/wire.js").PresenceReport["operators"]} */
  operators: [],
  /** @type {import("/shared/wire.js").Conversation[]} */
  conversations: [],
  /** The conversation that it is all about. @type {import("/shared/wire.js").Conversation | null} */
  talk: null,
  explanation: nothingDecided,
  /** @type {import("./stories.js").Letter[]} */
  letters: [],
  /** @type {Player[]} */
  ready: [],
  /** @type {string[]} */
  shown: [],
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
    case "world":
      return { ...state, world: event.world };
    case "trouble":
      return { ...state, trouble: event.trouble };
    case "language":
      return { ...state, language: event.language };
    case "layout":
      return { ...state, layout: event.layout };
    case "show":
      return show(state, event.tab);
    case "player":
      return player(state, event);
    case "story/opened":
      return { ...fresh(state), front: nothing.front, story: { id: event.story, done: 0, isSet: false, isSeen: false }, isPlaying: event.isPlaying ?? false };
    case "story/set":
      return state.story ? { ...state, story: { ...state.story, isSet: true } } : state;
    case "story/playing":
      return { ...state, isPlaying: event.isPlaying };
    case "over":
      return { ...fresh(state), story: null, finished: [], isPlaying: false, front: nothing.front };
    case "facts":
      return advance(facts(state, event));
    case "explained":
      return event.conversation === state.talk?.id ? advance({ ...state, explanation: event.explanation }) : state;
    default:
      return state;
  }
}

/** Without what belongs to the story before. @param {State} state @returns {State} */
function fresh(state) {
  return { ...state, known: state.conversations.map(({ id }) => id), talk: null, explanation: nothingDecided, letters: [], ready: [], shown: [] };
}

/** @param {State} state @param {Tab} tab @returns {State} */
function show(state, tab) {
  return { ...state, front: [tab, ...state.front.filter((other) => other !== tab)] };
}

/** A player says something of itself. @param {State} state @param {Event} event @returns {State} */
function player(state, { player: who, act, isFrame, what }) {
  if (!PLAYERS.includes(who)) return state;
  switch (act) {
    case "here":
      return { ...state, here: [...without(state.here, who), who], away: isFrame ? state.away : [...without(state.away, who), who] };
    case "gone":
      // The frame goes because there is a window.
      if (isFrame && state.away.includes(who)) return state;
      return { ...state, ready: without(state.ready, who), here: without(state.here, who), away: without(state.away, who) };
    case "ready":
      return advance({ ...state, ready: [...without(state.ready, who), who] });
    case "shows":
      return advance({ ...state, shown: [...without(state.shown, what), what] });
    default:
      return state;
  }
}

/** @param {State} state @param {Event} event @returns {State} */
function facts(state, { nowMs, operators, conversations, letters }) {
  /** @type {import("/shared/wire.js").Conversation[]} */
  const own = conversations.filter((/** @type {{ id: string }} */ { id }) => !state.known.includes(id));
  // Ids grow with time.
  const talk = own.reduce((newest, one) => (newest && newest.id > one.id ? newest : one), /** @type {State["talk"]} */ (null));
  const isSame = talk?.id === state.talk?.id;
  return {
    ...state,
    story: state.story && { ...state.story, isSeen: state.story.isSet },
    trouble: null,
    nowMs,
    operators,
    conversations,
    talk,
    letters: letters.filter((/** @type {{ conversation: string | null }} */ { conversation }) => conversation && conversation === talk?.id),
    explanation: isSame ? state.explanation : nothingDecided,
  };
}

/** What the server says makes steps done, one after the other. @param {State} state @returns {State} */
function advance(state) {
  if (!state.story?.isSeen || !state.world) return state;
  const { steps } = storyOf(state.story.id);
  const cast = castOf(state.world);
  let { done } = state.story;
  while (done < steps.length && steps[done].isDone(state, cast)) done += 1;
  if (done === state.story.done) return state;
  const isOver = done === steps.length;
  const finished = isOver ? [...without(state.finished, state.story.id), state.story.id] : state.finished;
  const next = { ...state, story: { ...state.story, done }, finished };
  // On a phone the story itself is what one looks at.
  if (state.layout === "tabs") return next;
  // Where something is to be done comes to the front, and where something has come by itself.
  if (steps[done]?.asks) return show(next, steps[done].player);
  return steps[done - 1].asks ? next : show(next, steps[done - 1].player);
}

/** The step that is to be done now. @param {State} state */
export function currentStep({ story }) {
  return story ? (storyOf(story.id).steps[story.done] ?? null) : null;
}

/** The story after one, or none. @param {string} id */
export function storyAfter(id) {
  return STORIES[STORIES.findIndex((story) => story.id === id) + 1] ?? null;
}

/** @type {Record<Layout, Tab[][]>} */
const COLUMNS = {
  tabs: [["story", "shop", "first", "second", "phone", "mailbox"]],
  two: [["shop", "mailbox"], ["first", "second", "phone"]],
  three: [["shop"], ["first", "second"], ["phone", "mailbox"]],
  four: [["shop"], ["first", "second"], ["phone"], ["mailbox"]],
  five: [["shop"], ["first"], ["second"], ["phone"], ["mailbox"]],
};

/** The places of the stage: who shares each, and who is seen there. @param {State} state */
export function columns({ layout, front }) {
  const order = (/** @type {Tab} */ tab) => front.indexOf(tab);
  return COLUMNS[layout].map((tabs) => ({ tabs, shown: [...tabs].sort((a, b) => order(a) - order(b))[0] }));
}

/** @template T @param {T[]} list @param {T} item */
function without(list, item) {
  return list.filter((one) => one !== item);
}
