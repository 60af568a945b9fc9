// The tour: what makes each step of the five stories done, which of the players is seen, and what belongs to which story.
import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, currentStep, nothing, reduce, storyAfter } from "/demo/tour/state.js";
import { castOf, isAstray, STORIES, storyOf } from "/demo/tour/stories.js";

const person = (/** @type {string} */ id, /** @type {string} */ group) => ({ id, name: id, email: `${id}@demo.test`, password: "x", groups: [group] });
const world = {
  account: "a",
  widget_key: "key",
  groups: [{ id: "g1", name: "Sales" }, { id: "g2", name: "Service" }],
  operators: [person("jana", "Sales"), person("petr", "Sales"), person("tomas", "Service")],
  delays: { offline_s: 10, missed_s: 10 },
};

const DUE = "2026-11-27T10:00:10.000Z";
const timer = (/** @type {string} */ state, kind = "offline") => ({ kind, started_at: "2026-11-27T10:00:00.000Z", due_at: DUE, state });
const decided = (/** @type {string} */ operator, /** @type {string} */ code) => ({ at: DUE, kind: "offline", operator, code, text: code, rule: "N3", reasons: [], seqs: [1] });
const letter = (/** @type {number} */ id, conversation = "c2") => ({ id, to: "x", subject: "s", at: DUE, conversation, operator: null });
const talk = (/** @type {object} */ more = {}) => ({ id: "c2", status: "unserved", operators: [], visitor: { online: true }, last_message: { author: { kind: "visitor" } }, timer: null, ...more });

/** Steps one after the other, from a tour that has a world and an older conversation. @param {any[]} events */
function play(...events) {
  const before = reduce(reduce(nothing, { type: "world", world }), facts({ conversations: [{ ...talk(), id: "c1" }] }));
  return events.reduce(reduce, before);
}

/** @param {object} [more] */
function facts(more = {}) {
  return { type: "facts", nowMs: Date.parse("2026-11-27T10:00:05.000Z"), operators: everybody("away"), conversations: [{ ...talk(), id: "c1" }], letters: [], ...more };
}

/** @param {string} status */
const everybody = (status) => world.operators.map(({ id, name }) => ({ id, name, status, devices: [] }));
const begun = (/** @type {string} */ story) => [{ type: "story/opened", story }, { type: "story/set" }];
const shopIsReady = { type: "player", player: "shop", act: "ready" };
const wrote = (/** @type {object} */ more = {}) => facts({ conversations: [talk(more), { ...talk(), id: "c1" }] });
const explained = (/** @type {any[]} */ timers, /** @type {any[]} */ decisions = []) => ({ type: "explained", conversation: "c2", explanation: { timers, decisions } });
const doneOf = (/** @type {any} */ state) => storyOf(state.story.id).steps.slice(0, state.story.done).map(({ id }) => id);

test("two sit at desks, the third has a phone, and a group is the first one's without the third", () => {
  const { first, second, third, group } = castOf(world);
  assert.deepEqual([first.id, second.id, third.id, group?.name], ["jana", "petr", "tomas", "Sales"]);
  assert.equal(castOf({ ...world, groups: [] }).group, null);
});

test("a story begins when the stage is set, and not with a click", () => {
  const opened = play({ type: "story/opened", story: "nobody" }, shopIsReady, facts());
  assert.deepEqual(doneOf(opened), []);
  assert.deepEqual(doneOf(reduce(reduce(opened, { type: "story/set" }), facts())), ["set_nobody"]);
});

test("nobody is home only when the shop is ready and nobody is online", () => {
  assert.deepEqual(doneOf(play(...begun("nobody"), facts())), [], "the shop still loads");
  const online = play(...begun("nobody"), shopIsReady, facts({ operators: everybody("online") }));
  assert.deepEqual(doneOf(online), [], "somebody is online");
  assert.deepEqual(doneOf(reduce(online, facts())), ["set_nobody"]);
});

test("what was written before the story is another story", () => {
  const state = play(...begun("nobody"), shopIsReady, facts());
  assert.equal(state.talk, null);
  assert.equal(reduce(state, wrote()).talk?.id, "c2");
});

