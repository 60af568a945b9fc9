// What the dashboard knows: one value, changed by steps. `reduce` is pure; whoever talks to the server or to the browser is in
// `acts/`, whoever draws is in `parts/`.
import { reduceForms } from "./forms.js";
import { reduceInbox, unasked } from "./inbox.js";
import { reduceLive } from "./live.js";
import { reduceResources } from "./resources.js";
import { reduceScreen } from "./screen.js";
import { reduceTalks } from "./talks.js";

/**
 * @typedef {import("/shared/wire.js").Conversation} Known
 * @typedef {{ status: "idle" | "loading" | "ready" | "failed", floor: string, next: string | null, error?: string }} List
 *   `floor`: how far back it is loaded
 * @typedef {{ text: string, q: string, from: import("./inbox.js").View, ids: string[], next: string | null, status: "idle" | "loading" | "ready" | "failed", error?: string }} Search
 *   `text`: as it was typed; `from`: the list that one came from
 * @typedef {{ messages: readonly import("/shared/wire.js").Message[], waiting: readonly { client_id: string, text: string, failed?: string }[],
 *   hasOlder: boolean, trouble: string | null, isLoaded: boolean, readSeq: number, toldFrom: number, viewed: number,
 *   isAtEnd: boolean }} Talk see talks.js
 * @typedef {{ status: "loading" | "ready" | "failed", data?: any, error?: string, isMore?: boolean }} Resource
 * @typedef {{ values: Record<string, any>, status: "editing" | "saving" | "saved" | "refused", errors: Record<string, string>,
 *   error?: string }} Form
 * @typedef {{ id: string, text: string, kind: "good" | "bad", action?: { text: string, run: () => void } }} Toast
 */

/** Nothing known yet. */
export const nothing = {
  // What the socket tells.
  /** @type {import("/shared/link.js").Status} */
  link: { state: "connecting" },
  /** How many welcomes there were: after each, what is shown is asked for again. */
  welcomes: 0,
  /** The device that this browser is. */
  device: "",
  /** @type {import("/shared/wire.js").Operator | null} */
  me: null,
  /** @type {import("/shared/wire.js").Account | null} */
  account: null,
  /** @type {import("/shared/wire.js").Group[]} */
  groups: [],
  /** @type {import("/shared/wire.js").ChatBox[]} */
  boxes: [],
  /** Colleagues and oneself. @type {Record<string, import("/shared/wire.js").Colleague>} */
  operators: {},
  /** One's own. @type {import("/shared/wire.js").Device[]} */
  devices: [],
  counts: { unserved: 0, mine: 0, served: 0 },
  /** @type {import("/shared/wire.js").Notice[]} */
  notices: [],
  /** @type {Record<string, Known>} */
  conversations: {},
  /** Visitors and colleagues who write just now, by conversation. @type {Record<string, { name: string | null, author: "visitor" | "operator" }>} */
  typing: {},
  /** How often something was decided about a conversation: whoever shows why asks again. @type {Record<string, number>} */
  decided: {},

  // What was asked for.
  /** @type {Record<import("./inbox.js").View, List>} */
  lists: unasked,
  /** @type {Search} */
  search: { text: "", q: "", from: "unserved", ids: [], next: null, status: "idle" },
  /** What was fetched for a page, by name. @type {Record<string, Resource>} */
  resources: {},
  /** Opened conversations. @type {Record<string, Talk>} */
  talks: {},

  // What somebody does here.
  /** @type {import("../routes.js").Route} */
  route: { page: "inbox", view: "unserved", conversation: null, panel: null },
  /** What was typed and not sent, by conversation. @type {Record<string, string>} */
  drafts: {},
  /** @type {Record<string, Form>} */
  forms: {},
  /** The menu, dialog or disclosure that is open, with what it is about. @type {{ name: string, about?: any } | null} */
  open: null,
  /** @type {Toast[]} */
  toasts: [],
  preferences: { sound: true, notify: false, badge: true, enterSends: true, keys: true, hiddenNotices: /** @type {Record<string, string>} */ ({}) },
  /** Whether somebody looks: the page is visible and its window has the focus. */
  isLookedAt: true,
  /** Whether somebody could: in a tab behind another one nothing need be fresh. */
  isVisible: true,
};

/** @typedef {typeof nothing} State */
/** What happened: a frame of the server, or a step of one's own, which has a `/` in its type. @typedef {{ type: string, [field: string]: any }} Event */

const PARTS = [reduceLive, reduceInbox, reduceTalks, reduceResources, reduceForms, reduceScreen];

/**
 * A step: the state and what happened give the next state.
 *
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduce(state, event) {
  return PARTS.reduce((before, part) => part(before, event), state);
}
