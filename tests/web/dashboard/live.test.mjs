// What the socket tells of conversations, and which of them call somebody.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Calls } from "/dashboard/acts/calls.js";
import { nothing, reduce } from "/dashboard/state/index.js";
import { hasStranger } from "/dashboard/state/live.js";

const NOW_MS = Date.parse("2026-11-27T10:00:00Z");
/** @param {string} id @param {object} [more] @returns {any} */
const conversation = (id, more) => ({ id, status: "unserved", group: null, operators: [], at: "2026-11-27T10:00:01.000Z", visitor: { id: "v", name: null, email: null, online: true, page: null }, timer: null, email: null, unread: 1, read_seq: 0, seen_seq: 0, ...more });
/** @param {any[]} [conversations] */
const welcome = (conversations = []) => ({ type: "welcome", operator: { id: "me" }, account: {}, groups: [], chat: [], operators: [], devices: [], counts: {}, notices: [], conversations });
const TIMER = { kind: "offline", started_at: "", due_at: "2026-11-27T10:02:00.000Z", recipients: ["petr"], cancels: ["open"] };

/** Plays events: the state, and what called. @param {...any} events */
function play(...events) {
  const calls = new Calls();
  /** @type {any} */
  let state = { ...nothing, me: { id: "me" } };
  /** @type {string[]} */
  const called = [];
  for (const event of events) {
    state = reduce(state, event);
    const one = calls.on(event, state, NOW_MS);
    if (one) called.push(one.id);
  }
  return { state, called };
}

const told = (/** @type {any} */ one) => ({ type: "conversation", ...one });

test("a new one calls once", () => {
  assert.deepEqual(play(welcome(), told(conversation("a")), told(conversation("a", { unread: 2 }))).called, ["a"]);
});

test("what was there at a welcome does not call, nor does an old one that the welcome left out", () => {
  const old = conversation("old", { at: "2026-11-27T08:00:00.000Z" });
  assert.deepEqual(play(welcome([conversation("a")]), told(conversation("a", { unread: 2 })), told(old)).called, []);
});

test("one that is unserved again calls again", () => {
  const served = conversation("a", { status: "served", operators: [{ id: "petr", name: "Petr" }] });
  assert.deepEqual(play(welcome([served]), told(served), told(conversation("a"))).called, ["a"]);
  const closed = conversation("b", { status: "closed", at: "2026-11-27T08:00:00.000Z" });
  assert.deepEqual(play(welcome(), { type: "list/loaded", view: "closed", items: [closed], next: null }, told(conversation("b"))).called, ["b"]);
});

test("the one that somebody looks at does not call, and does when nobody looks", () => {
  const open = { type: "route", route: { page: "inbox", view: "unserved", conversation: "a", panel: null } };
  assert.deepEqual(play(welcome(), open, told(conversation("a"))).called, []);
  assert.deepEqual(play(welcome(), open, { type: "looked", isLookedAt: false }, told(conversation("a"))).called, ["a"]);
});

test("one that is only open here, and not one's own, does not call", () => {
  const others = { ...welcome(), operators: [{ id: "me", name: "Jana" }, { id: "petr", name: "Petr" }], groups: [{ id: "service", operators: ["petr"] }, { id: "sales", operators: ["me"] }] };
  assert.deepEqual(play(others, told(conversation("a", { group: "service" })), told(conversation("b", { group: "sales" }))).called, ["b"]);
});

test("an old one of which a list told calls nobody when its visitor leaves", () => {
  const old = conversation("old", { at: "2026-11-27T08:00:00.000Z" });
  assert.deepEqual(play(welcome(), { type: "list/loaded", view: "unserved", items: [old], next: null }, told(old)).called, []);
});

test("somebody new is a stranger until it is told who they are; who is gone is gone", () => {
  const start = { ...welcome(), operators: [{ id: "me", name: "Jana", status: "online" }, { id: "petr", name: "Petr", status: "away" }] };
  const { state } = play(start, { type: "presence", operator: "tomas", status: "online", since: "", appear_offline: false });
  assert.deepEqual([state.operators.tomas.name, hasStranger(state)], ["", true]);
  // The report is older than what the socket told since.
  const report = { operators: [{ id: "me", name: "Jana N.", status: "offline" }, { id: "tomas", name: "Tomáš", status: "offline" }] };
  const { operators } = reduce(state, { type: "resource/loaded", name: "presence", data: report });
  assert.deepEqual(Object.values(operators).map(({ name, status }) => [name, status]), [["Jana N.", "online"], ["Tomáš", "online"]]);
});

test("a timer is shown with those it is about, not by its deadline alone", () => {
  const running = { type: "timer", conversation: "a", kind: "offline", state: "running", due_at: "2026-11-27T10:03:00.000Z" };
  assert.equal(play(welcome([conversation("a")]), running).state.conversations.a.timer, null);
  const { state } = play(welcome([conversation("a", { timer: TIMER })]), running);
  assert.deepEqual(state.conversations.a.timer, { ...TIMER, due_at: running.due_at });
  assert.equal(state.decided.a, 1);
});

test("a timer of one kind that ends leaves the other's", () => {
  const ended = (/** @type {string} */ kind) => ({ type: "timer", conversation: "a", kind, state: "cancelled" });
  assert.deepEqual(play(welcome([conversation("a", { timer: TIMER })]), ended("missed")).state.conversations.a.timer, TIMER);
  assert.equal(play(welcome([conversation("a", { timer: TIMER })]), ended("offline")).state.conversations.a.timer, null);
});

test("a visitor who left writes no more", () => {
  const typing = { type: "typing", conversation: "a", on: true, operator: null, name: null };
  const { state } = play(welcome([conversation("a")]), typing);
  assert.equal(state.typing.a.author, "visitor");
  assert.equal(reduce(state, { type: "visitor", conversation: "a", online: false, page: null }).typing.a, undefined);
});
