// The inbox: a search, the lists with their counts, and the rows of the one that is shown.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { rowsFound, rowsOf, viewShown, VIEWS } from "../state/inbox.js";
import { row } from "./inbox-row.js";
import { empty, failed, iconButton, loading } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */

/** @param {Desk} desk */
export function inbox(desk) {
  const view = viewShown(desk.state);
  return [
    !desk.state.route.conversation && h("h1", { class: "visually-hidden", key: "title" }, desk.words("inbox")),
    searchField(desk),
    view === "search" ? null : views(desk, view),
    h("div", { class: "inbox-scroll", key: `scroll-${view}`, on: { keydown: moveFocus } }, view === "search" ? found(desk) : list(desk, view)),
  ];
}

/** @param {Desk} desk */
function searchField(desk) {
  const { words } = desk;
  const clear = () => {
    desk.acts.search("");
    document.getElementById("search")?.focus();
  };
  return h(
    "div",
    { class: "inbox-search", role: "search", key: "search" },
    icon("search"),
    h("input", {
      type: "search",
      id: "search",
      value: desk.state.search.text,
      placeholder: words("inbox_search"),
      "aria-label": words("inbox_search_label"),
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "search",
      on: {
        input: (event) => desk.acts.search(event.target.value),
        keydown: (event) => event.key === "Escape" && desk.state.search.text && (event.preventDefault(), clear()),
      },
    }),
    desk.state.search.text && iconButton("close", words("inbox_search_clear"), clear),
  );
}

/** @param {Desk} desk @param {import("../state/inbox.js").View} shown */
function views(desk, shown) {
  const { unserved, mine, served } = desk.state.counts;
  // What I joined is among what is served.
  const counts = { unserved, mine, served: served - mine, closed: 0 };
  const link = (/** @type {import("../state/inbox.js").View} */ view) => {
    const count = counts[view];
    const name = desk.words(`inbox_${view}`);
    return h(
      "a",
      {
        href: hashOf({ ...desk.state.route, page: "inbox", view }),
        "aria-current": view === shown ? "page" : null,
        title: name,
      },
      // The short name is for the eye, where there is little room.
      h("span", { "aria-hidden": "true" }, desk.words(`inbox_${view}_short`)),
      h("span", { class: "visually-hidden" }, count ? `${name}: ` : name),
      // A count that changed is a new element, which shows where something went.
      count > 0 && h("span", { class: `inbox-count ${view}`, key: count }, desk.times.count(count)),
    );
  };
  return h("ul", { class: "inbox-views", key: "views" }, ...VIEWS.map((view) => h("li", { key: view }, link(view))));
}

/** @param {Desk} desk @param {import("../state/inbox.js").View} view */
function list(desk, view) {
  const { status, next, error } = desk.state.lists[view];
  const rows = rowsOf(desk.state, view);
  const load = () => desk.acts.loadList(view);
  const isEmpty = !rows.length && status === "ready" && !next;
  return [
    rowsShown(desk, rows, desk.words(`inbox_${view}`)),
    isEmpty && empty(desk.words(`inbox_${view}_empty`), desk.words(`inbox_${view}_empty_about`)),
    !rows.length && status === "idle" && loading(desk),
    foot(desk, { status, next, error, load, name: view }),
  ];
}

/** @param {Desk} desk */
function found(desk) {
  const { status, next, error, q } = desk.state.search;
  const rows = rowsFound(desk.state);
  const load = () => (next ? desk.acts.findMore() : desk.acts.searchAgain());
  const isEmpty = !rows.length && status === "ready";
  return [
    h("p", { class: "inbox-found", role: "status", key: "found" }, status === "ready" && rows.length > 0 && desk.words(next ? "inbox_found_more" : "inbox_found", { count: rows.length })),
    rowsShown(desk, rows, desk.words("inbox_search_results")),
    isEmpty && empty(desk.words("inbox_found_none", { q }), desk.words("inbox_found_none_about")),
    foot(desk, { status, next, error, load, name: "search" }),
  ];
}

/** @param {Desk} desk @param {import("../state/index.js").Known[]} rows @param {string} label */
function rowsShown(desk, rows, label) {
  if (!rows.length) return null;
  const selected = rows.find(({ id }) => id === desk.state.route.conversation) || rows[0];
  return h("ul", { class: "inbox-rows", "aria-label": label, key: "rows" }, ...rows.map((one) => row(desk, one, one === selected)));
}

/**
 * What stands below the rows: more of them as somebody comes near, or why there are none.
 *
 * @param {Desk} desk
 * @param {{ status: string, next: string | null, error?: string, load: () => void, name: string }} list
 */
function foot(desk, { status, next, error, load, name }) {
  if (status === "loading") return loading(desk);
  if (status === "failed") return failed(desk, error || "", load);
  if (!next) return null;
  return h("button", { type: "button", class: "quiet inbox-more", key: `more-${name}-${next}`, made: (element) => loadWhenNear(element), on: { click: load } }, desk.words("load_more"));
}

/** A list goes on by itself; the button is there for whoever does not scroll. @param {HTMLElement} button */
function loadWhenNear(button) {
  if (!("IntersectionObserver" in window)) return;
  const observer = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!button.isConnected) observer.disconnect();
      else if (isIntersecting) button.click();
    },
    { root: button.parentElement, rootMargin: "240px" },
  );
  observer.observe(button);
}

/** Arrows go from row to row, as in any list. @param {KeyboardEvent} event */
function moveFocus(event) {
  const host = /** @type {HTMLElement} */ (event.currentTarget);
  const links = /** @type {HTMLElement[]} */ ([...host.querySelectorAll(".inbox-row > a")]);
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined || !links[to]) return;
  event.preventDefault();
  links[to].focus();
}
