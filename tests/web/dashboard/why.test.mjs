// What the checks come down to, and how the list of decisions grows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerOf, checksAbout, withNewest } from "/dashboard/parts/why-answer.js";

/** @param {"offline" | "missed" | null} kind @param {string} code @param {boolean} [ok] @returns {any} */
const check = (kind, code, ok = false) => ({ kind, code, ok, text: code, rule: "D1" });

test("who has everything switched on gets both", () => {
  assert.deepEqual(answerOf([check("offline", "own_switch", true), check(null, "address", true)]), { gets: "both", now: 0 });
});

test("a switch, the plan or a shared address keeps its own kind away", () => {
  for (const code of ["account_switch", "own_switch", "own_address"]) assert.equal(answerOf([check("offline", code)]).gets, "missed");
  for (const code of ["account_switch", "own_switch", "own_address", "plan"]) assert.equal(answerOf([check("missed", code)]).gets, "offline");
});

test("an address that is refused, and being deactivated, keep all away", () => {
  for (const code of ["address", "active"]) assert.equal(answerOf([check(null, code)]).gets, "none");
});

test("who is there, and a colleague who is, keep emails away just now; a letter that went wrong keeps none away", () => {
  const checks = [check("offline", "offline_everywhere"), check("offline", "colleagues_offline"), check("missed", "online"), check(null, "delivery"), check("offline", "delay", true)];
  assert.deepEqual(answerOf(checks), { gets: "both", now: 3 });
});

test("of a kind, what is in the way comes first; the rest as it was told", () => {
  const checks = [check("offline", "a", true), check("missed", "b"), check("offline", "c"), check("offline", "d", true), check("offline", "e")];
  assert.deepEqual(checksAbout(checks, "offline").map(({ code }) => code), ["c", "e", "a", "d"]);
  assert.deepEqual(checksAbout(checks, null), []);
});

const decision = (/** @type {number} */ minute, text = "") => /** @type {any} */ ({ at: `2026-11-27T10:${String(minute).padStart(2, "0")}:00.000Z`, text });

test("the newest decisions go on top, and what was loaded behind them stays", () => {
  const before = { items: [decision(5), decision(4), decision(3), decision(2)], next: "c2" };
  const newest = { items: [decision(7), decision(5), decision(4)], next: "c4" };
  assert.deepEqual(withNewest(before, newest), { items: [decision(7), decision(5), decision(4), decision(3), decision(2)], next: "c2" });
});

test("what was told otherwise meanwhile is told otherwise", () => {
  const before = { items: [decision(5, "as it seemed"), decision(4)], next: null };
  const newest = { items: [decision(5, "as it was"), decision(4)], next: null };
  assert.deepEqual(withNewest(before, newest), newest);
  assert.deepEqual(withNewest(undefined, newest), newest);
});

test("where nothing older was loaded, the newest page goes on where it says itself", () => {
  const newest = { items: [decision(9), decision(8)], next: "c8" };
  assert.deepEqual(withNewest({ items: [decision(8)], next: "c" }, newest), newest);
});