test("nobody home: the clock runs out, and the story is over when the letters are there", () => {
  let state = play(...begun("nobody"), shopIsReady, facts(), wrote(), explained([timer("running")]));
  assert.deepEqual(doneOf(state), ["set_nobody", "writes", "clock"]);
  state = reduce(state, explained([timer("fired")], ["jana", "petr"].map((id) => decided(id, "emailed"))));
  assert.equal(currentStep(state)?.id, "all_mailed", "it was decided, but nothing came yet");
  state = reduce(state, { ...wrote(), letters: [letter(1), letter(9, "c1")] });
  assert.equal(currentStep(state)?.id, "all_mailed", "one of two came");
  state = reduce(state, { ...wrote(), letters: [letter(1), letter(2)] });
  assert.equal(currentStep(state), null);
  assert.deepEqual(state.finished, ["nobody"]);
});

test("back in time: the clock is stopped, the lease keeps him online, and no letter comes when its time has passed", () => {
  const lease = [...everybody("away").slice(0, 2), { id: "tomas", name: "tomas", status: "online", devices: [{ id: "d", state: "online", until: "2026-11-27T10:05:00.000Z" }] }];
  let state = play(...begun("back"), shopIsReady, facts(), wrote(), explained([timer("running")]));
  assert.equal(currentStep(state)?.id, "back_online");
  state = reduce(state, explained([timer("cancelled")], [decided("tomas", "back_online")]));
  assert.equal(currentStep(state)?.id, "pocket");
  state = reduce(reduce(state, { ...wrote(), operators: lease }), { type: "player", player: "phone", act: "shows", what: "pocket" });
  assert.equal(currentStep(state)?.id, "none_mailed", "its time has not come");
  const later = { ...wrote(), operators: lease, nowMs: Date.parse(DUE) + 1 };
  assert.equal(currentStep(reduce(state, { ...later, letters: [letter(1)] }))?.id, "none_mailed", "a letter came");
  assert.equal(currentStep(reduce(state, later)), null);
});

test("opened on the phone: a reader is spared while the clock still runs", () => {
  const away = everybody("away");
  let state = play(...begun("read"), shopIsReady, facts({ operators: away }));
  assert.deepEqual(doneOf(state), ["set_phone"]);
  state = reduce(state, wrote({ timer: { ...timer("running"), recipients: ["jana", "petr", "tomas"] } }));
  assert.equal(currentStep(state)?.id, "opened");
  state = reduce(state, wrote({ timer: { ...timer("running"), recipients: ["jana", "petr"] } }));
  assert.equal(currentStep(state)?.id, "others_mailed");
  state = reduce(reduce(state, { ...wrote(), letters: [letter(1)] }), explained([timer("fired")], [decided("jana", "emailed"), decided("tomas", "read")]));
  assert.equal(currentStep(state), null);
});

test("the visitor leaves: who was online is mailed, the others were not", () => {
  const online = [{ ...everybody("online")[0] }, ...everybody("away").slice(1)];
  let state = play(...begun("left"), shopIsReady, facts({ operators: online }), { ...wrote(), operators: online });
  assert.equal(currentStep(state)?.id, "leaves");
  state = reduce(state, { ...wrote({ visitor: { online: false } }), operators: online });
  assert.equal(currentStep(state)?.id, "clock_missed");
  state = reduce(state, explained([timer("fired", "missed")], [decided("jana", "emailed"), decided("petr", "was_not_online")]));
  assert.equal(currentStep(state)?.id, "first_mailed");
  assert.equal(currentStep(reduce(state, { ...wrote(), letters: [letter(1)] })), null);
});

test("why none: it is over when the phone says that it shows the reason", () => {
  let state = play(...begun("why"), shopIsReady, facts(), { ...wrote(), letters: [letter(1)] });
  state = reduce(state, explained([timer("fired")], [decided("jana", "emailed"), decided("tomas", "not_in_group")]));
  assert.equal(currentStep(state)?.id, "asks_why");
  assert.equal(currentStep(reduce(state, { type: "player", player: "phone", act: "shows", what: "why" })), null);
});

test("what was explained of another conversation is not of this one", () => {
  const state = play(...begun("nobody"), shopIsReady, facts(), wrote());
  assert.deepEqual(reduce(state, { ...explained([timer("fired")]), conversation: "c1" }).explanation.timers, []);
});

