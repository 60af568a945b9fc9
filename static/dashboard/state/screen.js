// The part of the state that is about this screen: where one is, what is open, what is said for a moment.

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */

/** @param {State} state @param {Event} event @returns {State} */
function looked(state, { isLookedAt, isVisible = isLookedAt }) {
  const isSame = isLookedAt === state.isLookedAt && isVisible === state.isVisible;
  return isSame ? state : { ...state, isLookedAt, isVisible };
}

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceScreen(state, event) {
  switch (event.type) {
    case "route":
      return { ...state, route: event.route, open: null };
    case "open":
      return { ...state, open: { name: event.name, about: event.about } };
    case "close":
      return { ...state, open: null };
    case "toast":
      return { ...state, toasts: [...state.toasts.slice(-2), event.toast] };
    case "toast/gone":
      return { ...state, toasts: state.toasts.filter(({ id }) => id !== event.id) };
    case "preferences":
      return { ...state, preferences: { ...state.preferences, ...event.preferences } };
    case "looked":
      return looked(state, event);
    default:
      return state;
  }
}
