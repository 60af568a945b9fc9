// The lists of the inbox: loaded as far as somebody looks, asked for anew after each break.
import { viewShown } from "../state/inbox.js";

const PAGE_LEN = 30;
/** So long after the last key the server is asked. */
const SEARCH_MS = 200;
/** After these a list may be another. */
const CHANGES = new Set(["welcome", "route", "settings", "groups/changed"]);

/** @typedef {import("../state/index.js").Known} Known */

/** @param {import("../desk.js").Desk} desk */
export function inboxActs(desk) {
  /** @type {any} */
  let searchTimer = 0;

  /**
   * A page of a list. What the socket told meanwhile is newer than the answer.
   *
   * @param {string} view
   * @param {string} q
   * @param {string | null} cursor
   * @returns {Promise<{ items: Known[], next: string | null }>}
   */
  async function page(view, q, cursor) {
    const before = desk.state.conversations;
    const query = new URLSearchParams({ view, limit: String(PAGE_LEN), ...(q && { q }), ...(cursor && { cursor }) });
    const { items, next } = await desk.api("GET", `/api/v1/conversations?${query}`);
    const now = desk.state.conversations;
    return { items: items.map((/** @type {Known} */ one) => (now[one.id] && now[one.id] !== before[one.id] ? now[one.id] : one)), next };
  }

  /** @param {import("../state/inbox.js").View} view */
  async function loadList(view) {
    const { status, next } = desk.state.lists[view];
    if (status === "loading" || (status === "ready" && !next)) return;
    desk.dispatch({ type: "list/loading", view });
    const asked = desk.state.lists[view];
    const answer = await page(view, "", next).then(
      (found) => ({ type: "list/loaded", view, ...found }),
      (error) => ({ type: "list/failed", view, error: desk.acts.trouble(error) }),
    );
    // It may have been asked for anew meanwhile, from its beginning.
    if (desk.state.lists[view] === asked) desk.dispatch(answer);
  }

  /** @param {string} q @param {string | null} cursor */
  async function find(q, cursor) {
    try {
      const found = await page("all", q, cursor);
      desk.dispatch({ type: "search/found", q, ...found });
    } catch (error) {
      desk.dispatch({ type: "search/failed", q, error: desk.acts.trouble(error) });
    }
  }

  function searchAgain() {
    const { q } = desk.state.search;
    if (!q) return;
    desk.dispatch({ type: "search/again" });
    find(q, null);
  }

  desk.listen(({ type }) => {
    if (!CHANGES.has(type) || !desk.link.isOpen || desk.state.route.page !== "inbox") return;
    // A list that is shown and not loaded: at the start, after a break, after a change of the view or of who answers for whom.
    const view = viewShown(desk.state);
    const { status } = view === "search" ? desk.state.search : desk.state.lists[view];
    if (status !== "idle") return;
    if (view === "search") searchAgain();
    else loadList(view);
  });

  return {
    loadList,
    searchAgain,
    /** The next page of what is found. */
    findMore() {
      const { q, next, status } = desk.state.search;
      if (!q || !next || status === "loading") return;
      desk.dispatch({ type: "search/more" });
      find(q, next);
    },
    /** By the visitor's name or address. @param {string} text */
    search(text) {
      const { q: before } = desk.state.search;
      desk.dispatch({ type: "search/typed", text });
      const { q, from } = desk.state.search;
      if (q === before) return;
      clearTimeout(searchTimer);
      if (q) searchTimer = setTimeout(() => find(q, null), SEARCH_MS);
      desk.go({ page: "inbox", view: q ? "search" : from });
    },
  };
}
