// What the chat says, in both languages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { voiceOf } from "/widget/chat/looks.js";
import { boxWords } from "/widget/chat/panel.js";
import { nothing } from "/widget/chat/state.js";
import { dictionary as cs } from "/widget/chat/words/cs.js";
import { dictionary as en } from "/widget/chat/words/en.js";

const holes = (/** @type {any} */ entry) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

test("both languages know the same, with the same things put in", () => {
  assert.deepEqual(Object.keys(cs).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) assert.deepEqual(holes(cs[key]), holes(en[key]), key);
});

test("numbers are counted as people do", async () => {
  const [{ words: czech }, { words: english }] = [await voiceOf("cs"), await voiceOf("en")];
  assert.deepEqual([1, 2, 4, 5, 21].map((count) => czech("unread", { count })), ["1 nová zpráva", "2 nové zprávy", "4 nové zprávy", "5 nových zpráv", "21 nových zpráv"]);
  assert.deepEqual([1, 2].map((count) => english("unread", { count })), ["1 new message", "2 new messages"]);
  assert.equal(czech("typing", { names: "Jana", count: 1 }), "Jana píše…");
  assert.deepEqual([2, 5].map((count) => czech("typing", { names: "Jana a Petr", count })), ["Jana a Petr píší…", "Jana a Petr píší…"]);
});

test("times are those of the language", async () => {
  const at = new Date(2026, 0, 5, 9, 7).toISOString();
  const [czech, english] = [await voiceOf("cs"), await voiceOf("en")];
  assert.deepEqual([english.clock(at), english.day(at), czech.day(at)], ["09:07", "Monday 5 January", "pondělí 5. ledna"]);
});

test("what is known of the box is said as what it is: known, not known now, or not known at all", async () => {
  const [{ words: english }, { words: czech }] = [await voiceOf("en"), await voiceOf("cs")];
  const at = (/** @type {any} */ box, state = "open") => ({ ...nothing, link: /** @type {any} */ ({ state, code: 1006, until: 0 }), box });
  assert.equal(boxWords(at({ status: "online" }), english), "We are online");
  assert.equal(boxWords(at({ status: "offline" }), english), "We are away: leave a message, we will get it by email");
  assert.equal(boxWords(at({ status: "online", stale: true }), english), "We were online a moment ago; just now it cannot be checked");
  assert.match(boxWords(at({ status: "offline", stale: true }), czech), /Před chvílí jsme tu nebyli, teď to nelze ověřit/);
  for (const state of ["connecting", "waiting"]) assert.equal(boxWords(at({ status: "online" }, state), english), "Connecting…");
});
