// Where the visitor is: in the shop, or gone from it; as whom, and on a page of which group. `reduce` is pure.

/** @typedef {{ type: string, [field: string]: any }} Event */

/** Nothing known yet. */
export const nothing = {
  /** @type {import("../world.js").World | null} */
  world: null,
  isLost: false,
  /** `leaving`: gone, to come back as somebody else. @type {"shop" | "gone" | "leaving"} */
  place: "shop",
  /** Each visit is a page of its own, as each reload makes one. */
  visit: 1,
  /** The group that the page belongs to; empty: none. */
  group: "",
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
      return { ...state, world: event.world, group: known(event.world, state.group) };
    case "lost":
      return { ...state, isLost: true };
    case "left":
      return { ...state, place: "gone" };
    case "came":
      return { ...state, place: "shop", visit: state.visit + 1 };
    case "forgotten":
      return { ...state, place: "leaving", group: event.group === undefined ? state.group : known(state.world, event.group) };
    case "group":
      return { ...state, group: known(state.world, event.group) };
    default:
      return state;
  }
}

/** A group that there is, else none. @param {State["world"]} world @param {unknown} group */
function known(world, group) {
  if (!world) return typeof group === "string" ? group : "";
  return world.groups.find(({ id }) => id === group)?.id ?? "";
}

/** What the widget keeps in this browser for a key. @param {string[]} names of the storage @param {string} key */
export function widgetsOwn(names, key) {
  return names.filter((name) => name.startsWith("doorbell") && name.includes(key));
}
