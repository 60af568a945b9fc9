// Where one is in the dashboard, as it stands behind the # of the address: #/inbox/unserved/CONVERSATION/why, #/team,
// #/why, #/why/OPERATOR, #/settings/PAGE. The link in an email is ?conversation=ID.
import { VIEWS } from "./state/inbox.js";

/**
 * @typedef {{ page: "inbox" | "team" | "why" | "settings", view?: import("./state/inbox.js").View | "search",
 *   conversation: string | null, panel?: "visitor" | "why" | null, section?: string, operator?: string | null }} Route
 *   `view`, `conversation` and `panel` are of the inbox, `section` of the settings, `operator` of the why: whose emails, if not my own
 */

/** @type {Route} */
const START = { page: "inbox", view: "unserved", conversation: null, panel: null };

/**
 * @param {string} hash with its #
 * @returns {Route}
 */
export function routeOf(hash) {
  const [page, ...rest] = hash.replace(/^#\/?/, "").split("/").map(decode);
  if (page === "team") return { page, conversation: null };
  if (page === "why") return { page, operator: idOf(rest[0]), conversation: null };
  if (page === "settings") return { page, section: rest[0] || "", conversation: null };
  if (page !== "inbox") return START;
  const [view, conversation, panel] = rest;
  const isView = VIEWS.includes(/** @type {any} */ (view)) || view === "search";
  return {
    page,
    view: isView ? /** @type {any} */ (view) : "unserved",
    conversation: idOf(conversation),
    panel: panel === "visitor" || panel === "why" ? panel : null,
  };
}

/**
 * The other way round.
 *
 * @param {Route} route
 */
export function hashOf({ page, view, conversation, panel, section, operator }) {
  const more = { inbox: [view || "unserved", conversation, conversation && panel], team: [], why: [operator], settings: [section] };
  const parts = [page, ...more[page]];
  return `#/${parts.filter(Boolean).map((part) => encodeURIComponent(String(part))).join("/")}`;
}

/** What every object has is the name of nothing: a link may say anything. @param {string | undefined} part */
function idOf(part) {
  return part && !(part in {}) ? part : null;
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
