// How the tour and its players speak to one another: the shop, the desks, the phone and the mailbox, in frames of the tour or in
// windows of their own. A channel reaches pages of the same origin only, and its name only those that this very tour opened.
import { newId } from "/shared/link.js";

/**
 * `to`: a player, "tour" or "all"; `act`: what is to be done, or what has happened.
 *
 * @typedef {{ to: string, from: string, act: string, [field: string]: any }} Cue
 */

const PARAMETER = "tour";

/** The tour that this page belongs to; empty where somebody opened it by itself. */
export function tourOf(search = location.search) {
  const named = new URLSearchParams(search).get(PARAMETER) || "";
  return /^[\w-]{1,64}$/.test(named) ? named : "";
}

/** A tour of its own. */
export const newTour = newId;

/** A player's address within a tour. @param {string} path @param {string} tour @param {Record<string, string>} [more] */
export function addressOf(path, tour, more = {}) {
  const query = new URLSearchParams({ ...(tour && { [PARAMETER]: tour }), ...more });
  return query.size ? `${path}?${query}` : path;
}

/** Only what has the shape of a cue is one. @param {any} data @returns {data is Cue} */
export function isCue(data) {
  return typeof data === "object" && data !== null && ["to", "from", "act"].every((field) => typeof data[field] === "string");
}

/**
 * One's place on the stage of a tour. Without a tour nobody hears, and nobody calls.
 *
 * @param {string} tour
 * @param {string} me
 * @param {Record<string, (cue: Cue) => void>} acts what others may ask of one
 */
export function enter(tour, me, acts) {
  const channel = tour && typeof BroadcastChannel === "function" ? new BroadcastChannel(`doorbell-demo-${tour}`) : null;
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (!isCue(data) || (data.to !== me && data.to !== "all") || !Object.hasOwn(acts, data.act)) return;
      acts[data.act](data);
    };
  }
  return {
    /** @param {string} to @param {string} act @param {object} [more] */
    tell: (to, act, more = {}) => channel?.postMessage({ ...more, to, from: me, act }),
  };
}

/**
 * A player of a tour: says that it is there, and where, until it is gone.
 *
 * @param {string} me
 * @param {Record<string, (cue: Cue) => void>} acts
 */
export function play(me, acts) {
  const tour = tourOf();
  const isFrame = window.parent !== window;
  const stage = enter(tour, me, {
    ...acts,
    "who-is-there": () => tellTour("here"),
    "come-home": () => isFrame || window.close(),
  });
  const tellTour = (/** @type {string} */ act, more = {}) => stage.tell("tour", act, { isFrame, ...more });
  addEventListener("pagehide", () => tellTour("gone"));
  tellTour("here");
  return { tour, isFrame, tell: tellTour };
}
