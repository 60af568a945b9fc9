// "Why didn't I get an email?": the answer first, then the checks with what mends them, then the recent conversations.
import { h } from "/shared/view.js";
import { checksOf, decisionsOf } from "../acts/why.js";
import { visitorName } from "../names.js";
import { isAdmin } from "../state/live.js";
import { personName } from "./me-standing.js";
import { fetched, time } from "./pieces.js";
import { answerOf } from "./why-answer.js";
import { checkList } from "./why-checks.js";
import { decisionList } from "./why-decisions.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("./why-answer.js").Check} Check */
/** About whom the page is. @typedef {{ id: string, name: string, isMe: boolean }} Whom */

/** @param {Desk} desk */
export function why(desk) {
  const { words, state, acts } = desk;
  const whom = whomOf(desk);
  return h(
    "div",
    { class: "why", key: whom.id },
    h("h1", {}, whom.isMe ? words("why_page") : words("why_page_of", { name: whom.name })),
    isAdmin(state) && chooser(desk, whom),
    h("section", { class: "why-answer", "aria-label": words("why_answer"), key: "answer" }, fetched(desk, state.resources[checksOf(whom.id)], acts.loadWhy, ({ items }) => answer(desk, whom, items))),
    h(
      "section",
      { "aria-labelledby": "why-checks", key: "checks" },
      h("h2", { id: "why-checks" }, words("why_checks")),
      fetched(desk, state.resources[checksOf(whom.id)], acts.loadWhy, ({ items }) => checkList(desk, whom, items)),
    ),
    h(
      "section",
      { "aria-labelledby": "why-recent", key: "recent" },
      h("h2", { id: "why-recent" }, words("why_recent")),
      fetched(desk, state.resources[decisionsOf(whom.id)], acts.loadWhy, (data) => decisionList(desk, whom, data)),
    ),
  );
}

/** @param {Desk} desk @returns {Whom} */
function whomOf({ state, words }) {
  const id = state.route.operator || state.me?.id || "";
  return { id, name: state.operators[id]?.name || words("somebody"), isMe: id === state.me?.id };
}

/** @param {Desk} desk @param {Whom} whom */
function chooser(desk, { id }) {
  const { words, state } = desk;
  const others = Object.values(state.operators).sort((a, b) => a.name.localeCompare(b.name));
  const change = (/** @type {any} */ event) => desk.go({ page: "why", operator: event.target.value === state.me?.id ? null : event.target.value });
  return h(
    "div",
    { class: "field why-whom", key: "whom" },
    h("label", { for: "why-whom" }, words("why_whom")),
    h(
      "select",
      { id: "why-whom", value: id, on: { change } },
      ...others.map((one) => h("option", { value: one.id, key: one.id }, personName(desk, one))),
    ),
  );
}

/** @param {Desk} desk @param {Whom} whom @param {readonly Check[]} checks */
function answer(desk, { id, name, isMe }, checks) {
  const { words, state } = desk;
  const { gets, now } = answerOf(checks);
  const newest = state.resources[decisionsOf(id)]?.data?.items[0];
  return [
    h("p", { class: "why-headline" }, isMe ? words(`why_gets_${gets}`) : words(`why_gets_${gets}_of`, { name })),
    gets !== "none" && now > 0 && h("p", {}, words("why_now", { count: now })),
    newest &&
      h(
        "p",
        {},
        words.pieces("why_newest", { visitor: h("bdi", {}, visitorName(words, newest.visitor)), time: time(desk, newest.at, "moment") }),
        " ",
        h("strong", {}, newest.text),
      ),
  ];
}
