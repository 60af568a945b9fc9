// The visitor's browser: a bar as browsers have one, and the shop below.
import { h, icon } from "/shared/view.js";

/**
 * @typedef {object} Visitor
 * @property {import("./state.js").State} state
 * @property {import("/shared/words.js").Words} words
 * @property {{ leave: () => void, come: () => void, forget: (group?: string) => void, group: (group: string) => void }} acts
 */

/** The id of the shop's frame. */
export const SHOP = "shop";

/** @param {Visitor} visitor */
export function page(visitor) {
  const { state, words } = visitor;
  if (state.isLost) return h("main", { class: "lost", key: "lost" }, h("p", { role: "alert" }, words("no_demo")));
  return h("div", { class: "browser", key: "browser" }, bar(visitor), h("main", { key: "main", "aria-label": words("visitor_shop") }, state.world && place(visitor)));
}

/** @param {Visitor} visitor */
function bar({ state, words, acts }) {
  const isHere = state.place === "shop";
  const groups = state.world?.groups || [];
  return h(
    "header",
    { class: "bar", key: "bar", "aria-label": words("visitor_title") },
    h("h1", { class: "visually-hidden" }, words("visitor_title")),
    h(
      "div",
      { class: "address-line" },
      h("button", { type: "button", class: "icon-button", "aria-label": words("visitor_reload"), title: words("visitor_reload"), disabled: !isHere, on: { click: acts.come } }, icon("refresh")),
      h("span", { class: "address ellipsis" }, isHere ? "toys-and-tea.example" : ""),
      h("button", { type: "button", class: "quiet", key: "forget", on: { click: () => acts.forget() } }, icon("person"), words("visitor_forget")),
    ),
    h(
      "div",
      { class: "address-line" },
      h("label", { class: "visually-hidden", for: "group" }, words("visitor_group")),
      h(
        "select",
        { id: "group", title: words("visitor_group"), value: state.group, disabled: !isHere, on: { change: (/** @type {any} */ event) => acts.group(event.target.value) } },
        h("option", { value: "", key: "none" }, words("visitor_no_group")),
        ...groups.map(({ id, name }) => h("option", { value: id, key: id }, words("visitor_page_of", { name }))),
      ),
      isHere
        ? h("button", { type: "button", class: "quiet", key: "leave", on: { click: acts.leave } }, icon("leave"), words("visitor_leave"))
        : h("button", { type: "button", class: "quiet", key: "back", on: { click: acts.come } }, icon("left"), words("visitor_back")),
    ),
  );
}

/** @param {Visitor} visitor */
function place({ state, words, acts }) {
  if (state.place === "leaving") return null;
  if (state.place === "gone") {
    return h(
      "div",
      { class: "gone", key: "gone" },
      h("h2", {}, words("visitor_left_title")),
      h("p", { class: "muted" }, words("visitor_left_about")),
      h("button", { type: "button", class: "primary", on: { click: acts.come } }, words("visitor_back")),
    );
  }
  const query = new URLSearchParams({ lang: words.language, ...(state.group && { group: state.group }) });
  return h("iframe", { id: SHOP, key: `visit-${state.visit}`, title: words("visitor_shop"), made: (/** @type {HTMLIFrameElement} */ frame) => frame.setAttribute("src", `/demo/shop.html?${query}`) });
}
