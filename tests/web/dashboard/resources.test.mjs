// What pages fetch: it stays while it is asked for again, and grows by pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing, reduce } from "/dashboard/state/index.js";

const list = (/** @type {string[]} */ ...ids) => ({ items: ids.map((id) => ({ id })), next: null });
/** @param {...any} events */
const after = (...events) => events.map((event) => ({ name: "r", ...event })).reduce(reduce, nothing).resources.r;

test("it is loading, then there", () => {
  assert.deepEqual(after({ type: "resource/loading" }), { status: "loading" });
  assert.deepEqual(after({ type: "resource/loading" }, { type: "resource/loaded", data: list("a") }), { status: "ready", data: list("a") });
});

test("what is there stays while it is asked for again, and where that fails", () => {
  const there = { type: "resource/loaded", data: list("a") };
  assert.deepEqual(after(there, { type: "resource/loading" }), { status: "ready", data: list("a"), isMore: true });
  const failed = after(there, { type: "resource/loading" }, { type: "resource/failed", error: "no connection" });
  assert.deepEqual(failed, { status: "failed", data: list("a"), isMore: false, error: "no connection" });
});

test("a try after a failure is loading again", () => {
  assert.deepEqual(after({ type: "resource/failed", error: "no connection" }, { type: "resource/loading" }), { status: "loading" });
});

test("a further page goes behind what is there, with the way to the next one", () => {
  const first = { type: "resource/loaded", data: { ...list("a", "b"), next: "c1" } };
  const more = after(first, { type: "resource/loading" }, { type: "resource/more", data: { ...list("c"), next: "c2" } });
  assert.deepEqual(more, { status: "ready", data: { ...list("a", "b", "c"), next: "c2" } });
});

test("a change needs something that is there", () => {
  const change = (/** @type {any} */ data) => ({ ...data, items: [] });
  assert.equal(after({ type: "resource/changed", change }), undefined);
  assert.deepEqual(after({ type: "resource/loaded", data: list("a") }, { type: "resource/changed", change })?.data, list());
});

test("it can be forgotten", () => {
  assert.equal(after({ type: "resource/loaded", data: list("a") }, { type: "resource/forgotten" }), undefined);
});
