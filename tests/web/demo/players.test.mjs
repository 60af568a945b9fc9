// The players: the phone, the mailbox, the visitor, and how they hear the tour.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing as noMail, reduce as mailStep, selectedLetter, sorted } from "/demo/mailbox/state.js";
import { deeds, ground, nothing as noPhone, reduce as phoneStep, talks } from "/demo/phone/state.js";
import { addressOf, isCue, tourOf } from "/demo/stage.js";
import { nothing as noVisitor, reduce as visitorStep, widgetsOwn } from "/demo/visitor/state.js";

const conversation = (/** @type {string} */ id, /** @type {object} */ more = {}) => ({ id, status: "unserved", at: "2026-11-27T10:00:00.000Z", last_message: { text: "Hello" }, visitor: { name: null }, timer: null, ...more });

test("the phone's list has what is open, the newest activity first", () => {
  const welcome = { type: "welcome", conversations: [conversation("a"), conversation("b", { at: "2026-11-27T10:00:09.000Z" }), conversation("c", { status: "closed" }), conversation("d", { last_message: null })] };
  let state = phoneStep(noPhone, welcome);
  assert.deepEqual(talks(state).map(({ id }) => id), ["b", "a"]);
  state = phoneStep(state, { type: "conversation", id: "a", at: "2026-11-27T10:01:00.000Z" });
  assert.deepEqual(talks(state).map(({ id }) => id), ["a", "b"]);
  assert.equal("type" in state.conversations.a, false);
});

test("a timer ends on the phone, but not one of another kind", () => {
  let state = phoneStep(noPhone, { type: "conversation", ...conversation("a") });
  state = phoneStep(state, { type: "timer", conversation: "a", kind: "offline", state: "running", due_at: "soon" });
  assert.equal(state.conversations.a.timer?.due_at, "soon");
  assert(phoneStep(state, { type: "timer", conversation: "a", kind: "missed", state: "cancelled" }).conversations.a.timer);
  assert.equal(phoneStep(state, { type: "timer", conversation: "a", kind: "offline", state: "fired" }).conversations.a.timer, null);
  assert.equal(phoneStep(state, { type: "timer", conversation: "x", kind: "offline", state: "fired" }), state);
});

test("an app that is swiped away forgets what it showed; in the pocket it does not", () => {
  const open = [{ type: "app", app: "open" }, { type: "conversation", ...conversation("a") }, { type: "talk/opened", conversation: "a" }, { type: "draft", text: "Well" }].reduce(phoneStep, noPhone);
  const pocket = phoneStep(open, { type: "app", app: "pocket" });
  assert.deepEqual([pocket.talk, pocket.draft], ["a", "Well"]);
  const closed = phoneStep(open, { type: "app", app: "closed" });
  assert.deepEqual([closed.talk, closed.draft, closed.screen, talks(closed)], [null, "", "talks", []]);
});

test("messages of a conversation that is left do not show up in the next one", () => {
  const state = phoneStep(noPhone, { type: "talk/opened", conversation: "b" });
  assert.equal(phoneStep(state, { type: "thread", conversation: "a", messages: [{}], waiting: [] }), state);
  assert.equal(phoneStep(state, { type: "thread", conversation: "b", messages: [{}], waiting: [] }).thread.messages.length, 1);
});

test("what can be done with the phone depends on how it is", () => {
  assert.deepEqual(deeds("closed"), ["open"]);
  assert.deepEqual(deeds("open"), ["pocket", "cut", "swipe"]);
  assert.deepEqual(deeds("pocket"), ["open", "swipe"]);
  assert.deepEqual(deeds("cut"), ["signal", "swipe"]);
});

