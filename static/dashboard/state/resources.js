// What pages fetch: each under a name of its own, with what it is to be shown as.

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceResources(state, event) {
  switch (event.type) {
    // What is there already stays on the page while it is asked for again.
    case "resource/loading":
      return withResource(state, event.name, (before) => (before?.data !== undefined ? { ...before, isMore: true } : { status: "loading" }));
    case "resource/loaded":
      return withResource(state, event.name, () => ({ status: "ready", data: event.data }));
    // A further page of a list.
    case "resource/more":
      return withResource(state, event.name, (before) => ({
        status: "ready",
        data: { ...event.data, items: [...(before?.data?.items || []), ...event.data.items] },
      }));
    case "resource/changed":
      return withResource(state, event.name, (before) => (before?.data === undefined ? before : { ...before, data: event.change(before.data) }));
    case "resource/failed":
      return withResource(state, event.name, (before) => ({ ...before, status: "failed", isMore: false, error: event.error }));
    case "resource/forgotten": {
      const { [event.name]: _, ...resources } = state.resources;
      return { ...state, resources };
    }
    default:
      return state;
  }
}

/** @param {State} state @param {string} name @param {(before: any) => any} change @returns {State} */
function withResource(state, name, change) {
  const next = change(state.resources[name]);
  return next === state.resources[name] ? state : { ...state, resources: { ...state.resources, [name]: next } };
}
