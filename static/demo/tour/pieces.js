// What several parts of the tour's picture are made of.
import { h, icon } from "/shared/view.js";
import { castOf } from "./stories.js";

/** @typedef {import("./acts.js").Tour} Tour */

/** The names that stand in sentences. @param {Tour} tour */
export function namesOf({ state }) {
  const { first, second, third, group } = castOf(/** @type {import("../world.js").World} */ (state.world));
  return { first: first.name, second: second.name, third: third.name, group: group?.name || "" };
}

/** @type {Record<import("./state.js").Tab, string>} */
const ICONS = { story: "list", shop: "globe", first: "laptop", second: "laptop", phone: "phone", mailbox: "mail" };

/**
 * Those who share a place, as tabs.
 *
 * @param {Tour} tour
 * @param {import("./state.js").Tab[]} all
 * @param {import("./state.js").Tab} shown
 */
export function tabList(tour, all, shown) {
  const { words, acts, state } = tour;
  const names = namesOf(tour);
  const countOf = (/** @type {import("./state.js").Tab} */ tab) => (tab === "mailbox" ? state.letters.length : 0);
  const choose = (/** @type {number} */ at) => {
    const tab = all[(at + all.length) % all.length];
    acts.show(tab);
    document.getElementById(`tab-${tab}`)?.focus();
  };
  const press = (/** @type {KeyboardEvent} */ event, /** @type {number} */ at) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(at + step);
  };
  return h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": words("players") },
    ...all.map((tab, at) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${tab}`,
          key: tab,
          "aria-label": tab === "story" ? null : [words(`player_${tab}`, names), countOf(tab)].filter(Boolean).join(" "),
          title: tab === "story" ? null : words(`player_${tab}`, names),
          "aria-selected": tab === shown,
          "aria-controls": `panel-${tab}`,
          tabindex: tab === shown ? 0 : -1,
          on: { click: () => acts.show(tab), keydown: (/** @type {KeyboardEvent} */ event) => press(event, at) },
        },
        icon(ICONS[tab]),
        h("span", {}, words(`tab_${tab}`, names)),
        // A space that is only heard: a name and a number are two words.
        countOf(tab) > 0 && " ",
        countOf(tab) > 0 && h("span", { class: "badge", title: words("letters", { count: countOf(tab) }) }, countOf(tab)),
      ),
    ),
  );
}

/** @param {import("./state.js").Tab} tab */
export const iconOf = (tab) => icon(ICONS[tab]);
