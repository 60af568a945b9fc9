// The heart of it: the clock that runs, and for each person what will become of them, or what has, in the server's sentences.
import { h, icon } from "/shared/view.js";

/** @typedef {import("./acts.js").Tour} Tour */

/** So long an offline message waits elsewhere, where nobody sets it otherwise. */
const REAL_S = 120;
/** How long the ring is, in its own units. */
const RING = 100;

/** @param {Tour} tour */
export function people(tour) {
  return h("ul", { class: "people", key: "people", "aria-label": tour.words("people") }, ...tour.state.operators.map((person) => personItem(tour, person)));
}

/** @param {Tour} tour */
export function theClock(tour) {
  const { state, words } = tour;
  const timer = state.talk?.timer;
  const running = timer && new Date(timer.due_at).getTime() > tour.nowMs() ? timer : null;
  return h(
    "section",
    { class: "the-clock", key: "clock", "aria-label": words("clock_label") },
    running ? ring(tour, running) : h("span", { class: "ring idle", "aria-hidden": "true", key: "idle" }, icon("timer")),
    h("div", { class: "grow", key: "told" }, ...(running ? runs(tour, running) : rests(tour))),
  );
}

/** @param {Tour} tour @param {import("/shared/wire.js").Timer} timer */
function ring(tour, timer) {
  const { leftMs, share } = leftOf(tour, timer);
  const attributes = { cx: "20", cy: "20", r: "17", pathLength: String(RING) };
  return h(
    "span",
    { class: "ring", key: "ring" },
    h(
      "svg",
      { viewBox: "0 0 40 40", "aria-hidden": "true" },
      h("circle", { ...attributes, class: "track", key: "track" }),
      h("circle", { ...attributes, class: "left", key: "left", style: { "stroke-dashoffset": String(Math.round(RING * (1 - share))) } }),
    ),
    h("span", { class: "countdown" }, String(Math.ceil(leftMs / 1000))),
  );
}

/** @param {Tour} tour @param {import("/shared/wire.js").Timer} timer */
function leftOf(tour, timer) {
  const [start, due] = [Date.parse(timer.started_at), Date.parse(timer.due_at)];
  const leftMs = Math.max(0, due - tour.nowMs());
  return { leftMs, share: Math.min(1, leftMs / Math.max(1, due - start)) };
}

/** @param {Tour} tour @param {import("/shared/wire.js").Timer} timer */
function runs(tour, timer) {
  const { words, times, state } = tour;
  const names = timer.recipients.map((id) => state.operators.find((one) => one.id === id)?.name || words("somebody"));
  const to = names.length ? words("clock_to", { count: names.length, names: words.list(names) }) : words("clock_to_nobody");
  const leftS = Math.ceil(leftOf(tour, timer).share * REAL_S);
  const time = times.until(leftS * 1000, 0);
  return [
    h("p", { class: "clock-title", key: "title" }, to),
    h("p", { class: "small muted", key: "unless" }, words(`clock_unless_${timer.kind}`)),
    h("p", { class: "small muted countdown", key: "real" }, words("clock_real", { time, whole: times.until(REAL_S * 1000, 0) })),
  ];
}

/** @param {Tour} tour */
function rests({ state, words }) {
  const last = state.explanation.timers.at(-1);
  const told = (/** @type {string} */ title, /** @type {string} */ about) => [h("p", { class: "clock-title", key: "title" }, title), about && h("p", { class: "small muted", key: "about" }, about)];
  const answering = state.talk?.operators || [];
  if (last?.state === "fired") {
    const count = state.explanation.decisions.filter(({ code }) => code === "emailed").length;
    return told(words("clock_fired"), words("clock_fired_about", { count }));
  }
  if (last?.state === "cancelled") return told(words("clock_cancelled"), last.reason?.text || "");
  if (answering.length) return told(words("answered"), words("answered_about", { names: words.list(answering.map(({ name }) => name)) }));
  const wasOnline = state.explanation.decisions.some(({ code }) => code === "box_was_online");
  return told(words("clock_none"), words(wasOnline ? "clock_none_online" : "clock_none_about"));
}

/** @param {Tour} tour @param {import("./state.js").State["operators"][number]} person */
function personItem(tour, person) {
  const { words } = tour;
  const { id, name, status, devices } = person;
  const device = devices.find(({ state }) => state === status) || devices.find(({ state }) => state === "reconnecting");
  const isLingering = device?.state === "reconnecting";
  return h(
    "li",
    { class: "person", key: id },
    h(
      "p",
      { class: "who" },
      h("strong", {}, name),
      h("span", { class: `status small ${isLingering ? "reconnecting" : status}` }, words(isLingering ? "reconnecting" : status), device && status !== "offline" ? ` ${words("on_device", { device: device.name || "?" })}` : ""),
    ),
    fate(tour, person),
  );
}

/** What becomes of them. @param {Tour} tour @param {import("./state.js").State["operators"][number]} person */
function fate(tour, { id }) {
  const { state, words } = tour;
  const timer = state.talk?.timer;
  const decision = state.explanation.decisions.filter(({ operator }) => operator === id).reduce((newest, one) => (newest && newest.at > one.at ? newest : one), /** @type {import("/shared/wire.js").Decision | null} */ (null));
  if (timer?.recipients.includes(id)) {
    const time = words("seconds", { count: Math.ceil(leftOf(tour, timer).leftMs / 1000) });
    return h("p", { class: "fate waits", key: "fate" }, icon("timer"), h("span", {}, words("gets_one", { time })));
  }
  if (timer) return h("p", { class: "fate", key: "fate" }, icon("close"), h("span", {}, words("gets_none")));
  if (!decision) return h("p", { class: "fate muted", key: "fate" }, words("undecided"));
  const isMailed = decision.code === "emailed";
  return h(
    "p",
    { class: `fate ${isMailed ? "mailed" : "spared"}`, key: "fate" },
    icon(isMailed ? "mail-done" : "close"),
    h("span", {}, h("span", { class: "visually-hidden" }, `${words(isMailed ? "mailed" : "spared")}: `), decision.text, " ", h("span", { class: "small muted nowrap" }, words("rule", { rule: decision.rule }))),
  );
}
