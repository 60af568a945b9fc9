// Why somebody did, or did not, get an email: the clocks and decisions of a conversation in the server's sentences.
import { h } from "/shared/view.js";

/**
 * @typedef {{ words: import("/shared/words.js").Words, times: import("/shared/format.js").Formats }} Speech
 */

/**
 * The newest first.
 *
 * @param {import("/shared/wire.js").Explanation} explanation
 * @param {{ id: string, name: string }[]} people
 * @param {Speech} speech
 */
export function whyList({ timers, decisions }, people, speech) {
  const told = [
    ...decisions.map((decision) => ({ at: decision.at, item: decisionItem(decision, people, speech) })),
    ...timers.map((timer) => ({ at: timer.ended_at || timer.started_at, item: timerItem(timer, speech) })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (!told.length) return h("p", { class: "muted" }, speech.words("why_none"));
  return h("ul", { class: "why-list" }, ...told.map(({ item }) => item));
}

/** @param {import("/shared/wire.js").Decision} decision @param {{ id: string, name: string }[]} people @param {Speech} speech */
function decisionItem({ at, operator, code, text, rule }, people, { words, times }) {
  const name = people.find(({ id }) => id === operator)?.name || words(operator ? "somebody" : "nobody");
  return h(
    "li",
    { class: code === "emailed" ? "mailed" : "spared" },
    h("strong", {}, name),
    h("span", {}, text),
    h("span", { class: "small muted", title: times.exact(at) }, `${times.clock(at)} · ${words("rule", { rule })}`),
  );
}

/** @param {import("/shared/wire.js").TimerRecord} timer @param {Speech} speech */
function timerItem({ kind, state, started_at, ended_at, reason }, { words, times }) {
  const time = times.clock(ended_at || started_at);
  const text = words(`timer_${state}`, { time, kind: words(`kind_${kind}`), reason: reason?.text || "" });
  return h("li", { class: "clock muted" }, h("span", {}, text));
}
