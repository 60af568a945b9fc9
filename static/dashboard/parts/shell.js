// The dashboard's frame: who I am and where I can go on the left, the page beside it.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { boxes } from "./boxes.js";
import { inbox } from "./inbox.js";
import { keysDialog } from "./keys.js";
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

/** @param {Desk} desk */
export function shell(desk) {
  const { route } = desk.state;
  return h(
    "div",
    { class: `desk page-${route.page} ${route.conversation ? "has-talk" : ""} ${route.panel ? "has-side" : ""}`, key: "desk" },
    bar(desk),
    h("aside", { class: "rail", key: "rail" }, me(desk), pages(desk), boxes(desk)),
    page(desk),
    toasts(desk),
    keysDialog(desk),
  );
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
    ...notices.map((notice) => h("p", { class: "notice-bar", role: "status", key: notice.code }, icon("alert"), " ", notice.text)),
  );
}

/** @param {Desk} desk */
function pages(desk) {
  const { route, counts } = desk.state;
  return h(
    "nav",
    { class: "pages", "aria-label": desk.words("nav") },
    ...PAGES.map(([page, symbol]) =>
      h(
        "a",
        { href: hashOf({ page, conversation: null }), "aria-current": route.page === page ? "page" : null, key: page },
        icon(symbol),
        h("span", {}, desk.words(page)),
        page === "inbox" && counts.unserved > 0 && h("span", { class: "badge" }, desk.times.count(counts.unserved)),
      ),
    ),
  );
}

/** @param {Desk} desk */
function page(desk) {
  switch (desk.state.route.page) {
    case "team":
      return h("main", { class: "wide", key: "team" }, team(desk));
    case "why":
      return h("main", { class: "wide", key: "why" }, why(desk));
    case "settings":
      return h("main", { class: "wide", key: "settings" }, settings(desk));
    default:
      return [h("nav", { class: "list", "aria-label": desk.words("inbox"), key: "list" }, inbox(desk)), h("main", { class: "talk", key: "talk" }, talk(desk)), side(desk)];
  }
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
