// How a conversation is laid out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing, rowsOf } from "/widget/chat/state.js";

/** @typedef {import("/widget/chat/types.js").Row} Row @typedef {import("/widget/chat/types.js").Bubble} Bubble */

const NOW_MS = new Date(2026, 0, 15, 12).getTime();
const at = (/** @type {number} */ hour, day = 15) => new Date(2026, 0, day, hour).toISOString();
const OPEN = { link: /** @type {const} */ ({ state: "open" }) };

/** @param {number} seq @param {"visitor" | "operator" | "system"} kind @param {object} [more] */
const message = (seq, kind, more = {}) => ({ seq, at: at(10), author: { kind, name: kind === "operator" ? "Jana" : null }, text: `text ${seq}`, ...more });

/** @param {Partial<import("/widget/chat/types.js").State>} fields */
const rows = (fields) => rowsOf({ ...nothing, ...OPEN, ...fields }, NOW_MS);
/** @param {Row[]} all */
const bubbles = (all) => /** @type {Bubble[]} */ (all.filter(({ kind }) => kind === "bubble"));

test("a run says once whose it is, and once when", () => {
  const found = bubbles(rows({ messages: [message(1, "operator"), message(2, "operator"), message(3, "visitor"), message(4, "operator", { author: { kind: "operator", name: "Petr" } })] }));
  assert.deepEqual(found.map(({ name }) => name), ["Jana", undefined, undefined, "Petr"]);
  assert.deepEqual(found.map(({ isLast }) => isLast), [false, true, true, true]);
});

test("two operators are two runs", () => {
  const found = bubbles(rows({ messages: [message(1, "operator"), message(2, "operator", { author: { kind: "operator", name: "Petr" } })] }));
  assert.deepEqual(found.map(({ name, isLast }) => [name, isLast]), [["Jana", true], ["Petr", true]]);
});

test("marks tell what became of one's own, and stand where they change", () => {
  const waiting = [{ client_id: "c4", text: "four" }, { client_id: "c5", text: "five", failed: "conflict" }, { client_id: "c6", text: "six" }];
  const all = { messages: [message(1, "visitor"), message(2, "visitor"), message(3, "visitor")], waiting, readSeq: 2 };
  assert.deepEqual(bubbles(rows(all)).map(({ mark, isLast }) => [mark, isLast]),
    [["read", false], ["read", true], ["sent", true], ["sending", true], ["failed", true], ["sending", true]]);
  const down = bubbles(rows({ ...all, link: { state: "waiting", until: 0, code: 1006 } }));
  assert.deepEqual(down.slice(3).map(({ mark }) => mark), ["waits", "failed", "waits"]);
});

test("a message keeps its key from the first keystroke to the end", () => {
  const [sending] = bubbles(rows({ waiting: [{ client_id: "c1", text: "one" }] }));
  const [stored] = bubbles(rows({ messages: [message(1, "visitor", { client_id: "c1" })] }));
  assert.equal(sending.key, stored.key);
  const operators = bubbles(rows({ messages: [message(1, "visitor", { client_id: "c1" }), message(2, "operator", { client_id: "c1" })] }));
  assert.notEqual(operators[0].key, operators[1].key, "another's client_id names nothing here");
});

test("another day has its line, today has none unless something is older", () => {
  assert.deepEqual(rows({ messages: [message(1, "visitor")] }).map(({ kind }) => kind), ["bubble"]);
  const all = rows({ messages: [message(1, "visitor", { at: at(9, 13) }), message(2, "operator", { at: at(11, 13) }), message(3, "visitor", { at: at(9) })] });
  assert.deepEqual(all.map(({ kind }) => kind), ["day", "bubble", "bubble", "day", "bubble"]);
  assert.equal(new Set(all.map(({ key }) => key)).size, all.length, "no key stands twice");
});

test("who came and went is a note between", () => {
  const all = rows({ messages: [message(1, "visitor"), message(2, "system", { event: { code: "joined", name: "Jana" } }), message(3, "visitor")] });
  assert.deepEqual(all.map(({ kind }) => kind), ["bubble", "note", "bubble"]);
  assert.deepEqual(bubbles(all).map(({ isLast }) => isLast), [true, true], "a note ends a run");
});
