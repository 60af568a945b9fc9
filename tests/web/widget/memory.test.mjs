// What stays in the visitor's browser, of one tab and of two.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory, nobody, unsentId } from "/widget/chat/around.js";

const pageStore = () => nobody().store;

test("each widget has its own, and an empty value is forgotten", () => {
  const store = pageStore();
  const [one, other] = [new Memory("one", store), new Memory("other", store)];
  one.set("visitor", "token");
  assert.deepEqual([one.get("visitor"), other.get("visitor")], ["token", ""]);
  one.set("visitor", "");
  assert.deepEqual([one.get("visitor"), store.names()], ["", []]);
});

test("what was not sent is found again in its order, with what became of it", () => {
  const store = pageStore();
  const memory = new Memory("key", store);
  const first = { client_id: "z", text: "first" };
  const second = { client_id: "a", text: "second", failed: "conflict" };
  store.set("doorbell/key/unsent/z", JSON.stringify({ text: "first", at_ms: 1 }));
  memory.keep([first], [first, second]);
  assert.deepEqual(memory.unsent().map(({ client_id, text, failed }) => [client_id, text, failed]), [["z", "first", undefined], ["a", "second", "conflict"]]);
  memory.keep([first, second], [second]);
  assert.deepEqual(memory.unsent().map(({ client_id }) => client_id), ["a"]);
});

test("a message that is tried again keeps its place", () => {
  const store = pageStore();
  const memory = new Memory("key", store);
  const failed = { client_id: "a", text: "first", failed: "conflict" };
  store.set("doorbell/key/unsent/a", JSON.stringify({ text: "first", failed: "conflict", at_ms: 1 }));
  store.set("doorbell/key/unsent/b", JSON.stringify({ text: "second", at_ms: 2 }));
  memory.keep([failed], [{ client_id: "a", text: "first" }]);
  assert.deepEqual(memory.unsent().map(({ text, failed: code }) => [text, code]), [["first", undefined], ["second", undefined]]);
});

test("tabs keep what they wrote beside one another's", () => {
  const store = pageStore();
  const [one, other] = [new Memory("key", store), new Memory("key", store)];
  one.keep([], [{ client_id: "a", text: "of one" }]);
  other.keep([], [{ client_id: "b", text: "of the other" }]);
  assert.deepEqual(one.unsent().map(({ text }) => text).sort(), ["of one", "of the other"]);
});

test("what others left in the store, and a full one, break nothing", () => {
  const store = pageStore();
  const memory = new Memory("key", store);
  store.set("doorbell/key/unsent/a", "{not json");
  store.set("doorbell/key/unsent/b", "null");
  store.set("doorbell/keys/unsent/c", JSON.stringify({ text: "of another widget", at_ms: 1 }));
  assert.deepEqual(memory.unsent(), []);
  const full = { ...store, set() { throw new DOMException("full", "QuotaExceededError"); } };
  new Memory("key", full).set("draft", "a long story");
});

test("names of what is unsent are told from others", () => {
  assert.deepEqual(["unsent/abc", "draft", "unsent/"].map(unsentId), ["abc", "", ""]);
});
