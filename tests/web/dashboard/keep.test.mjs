// What a browser remembers, also where its storage is full or forbidden.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Keep } from "/dashboard/keep.js";

/** A storage with room for so many characters. @param {number} room */
function storage(room) {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const is = {
    room,
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem(/** @type {string} */ name, /** @type {string} */ value) {
      if (value.length > is.room) throw new Error("it is full");
      kept.set(name, value);
    },
    removeItem: (/** @type {string} */ name) => kept.delete(name),
  };
  return is;
}

/** @param {any} is */
const browserWith = (is) => Object.defineProperty(globalThis, "localStorage", { configurable: true, get: () => is ?? assert.fail("it is forbidden") });
afterEach(() => delete (/** @type {any} */ (globalThis).localStorage));

test("what is kept is there for the next page, and for nobody else", () => {
  browserWith(storage(1_000));
  new Keep("jana").drafts = { a: "Dear Eva" };
  assert.deepEqual([new Keep("jana").drafts, new Keep("petr").drafts], [{ a: "Dear Eva" }, {}]);
});

test("where storage is full the newest lasts as long as the page, not what it once took", () => {
  const is = storage(30);
  browserWith(is);
  const keep = new Keep("jana");
  keep.drafts = { a: "short" };
  keep.drafts = { a: "much longer than there is room for" };
  assert.deepEqual(keep.drafts, { a: "much longer than there is room for" });
  is.room = 1_000;
  keep.drafts = { a: "again" };
  assert.deepEqual([keep.drafts, new Keep("jana").drafts], [{ a: "again" }, { a: "again" }]);
});

test("where storage is forbidden everything lasts as long as the page, and is forgotten at a log-out", () => {
  browserWith(null);
  const keep = new Keep("jana");
  keep.unsent = { a: [{ client_id: "1", text: "Hello" }] };
  keep.preferences = { sound: false };
  assert.equal(keep.unsent.a.length, 1);
  keep.forget();
  assert.deepEqual([keep.unsent, keep.preferences], [{}, { sound: false }]);
});
