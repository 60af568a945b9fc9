// The stage: each player in a frame, or a word on where its window went. Frames never move within the page: that would load them
// anew; which of them are seen, and in which column, is a matter of style.
import { h, icon } from "/shared/view.js";
import { columns, currentStep } from "./state.js";
import { PLAYERS } from "./stories.js";
import { iconOf, namesOf, tabList } from "./pieces.js";

/** @typedef {import("./acts.js").Tour} Tour */
/** @typedef {import("./stories.js").Player} Player */

/** @param {Tour} tour */
export function stage(tour) {
  const places = columns(tour.state);
  const isTabs = tour.state.layout === "tabs";
  return [
    // On a phone the tabs below are its names.
    !isTabs && places.map((place, at) => h("div", { class: "place-head", key: `head-${at}`, style: { "--column": String(at + 1) } }, placeHead(tour, place))),
    ...PLAYERS.map((player) => {
      const column = places.findIndex(({ tabs }) => tabs.includes(player));
      const isShown = places[column].shown === player;
      const isNext = currentStep(tour.state)?.player === player && !isTabs;
      const isTab = places[column].tabs.length > 1;
      return h(
        "section",
        {
          class: `player ${player} ${isNext ? "next" : ""}`,
          key: player,
          id: `panel-${player}`,
          hidden: !isShown,
          style: { "--column": String(column + 1) },
          "aria-label": isTab ? null : titleOf(tour, player),
          role: isTab ? "tabpanel" : null,
          "aria-labelledby": isTab ? `tab-${player}` : null,
        },
        tour.state.away.includes(player) ? elsewhere(tour, player) : h("iframe", { key: `frame-${player}`, src: tour.addressOf(player), title: titleOf(tour, player) }),
      );
    }),
  ];
}

/** @param {Tour} tour @param {Player} player */
function titleOf(tour, player) {
  return tour.words(`player_${player}`, namesOf(tour));
}

/** @param {Tour} tour @param {ReturnType<typeof columns>[number]} place */
function placeHead(tour, { tabs, shown }) {
  const { words, acts, state } = tour;
  const player = /** @type {Player} */ (shown);
  const label = `${titleOf(tour, player)}: ${words("in_window")}`;
  return [
    tabs.length > 1 ? tabList(tour, tabs, shown) : h("h2", {}, iconOf(shown), titleOf(tour, player)),
    !state.away.includes(player) &&
      h("button", { type: "button", class: "icon-button", "aria-label": label, title: words("in_window"), on: { click: () => acts.openWindow(player) } }, icon("open")),
  ];
}

/** @param {Tour} tour @param {Player} player */
function elsewhere({ words, acts }, player) {
  return h(
    "div",
    { class: "elsewhere", key: "elsewhere" },
    icon("open"),
    h("p", {}, words("is_away")),
    h("button", { type: "button", on: { click: () => acts.bringBack(player) } }, words("bring_back")),
  );
}
