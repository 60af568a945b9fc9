// Settings: their pages, and the one that is chosen. A narrow window shows the list of them or one of them.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../../routes.js";
import { hasUnsaved } from "../../state/forms.js";
import { isAdmin } from "../../state/live.js";
import { audit } from "./audit.js";
import { heading } from "./controls.js";
import { company } from "./company.js";
import { emails } from "./emails.js";
import { groups } from "./groups.js";
import { notifications } from "./notifications.js";
import { operators } from "./operators.js";
import { profile } from "./profile.js";
import { placeOf, routeTo, SECTIONS } from "./sections.js";
import { suppressions } from "./suppressions.js";
import { widget } from "./widget.js";

/** @typedef {import("../../desk.js").Desk} Desk */

/** @type {Record<string, (desk: Desk, item: string) => import("/shared/view.js").Child>} */
const PAGES = { notifications, profile, company, operators, groups, widget, emails, suppressions, audit };

/** @param {Desk} desk */
export function settings(desk) {
  const { section, item, isChosen } = placeOf(desk.state.route);
  return h(
    "div",
    { class: `settings ${isChosen ? "has-section" : ""}`.trim(), key: "settings" },
    h("nav", { class: "set-nav", "aria-label": desk.words("settings"), key: "nav" }, h("h1", { class: "set-nav-heading" }, desk.words("settings")), ...list(desk, section)),
    // One thing of a page has the page's title for its way back.
    h("div", { class: "set-page", key: `page-${section}-${item}`, made: toTop }, !item && title(desk, section), PAGES[section](desk, item)),
  );
}

/** Another page begins at its beginning. @param {Element} element */
function toTop(element) {
  element.closest(".wide")?.scrollTo(0, 0);
}

/** @param {Desk} desk @param {string} section */
function title(desk, section) {
  return [
    h("a", { class: "set-back", href: hashOf({ page: "settings", conversation: null }), key: "back" }, icon("left"), desk.words("settings")),
    heading(desk, desk.words(`set_${section}`)),
  ];
}

/** @param {Desk} desk @param {string} section */
function list(desk, section) {
  return /** @type {const} */ (["me", "company"]).map((about) =>
    h(
      "div",
      { key: about },
      h("h2", { class: "set-nav-title" }, desk.words(`set_about_${about}`)),
      ...SECTIONS.filter((one) => one.about === about).map((one) => link(desk, one, one.name === section)),
    ),
  );
}

/** @param {Desk} desk @param {typeof SECTIONS[number]} section @param {boolean} isShown */
function link(desk, { name, icon: symbol, admins }, isShown) {
  return h(
    "a",
    { href: hashOf(routeTo(name)), "aria-current": isShown ? "page" : null, key: name },
    icon(symbol),
    h("span", { class: "grow" }, desk.words(`set_${name}`)),
    hasUnsaved(desk.state, `settings/${name}/`) && h("span", { class: "set-unsaved" }, h("span", { class: "visually-hidden" }, desk.words("unsaved"))),
    admins && !isAdmin(desk.state) && h("span", { class: "set-locked", title: desk.words("set_admins") }, icon("key"), h("span", { class: "visually-hidden" }, desk.words("set_admins"))),
  );
}
