// Which pages the settings have, and where one is among them. Behind #/settings/ stands the page and perhaps one thing on it, as in
// `emails/ID`.

/**
 * `admins`: only they have anything there.
 *
 * @type {{ name: string, icon: string, about: "me" | "company", admins?: boolean }[]}
 */
export const SECTIONS = [
  { name: "notifications", icon: "bell", about: "me" },
  { name: "profile", icon: "person", about: "me" },
  { name: "emails", icon: "mail", about: "me" },
  { name: "company", icon: "globe", about: "company" },
  { name: "operators", icon: "team", about: "company", admins: true },
  { name: "groups", icon: "groups", about: "company", admins: true },
  { name: "widget", icon: "chat", about: "company", admins: true },
  { name: "suppressions", icon: "mail-alert", about: "company", admins: true },
  { name: "audit", icon: "list", about: "company", admins: true },
];

/** What a wide window shows where no page was chosen; a narrow one shows the list of them. */
const FIRST = "notifications";

/**
 * @param {import("../../routes.js").Route} route
 * @returns {{ section: string, item: string, isChosen: boolean }}
 */
export function placeOf(route) {
  const [name, ...item] = (route.section || "").split("/");
  const isChosen = SECTIONS.some((section) => section.name === name);
  return { section: isChosen ? name : FIRST, item: isChosen ? item.join("/") : "", isChosen };
}

/** The route of a page, or of one thing on it. @param {string} section @param {string} [item] @returns {import("../../routes.js").Route} */
export function routeTo(section, item) {
  return { page: "settings", section: item ? `${section}/${item}` : section, conversation: null };
}
