// The lists of the inbox: loaded as far as somebody looks, asked for anew after each break.

const PAGE_LEN = 30;

/** @param {import("../desk.js").Desk} desk */
export function inboxActs(desk) {
  /** @param {string} view @param {string} q @param {string | null} cursor */
  const page = (view, q, cursor) => {
    const query = new URLSearchParams({ view, limit: String(PAGE_LEN), ...(q && { q }), ...(cursor && { cursor }) });
    return desk.api("GET", `/api/v1/conversations?${query}`);
  };

  /** @param {import("../state/inbox.js").View} view */
  async function loadList(view) {
    const { status, next } = desk.state.lists[view];
    if (status === "loading" || (status === "ready" && !next)) return;
    const welcomes = desk.state.welcomes;
    desk.dispatch({ type: "list/loading", view });
    try {
      const found = await page(view, "", next);
      if (welcomes === desk.state.welcomes) desk.dispatch({ type: "list/loaded", view, ...found });
    } catch (error) {
      if (welcomes === desk.state.welcomes) desk.dispatch({ type: "list/failed", view, error: desk.acts.trouble(error) });
    }
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

  const searchLater = debounce(200, (/** @type {string} */ q) => find(q, null));

  desk.listen(({ type }) => {
    // A list that is shown and not loaded: at the start, after a break, after a change of the view.
    const { page, view } = desk.state.route;
    if (type !== "welcome" && type !== "route") return;
    if (page === "inbox" && view && view !== "search" && desk.state.link.state === "open" && desk.state.lists[view].status === "idle") loadList(view);
  });

  return {
    loadList,
    /** The next page of what is found. */
    findMore() {
      const { q, next, status } = desk.state.search;
      if (!q || !next || status === "loading") return;
      desk.dispatch({ type: "search/more" });
      find(q, next);
    },
    /** By the visitor's name or address. @param {string} q */
    search(q) {
      const asked = q.trim();
      desk.dispatch({ type: "search/asked", q: asked });
      if (asked) searchLater(asked);
      desk.go({ page: "inbox", view: asked ? "search" : "unserved" });
    },
  };
}

/** @template {any[]} A @param {number} ms @param {(...args: A) => void} run @returns {(...args: A) => void} */
function debounce(ms, run) {
  /** @type {any} */
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), ms);
  };
}
