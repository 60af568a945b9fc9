// The tour's picture: the stories on the left, the stage with its players beside them, the clock and the people below.
import { LANGUAGES } from "/shared/words.js";
import { h, icon } from "/shared/view.js";
import { NAMES } from "../language.js";
import { columns } from "./state.js";
import { tabList } from "./pieces.js";
import { script } from "./script-view.js";
import { stage } from "./stage-view.js";
import { people, theClock } from "./strip-view.js";

/** @typedef {import("./acts.js").Tour} Tour */

/** @param {Tour} tour */
export function page(tour) {
  const { state, words } = tour;
  const isTabs = state.layout === "tabs";
  const [{ shown }] = columns(state);
  const isStory = !isTabs || shown === "story";
  return h(
    "div",
    { class: `tour ${isTabs ? "single" : ""}` },
    head(tour),
    state.trouble && h("p", { class: "link-bar", role: "alert", key: "trouble" }, words(state.trouble)),
    state.world && [
      h(
        "main",
        { class: "script", key: "script", hidden: !isStory, id: "panel-story", "aria-label": words("stories") },
        isTabs && state.story && theClock(tour),
        script(tour),
        isTabs && people(tour),
      ),
      h("section", { class: "stage", key: "stage", hidden: isTabs && isStory, "aria-label": words("players") }, stage(tour)),
      isTabs ? tabs(tour) : h("aside", { class: "below strip", key: "below", "aria-label": words("people") }, theClock(tour), people(tour)),
    ],
  );
}

/** @param {Tour} tour */
function head(tour) {
  const { state, words, acts } = tour;
  return h(
    "header",
    { class: "tour-head", key: "head", "aria-label": words("title") },
    h("h1", {}, icon("bell"), words("title")),
    state.world && h("p", { class: "speed tag" }, icon("timer"), words("speed", { count: state.world.delays.offline_s })),
    state.world && h("button", { type: "button", class: "quiet", on: { click: acts.startOver } }, icon("refresh"), words("start_over")),
    h(
      "div",
      { class: "languages", role: "group", "aria-label": words("language") },
      ...LANGUAGES.map((tag) => h("button", { type: "button", class: "quiet", lang: tag, "aria-pressed": tag === state.language, title: NAMES[tag], key: tag, on: { click: () => acts.speak(tag) } }, tag.toUpperCase())),
    ),
  );
}

/** On a phone one at a time. @param {Tour} tour */
function tabs(tour) {
  const [{ tabs: all, shown }] = columns(tour.state);
  return h("nav", { class: "below tab-bar", key: "below", "aria-label": tour.words("players") }, tabList(tour, all, shown));
}
