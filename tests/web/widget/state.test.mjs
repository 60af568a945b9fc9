// What the widget's chat knows, step by step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asksWhere, hasEnded, nothing, reduce, statusOf, toRead, unreadLen } from "/widget/chat/state.js";

/** @typedef {import("/widget/chat/types.js").State} State @typedef {import("/widget/chat/types.js").Event} Event */

const OPEN = /** @type {const} */ ({ state: "open" });
const WAITING = /** @type {const} */ ({ state: "waiting", until: 0, code: 1006 });

/** @param {...Event} events */
const after = (...events) => events.reduce(reduce, nothing);

/** @param {"online" | "offline"} status @param {object} [more] @returns {Event} */
const welcome = (status, more = {}) => ({ type: "welcome", account: { name: "Toys and Tea" }, chat: { status }, visitor: { name: null, email: null }, conversation: null, ...more });

/** @param {...[seq: number, kind: "visitor" | "operator" | "system"]} said @returns {Event} */
const said = (...said) => ({
  type: "thread",
  messages: said.map(([seq, kind]) => ({ seq, at: "2026-01-05T10:00:00.000Z", author: { kind, name: kind === "operator" ? "Jana" : null }, text: `${seq}` })),
  waiting: [],
  hasOlder: false,
});

/** @param {Partial<State>} fields @returns {Event} */
const set = (fields) => ({ type: "set", fields });

test("the box is what the server says, and unknown while there is no connection", () => {
  assert.equal(statusOf(nothing), "unknown");
  const online = after(welcome("online"), { type: "link", link: OPEN });
  assert.equal(statusOf(online), "online");
  assert.equal(statusOf(reduce(online, { type: "chat", status: "offline" })), "offline");
  assert.equal(statusOf(reduce(online, { type: "link", link: WAITING })), "unknown");
  assert.equal(reduce(online, { type: "chat", status: "online", stale: true }).box?.stale, true);
});

test("the line about a broken connection stays until it is back, also while it is tried again", () => {
  const first = after({ type: "link", link: { state: "connecting" } });
  assert.equal(first.isBroken, false, "at first nothing is broken yet");
  const lost = reduce(first, { type: "link", link: WAITING });
  assert.equal(lost.isBroken, true);
  assert.equal(reduce(lost, { type: "link", link: { state: "connecting" } }).isBroken, true);
  assert.equal(reduce(lost, { type: "link", link: OPEN }).isBroken, false);
});

test("a chat ends by the server's word, not when its page is left", () => {
  assert.equal(hasEnded(after({ type: "link", link: { state: "stopped", code: 4004, reason: "" } })), true);
  assert.equal(hasEnded(after({ type: "link", link: { state: "stopped", code: 1000, reason: "" } })), false);
});

test("unread is what operators wrote behind what was seen, once that is known", () => {
  const messages = said([1, "visitor"], [2, "system"], [3, "operator"], [4, "operator"]);
  assert.equal(unreadLen(after(messages)), 0, "before the welcome nobody knows");
  const known = after(messages, welcome("online", { conversation: { read_seq: 1, seen_seq: 3 } }));
  assert.equal(unreadLen(known), 1);
  assert.equal(unreadLen(reduce(known, { type: "seen", seq: 4 })), 0);
  assert.equal(reduce(reduce(known, { type: "seen", seq: 4 }), { type: "seen", seq: 2 }).seenSeq, 4, "nothing becomes unseen");
});

test("a message is read when the panel is open, somebody looks, and it is in view", () => {
  const looked = after({ type: "link", link: OPEN }, said([1, "visitor"], [2, "operator"], [3, "visitor"]), welcome("online"), set({ isOpen: true }));
  assert.equal(toRead(looked), 3);
  for (const fields of [{ isOpen: false }, { isVisible: false }, { isAtEnd: false }, { link: WAITING }]) {
    assert.equal(toRead({ ...looked, ...fields }), 0, JSON.stringify(fields));
  }
  assert.equal(toRead(reduce(looked, { type: "seen", seq: 3 })), 0, "once");
  assert.equal(toRead(reduce(looked, said([1, "visitor"]))), 0, "one's own is no news");
});

test("marks of reading only go forward", () => {
  const read = after(welcome("online", { conversation: { read_seq: 5, seen_seq: 2 } }));
  assert.deepEqual([read.readSeq, read.seenSeq], [5, 2]);
  assert.equal(reduce(read, { type: "read", seq: 3 }).readSeq, 5);
  assert.equal(reduce(read, { type: "read", seq: 7 }).readSeq, 7);
});

test("who types is named until they write, stop, or the connection breaks", () => {
  const two = after({ type: "link", link: OPEN }, { type: "typing", on: true, name: "Jana" }, { type: "typing", on: true, name: "Petr" }, { type: "typing", on: true, name: "Jana" });
  assert.deepEqual(two.typing, ["Petr", "Jana"]);
  assert.deepEqual(reduce(two, { type: "message", author: { kind: "operator", name: "Jana" } }).typing, ["Petr"]);
  assert.deepEqual(reduce(two, { type: "typing", on: false, name: "Petr" }).typing, ["Jana"]);
  assert.deepEqual(reduce(two, { type: "link", link: WAITING }).typing, []);
});

test("where to answer is asked after the first message, while nobody is there, of whom no address is known", () => {
  const offline = after({ type: "link", link: OPEN }, welcome("offline"));
  assert.equal(asksWhere(offline), "", "no form before the first message");
  const wrote = reduce(offline, said([1, "visitor"]));
  assert.equal(asksWhere(wrote), "form");
  assert.equal(asksWhere(reduce(offline, { type: "thread", messages: [], waiting: [{ client_id: "a", text: "Hi" }], hasOlder: false })), "form");
  assert.equal(asksWhere(reduce(wrote, { type: "chat", status: "online" })), "", "somebody is there to ask");
  assert.equal(asksWhere(reduce(wrote, { type: "form", fields: { isPutOff: true } })), "");
  const known = reduce(wrote, { type: "identified", who: { email: "eva@shop.test" } });
  assert.equal(asksWhere(known), "known");
  assert.equal(asksWhere(reduce(known, { type: "form", fields: { isEditing: true } })), "form");
});

test("what stands in the form survives a break, an error goes with the next keystroke, and saving ends it", () => {
  const typed = after(welcome("offline"), { type: "form", fields: { email: "eva@shop" } }, { type: "form", fields: { error: "invalid" } });
  assert.equal(typed.form.error, "invalid");
  assert.equal(reduce(typed, { type: "form", fields: { email: "eva@shop.test" } }).form.error, "");
  assert.equal(reduce(typed, welcome("offline", { visitor: { name: null, email: "old@shop.test" } })).form.email, "eva@shop");
  assert.equal(after(welcome("offline", { visitor: { name: "Eva", email: "old@shop.test" } })).form.email, "old@shop.test");
  const saved = reduce(reduce(typed, { type: "form", fields: { isEditing: true, isSaving: true } }), { type: "identified", who: { email: "eva@shop.test", name: "Eva" } });
  assert.deepEqual([saved.form.isEditing, saved.form.isSaving, saved.visitor?.name, saved.visitor?.email], [false, false, "Eva", "eva@shop.test"]);
});

test("what it does not know changes nothing", () => {
  const state = after(welcome("online"));
  assert.equal(reduce(state, /** @type {any} */ ({ type: "operator_joined", name: "Jana" })), state);
});