test("why the server thinks so: a socket, a lease, a connection that broke, or nothing any more", () => {
  const now = Date.parse("2026-11-27T10:00:00.000Z");
  const device = (/** @type {object} */ more) => /** @type {any} */ ({ id: "d", state: "online", ...more });
  assert.equal(ground(null, now), "none");
  assert.equal(ground(device({}), now), "socket");
  assert.equal(ground(device({ until: "2026-11-27T10:05:00.000Z" }), now), "lease");
  assert.equal(ground(device({ until: "2026-11-27T09:59:00.000Z" }), now), "socket");
  assert.equal(ground(device({ state: "reconnecting" }), now), "lingers");
  assert.equal(ground(device({ state: "offline" }), now), "stale");
});

const letter = (/** @type {number} */ id) => ({ id, to: "x", subject: "s" });

test("letters that come while one looks are new until they are opened; those of the first look are not", () => {
  let state = mailStep(noMail, { type: "letters", items: [letter(2), letter(1)] });
  assert.deepEqual(state.arrived, []);
  state = mailStep(state, { type: "letters", items: [letter(4), letter(3), letter(2), letter(1)] });
  assert.deepEqual(state.arrived, [4, 3]);
  assert.deepEqual(mailStep(state, { type: "letters", items: state.letters }).arrived, [4, 3], "they come once");
  state = mailStep(state, { type: "selected", id: 3 });
  assert.deepEqual([state.arrived, selectedLetter(state)?.id], [[4], 3]);
});

test("a story begins with an empty mailbox: what was there is earlier", () => {
  let state = mailStep(noMail, { type: "letters", items: [letter(2), letter(1)] });
  state = mailStep(mailStep(state, { type: "begin" }), { type: "letters", items: [letter(3), letter(2), letter(1)] });
  const { now, earlier } = sorted(state);
  assert.deepEqual([now.map(({ id }) => id), earlier.map(({ id }) => id)], [[3], [2, 1]]);
});

test("the visitor's page is of a group that there is, or of none", () => {
  const world = { groups: [{ id: "g1", name: "Sales" }] };
  const state = visitorStep({ ...noVisitor, group: "gone" }, { type: "world", world });
  assert.equal(state.group, "");
  assert.equal(visitorStep(state, { type: "group", group: "g1" }).group, "g1");
  assert.equal(visitorStep(state, { type: "group", group: "<b>" }).group, "");
});

test("each visit is a page of its own, and somebody else keeps the page's group unless told", () => {
  const state = { ...noVisitor, world: /** @type {any} */ ({ groups: [{ id: "g1" }] }), group: "g1" };
  const left = visitorStep(state, { type: "left" });
  assert.equal(left.place, "gone");
  const back = visitorStep(left, { type: "came" });
  assert.deepEqual([back.place, back.visit], ["shop", state.visit + 1]);
  assert.equal(visitorStep(state, { type: "forgotten", group: undefined }).group, "g1");
  assert.equal(visitorStep(state, { type: "forgotten", group: "" }).group, "");
});

test("of what the browser keeps only the widget's own, for this key, is forgotten", () => {
  assert.deepEqual(widgetsOwn(["doorbell/KEY/visitor", "doorbell/OTHER/visitor", "doorbell-demo-language", "cart-KEY"], "KEY"), ["doorbell/KEY/visitor"]);
});

test("only what has the shape of a cue is heard, and only a tour's own name is one", () => {
  assert(isCue({ to: "shop", from: "tour", act: "leave" }));
  for (const no of [null, "leave", {}, { to: "shop", from: "tour" }, { to: 1, from: "tour", act: "leave" }]) assert.equal(isCue(no), false);
  assert.equal(tourOf("?tour=a1-b2&x=1"), "a1-b2");
  for (const no of ["", "?tour=", "?tour=<script>", `?tour=${"a".repeat(65)}`]) assert.equal(tourOf(no), "");
  assert.equal(addressOf("/demo/phone.html", ""), "/demo/phone.html");
  assert.equal(addressOf("/demo/desk.html", "t1", { operator: "o" }), "/demo/desk.html?tour=t1&operator=o");
});