test("a story that takes another way says so", () => {
  const at = (/** @type {any} */ explanation, more = {}) => ({ ...nothing, talk: /** @type {any} */ (talk(more)), explanation });
  const none = { timers: [], decisions: [] };
  assert.equal(isAstray(storyOf("nobody"), at(none)), false);
  assert.equal(isAstray(storyOf("nobody"), at({ timers: [timer("running")], decisions: [] })), false);
  assert.equal(isAstray(storyOf("nobody"), at({ timers: [timer("cancelled")], decisions: [] })), true);
  assert.equal(isAstray(storyOf("back"), at({ timers: [timer("fired")], decisions: [] })), true);
  assert.equal(isAstray(storyOf("left"), at({ timers: [timer("fired")], decisions: [] })), true, "an offline one");
  assert.equal(isAstray(storyOf("left"), at(none, { status: "served" })), true, "somebody answered");
});

test("where something is to be done comes to the front, and where something has come", () => {
  const shown = (/** @type {any} */ state) => columns(state).map((column) => column.shown);
  let state = play(...begun("back"), shopIsReady, facts(), wrote());
  assert.deepEqual(shown(state), ["shop", "first", "phone"]);
  state = reduce(state, { type: "show", tab: "mailbox" });
  assert.deepEqual(shown(state), ["shop", "first", "mailbox"], "somebody looks there");
  state = reduce(state, explained([timer("cancelled")]));
  assert.deepEqual(shown(state), ["shop", "first", "phone"], "the phone goes into the pocket next");
  state = play(...begun("nobody"), shopIsReady, facts(), wrote(), explained([timer("fired")], [decided("jana", "emailed")]));
  assert.deepEqual(shown(state), ["shop", "first", "phone"]);
  const mailed = reduce(state, { ...wrote(), letters: [letter(1)] });
  assert.deepEqual(shown(mailed), ["shop", "first", "mailbox"]);
  assert.deepEqual(shown(reduce(mailed, { type: "story/opened", story: "back" })), ["shop", "first", "phone"], "as at the first look");
});

test("every player has one place, however much room there is", () => {
  for (const layout of ["tabs", "two", "three", "four", "five"]) {
    const tabs = columns(reduce(nothing, { type: "layout", layout })).flatMap((column) => column.tabs);
    assert.deepEqual(tabs.filter((tab) => tab !== "story").sort(), ["first", "mailbox", "phone", "second", "shop"], layout);
  }
});

test("on a phone the story stays where it is read", () => {
  const state = play({ type: "layout", layout: "tabs" }, ...begun("nobody"), shopIsReady, facts(), wrote());
  assert.deepEqual(columns(state).map(({ shown }) => shown), ["story"]);
});

test("a player in a window of its own has no frame, until the window goes", () => {
  let state = play({ type: "player", player: "phone", act: "here", isFrame: false });
  assert.deepEqual(state.away, ["phone"]);
  state = reduce(reduce(state, { type: "player", player: "phone", act: "ready" }), { type: "player", player: "phone", act: "gone", isFrame: true });
  assert.deepEqual([state.away, state.ready], [["phone"], ["phone"]], "the frame goes, the window stays");
  state = reduce(state, { type: "player", player: "phone", act: "gone", isFrame: false });
  assert.deepEqual([state.away, state.ready], [[], []]);
  assert.equal(reduce(state, { type: "player", player: "tour", act: "here", isFrame: false }), state, "nobody else plays");
});

test("without a story it is about the newest conversation that there is", () => {
  assert.equal(play(wrote()).talk?.id, "c2");
});

test("starting over forgets what was played, and the last story has none behind it", () => {
  const over = reduce(play(...begun("nobody"), shopIsReady, facts(), wrote()), { type: "over" });
  assert.deepEqual([over.story, over.talk, over.finished, over.front], [null, null, [], nothing.front]);
  assert.equal(reduce(over, wrote()).talk, null, "what was told of is told no more");
  assert.deepEqual(STORIES.map(({ id }) => storyAfter(id)?.id ?? null), ["back", "read", "left", "why", null]);
});
