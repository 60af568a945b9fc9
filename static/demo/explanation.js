// Why somebody did, or did not, get an email: the decisions of a conversation in sentences, the newest first.
import { clock, el } from "/shared/dom.js";

const ENDS = { running: "is running", cancelled: "was cancelled", fired: "ran out" };

/**
 * @param {{ timers: object[], decisions: object[] }} explanation of `GET /api/v1/conversations/{id}/notifications`
 * @param {Record<string, { name: string }>} operators by id
 * @returns {HTMLElement}
 */
export function decisions({ timers, decisions: all }, operators) {
  const told = [
    ...all.map((decision) => ({ at: decision.at, item: decisionItem(decision, operators) })),
    ...timers.map((timer) => ({ at: timer.ended_at || timer.started_at, item: timerItem(timer) })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (!told.length) return el("p", { class: "muted" }, "Nothing was decided yet. A message that nobody answers starts a timer, and it is told here.");
  return el("ul", { class: "decisions" }, ...told.map(({ item }) => item));
}

function decisionItem(decision, operators) {
  const who = operators[decision.operator]?.name || (decision.operator ? "Somebody" : "Nobody");
  return el(
    "li",
    {},
    el("strong", {}, `${who}: `),
    decision.text,
    el("span", { class: "small muted" }, ` ${clock(decision.at)} · rule ${decision.rule}`),
  );
}

function timerItem(timer) {
  const kind = timer.kind === "missed" ? "missed" : "offline";
  const because = timer.reason?.text ? `: ${timer.reason.text}` : "";
  return el(
    "li",
    { class: "muted" },
    `The ${kind} timer of ${clock(timer.started_at)} ${ENDS[timer.state] || timer.state}${because}`,
  );
}
