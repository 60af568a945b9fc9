// The stories: which there are, and of the one that is played each step, with what has really happened.
import { h, icon } from "/shared/view.js";
import { currentStep, storyAfter } from "./state.js";
import { isAstray, STORIES } from "./stories.js";
import { namesOf } from "./pieces.js";

/** @typedef {import("./acts.js").Tour} Tour */
/** @typedef {import("./stories.js").Story} Story */

/** @param {Tour} tour */
export function script(tour) {
  const { words, state } = tour;
  return [
    !state.story && h("p", { class: "lead", key: "lead" }, words("lead")),
    h("h2", { class: "visually-hidden", key: "title" }, words("stories")),
    h("ol", { class: "stories", key: "stories" }, ...STORIES.map((story, at) => storyItem(tour, story, at + 1))),
    h("p", { class: "visually-hidden", role: "status", key: "told" }, toldNow(tour)),
    logIns(tour),
  ];
}

/** For whoever would rather go through the front door. @param {Tour} tour */
function logIns({ words, state }) {
  const people = state.world?.operators || [];
  const link = h("a", { href: "/dashboard", target: "_blank", key: "dashboard" }, words("log_ins_dashboard"));
  return h(
    "details",
    { class: "log-ins", key: "log-ins" },
    h("summary", {}, words("log_ins")),
    h("p", { class: "small muted" }, ...words.pieces("log_ins_about", { link })),
    h(
      "dl",
      { class: "small" },
      ...people.map(({ id, name, email, password, groups }) =>
        h("div", { key: id }, h("dt", {}, name, " ", h("span", { class: "muted" }, groups.join(", "))), h("dd", {}, h("code", {}, email), " ", h("code", {}, password))),
      ),
    ),
  );
}

/** What a screen reader hears of the story. @param {Tour} tour */
function toldNow(tour) {
  const { words, state } = tour;
  if (!state.story) return "";
  const step = currentStep(state);
  return step ? words(step.id, namesOf(tour)) : words("story_done");
}

/** @param {Tour} tour @param {Story} story @param {number} number */
function storyItem(tour, story, number) {
  const { words, state, acts } = tour;
  const isOpen = state.story?.id === story.id;
  const isSeen = state.finished.includes(story.id);
  const isFirst = !state.story && number === 1;
  const begin = words(isSeen ? "begin_again" : "begin");
  const names = namesOf(tour);
  return h(
    "li",
    { class: `story ${isOpen ? "open" : ""} ${isSeen ? "seen" : ""}`, key: story.id },
    h("span", { class: "number", "aria-hidden": "true" }, isSeen ? icon("check") : number),
    h(
      "div",
      { class: "grow" },
      h(
        "div",
        { class: "title-line" },
        h("h3", {}, h("span", { class: "visually-hidden" }, `${number}. `), words(`${story.id}_title`, names)),
        !isOpen && !isFirst && h("button", { type: "button", class: "quiet", "aria-label": `${begin}: ${words(`${story.id}_title`, names)}`, on: { click: () => acts.begin(story.id) } }, begin),
      ),
      isOpen || !state.story ? h("p", { class: "about" }, words(`${story.id}_about`, names)) : null,
      isOpen && opened(tour, story),
      isFirst &&
        h(
          "div",
          { class: "row", key: "first" },
          h("button", { type: "button", class: "primary", on: { click: () => acts.begin(story.id) } }, begin),
          h("button", { type: "button", class: "quiet", on: { click: () => acts.begin(story.id, { isPlaying: true }) } }, icon("right"), words("play")),
        ),
    ),
  );
}

/** @param {Tour} tour @param {Story} story */
function opened(tour, story) {
  const { state, words } = tour;
  const done = state.story?.done || 0;
  if (!state.story?.isSet) return h("p", { class: "muted", role: "status" }, words("setting_up"));
  return [
    h("ol", { class: "steps", key: "steps", made: (/** @type {HTMLElement} */ element) => bringIntoView(element.closest("li") || element, "start") }, ...story.steps.map((step, at) => stepItem(tour, step, at < done ? "done" : at === done ? "now" : "later"))),
    done < story.steps.length && isAstray(story, state) && h("p", { class: "notice small", role: "status", key: "astray" }, words("astray")),
    done === story.steps.length ? ending(tour, story) : foot(tour, story),
  ];
}

/** @param {Tour} tour @param {import("./stories.js").Step} step @param {"done" | "now" | "later"} when */
function stepItem(tour, step, when) {
  const { words, acts, state } = tour;
  const names = namesOf(tour);
  const how = words.knows(`${step.id}_how`) ? words("by_hand", { how: words(`${step.id}_how`, names) }) : "";
  return h(
    "li",
    { class: when, key: step.id, "aria-current": when === "now" ? "step" : null },
    h("span", { class: "tick", role: "img", "aria-label": words(`step_${when}`) }, when === "done" ? icon("check") : null),
    h(
      "div",
      { class: "grow" },
      h("p", {}, words(step.id, names)),
      when === "now" && [
        step.asks && !state.isPlaying && h("button", { type: "button", class: "primary do-it", key: "do", on: { click: acts.doIt } }, words("do_it")),
        how && h("p", { class: "small muted", key: "how" }, how),
        !step.asks && !how && h("p", { class: "small muted", key: "wait" }, words("wait")),
      ],
    ),
  );
}

/** @param {Tour} tour @param {Story} story */
function foot(tour, story) {
  const { words, acts, state } = tour;
  return h(
    "div",
    { class: "row story-foot", key: "foot" },
    h("button", { type: "button", class: "quiet", on: { click: () => acts.begin(story.id) } }, icon("refresh"), words("begin_again")),
    state.isPlaying && stop(tour),
  );
}

/** @param {Tour} tour @param {Story} story */
function ending(tour, story) {
  const { words, acts, state } = tour;
  const names = namesOf(tour);
  const next = storyAfter(story.id);
  return h(
    "div",
    { class: "ending", key: "ending", made: (/** @type {HTMLElement} */ element) => bringIntoView(element, "nearest") },
    h("p", {}, words(`${story.id}_end`, names)),
    next
      ? h("button", { type: "button", class: "primary", key: "next", on: { click: () => acts.begin(next.id) } }, words("next_story", { title: words(`${next.id}_title`, names) }))
      : h("p", { class: "muted", key: "all" }, words("all_seen")),
    state.isPlaying
      ? stop(tour)
      : h("button", { type: "button", class: "quiet", key: "again", on: { click: () => acts.begin(story.id) } }, icon("refresh"), words("begin_again")),
  );
}

/** @param {Tour} tour */
function stop({ words, acts }) {
  return h("button", { type: "button", class: "quiet", key: "stop", on: { click: acts.stopPlaying } }, icon("close"), words("stop_playing"));
}

/** @param {HTMLElement} element @param {ScrollLogicalPosition} block */
function bringIntoView(element, block) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block, behavior: isStill ? "auto" : "smooth" });
}
