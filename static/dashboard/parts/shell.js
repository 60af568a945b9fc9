// The dashboard's frame: who I am and where I can go on the left, the page beside it.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { boxDialog, boxes } from "./boxes.js";
import { inbox } from "./inbox.js";
import { keysDialog } from "./keys.js";
import { devicesDialog } from "./me-devices.js";
import { me } from "./me.js";
import { iconButton } from "./pieces.js";
import { settings } from "./settings/index.js";
import { side } from "./side.js";
import { talk } from "./talk.js";
import { team } from "./team.js";
import { why } from "./why.js";

/** @typedef {import("../desk.js").Desk} Desk */

const PAGES = /** @type {const} */ ([
  ["inbox", "inbox"],
  ["team", "team"],
  ["why", "why"],
  ["settings", "settings"],
]);

/** Where an admin mends what a notice is about. @type {Record<string, string>} */
const MENDED_AT = { any_origin: "widget", relay_auth: "emails", domain_blocked: "emails" };

/** @param {Desk} desk */
export function shell(desk) {
  const { route } = desk.state;
  return h(
    "div",
    { class: `desk page-${route.page} ${route.conversation ? "has-talk" : ""} ${route.panel ? "has-side" : ""}`, key: "desk" },
    h("header", { class: "rail", key: "rail" }, skip(desk), me(desk), pages(desk), boxes(desk)),
    bar(desk),
    page(desk),
    toasts(desk),
    keysDialog(desk),
    devicesDialog(desk),
    boxDialog(desk),
  );
}

/** A link by its look and its key; the address behind the # is the page's, and stays. @param {Desk} desk */
function skip(desk) {
  const click = (/** @type {Event} */ event) => {
    event.preventDefault();
    focusPage(desk);
  };
  return h("a", { class: "skip", href: hashOf(desk.state.route), key: "skip", on: { click } }, desk.words("skip"));
}

/** @param {Desk} desk */
function focusPage({ state: { route } }) {
  const place = route.page === "inbox" ? (route.conversation ? ".talk" : ".list") : "main";
  /** @type {HTMLElement | null} */ (document.querySelector(place))?.focus();
}

/** A thin bar, not a modal: what was typed stays. @param {Desk} desk */
function bar(desk) {
  const { link, notices } = desk.state;
  const key = link.state === "connecting" && !desk.state.welcomes ? "link_connecting" : "link_waiting";
  const isBroken = link.state !== "open";
  return h(
    "div",
    { class: "bars", key: "bars" },
    h("p", { class: "link-bar", role: "status", hidden: !isBroken }, isBroken && desk.words(key)),
    ...noticesToShow(notices, desk.state.preferences.hiddenNotices).map((notice) => noticeBar(desk, notice)),
  );
}

/**
 * Who has read one and lives with it need not see it all day; it comes back with the next cause.
 *
 * @param {readonly import("/shared/wire.js").Notice[]} notices
 * @param {Record<string, string>} hidden since when the one of a code was there that is hidden
 */
export function noticesToShow(notices, hidden) {
  return notices.filter(({ code, since }) => hidden[code] !== since);
}

/** @param {Desk} desk @param {import("/shared/wire.js").Notice} notice */
function noticeBar(desk, { code, text, since }) {
  const section = MENDED_AT[code];
  const href = hashOf({ page: "settings", section, conversation: null });
  const hide = () => desk.acts.prefer({ hiddenNotices: { ...desk.state.preferences.hiddenNotices, [code]: since } });
  return h(
    "div",
    { class: "notice-bar", key: code },
    icon("alert"),
    h("div", { class: "grow notice-said", role: "status" }, h("p", { class: "notice-text" }, text), section && h("a", { href }, desk.words(`notice_${code}`))),
    iconButton("close", desk.words("notice_hide"), hide),
  );
}

/** @param {Desk} desk */
function pages(desk) {
  const { route, counts } = desk.state;
  return h(
    "nav",
    { class: "pages", "aria-label": desk.words("nav"), key: "pages" },
    ...PAGES.map(([page, symbol]) =>
      h(
        "a",
        { href: hashOf({ page, conversation: null }), "aria-current": route.page === page ? "page" : null, key: page },
        icon(symbol),
        h("span", {}, desk.words(page)),
        page === "inbox" && counts.unserved > 0 && badge(desk, counts.unserved),
      ),
    ),
  );
}

/** @param {Desk} desk @param {number} count */
function badge(desk, count) {
  return h("span", { class: "badge" }, desk.times.count(count), h("span", { class: "visually-hidden" }, ` ${desk.words("unserved_count", { count })}`));
}

/** @param {Desk} desk */
function page(desk) {
  switch (desk.state.route.page) {
    case "team":
      return wide(desk, team(desk));
    case "why":
      return wide(desk, why(desk));
    case "settings":
      return wide(desk, settings(desk));
    default:
      return h(
        "main",
        { class: "columns", key: "inbox" },
        h("nav", { class: "list", "aria-label": desk.words("inbox"), key: "list", tabindex: -1 }, inbox(desk)),
        h("section", { class: "talk", "aria-label": desk.words("talk"), key: "talk", tabindex: -1 }, talk(desk)),
        side(desk),
      );
  }
}

/** A page of its own. Whoever came here by a link goes on reading here. @param {Desk} desk @param {import("/shared/view.js").Child} content */
function wide(desk, content) {
  const made = () => document.activeElement !== document.body && focusPage(desk);
  return h("main", { class: "wide", key: desk.state.route.page, tabindex: -1, made }, content);
}

/** @param {Desk} desk */
function toasts(desk) {
  const shown = desk.state.toasts.map(({ id, text, kind, action }) =>
    h(
      "div",
      { class: `toast ${kind}`, key: id },
      h("span", {}, text),
      action && h("button", { type: "button", class: "quiet", on: { click: action.run } }, action.text),
      iconButton("close", desk.words("close"), () => desk.dispatch({ type: "toast/gone", id })),
    ),
  );
  return h("div", { class: "toasts", role: "status", "aria-live": "polite", key: "toasts" }, ...shown);
}
