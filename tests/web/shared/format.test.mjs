// Times and amounts as people read them. This file's own clock hangs in Prague, and it is Friday, 27 November 2026, 14:02.
import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "Europe/Prague";
const { formats } = await import("/shared/format.js");

const NOW_MS = Date.parse("2026-11-27T13:02:00.000Z");
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const en = formats("en");
const cs = formats("cs");
/** What is printed between digits and words may be a space that does not break. @param {string} text */
const plain = (text) => text.replace(/\s/g, " ");
const before = (/** @type {number} */ ms) => new Date(NOW_MS - ms).toISOString();

test("what was just now, some minutes ago, today, yesterday, this year, long ago", () => {
  const tell = (/** @type {typeof en} */ times) =>
    [0, 44 * SECOND_MS, 50 * SECOND_MS, 12 * MINUTE_MS].map((ms) => plain(times.ago(before(ms), NOW_MS)));
  assert.deepEqual(tell(en), ["just now", "just now", "1 min ago", "12 min ago"]);
  assert.deepEqual(tell(cs), ["právě teď", "právě teď", "před 1 min", "před 12 min"]);
  assert.equal(en.ago("2026-11-27T09:00:00Z", NOW_MS), "10:00");
  assert.equal(plain(en.ago("2026-11-26T09:00:00Z", NOW_MS)), "yesterday 10:00");
  assert.equal(plain(cs.ago("2026-11-26T09:00:00Z", NOW_MS)), "včera 10:00");
  assert.equal(plain(en.moment("2026-11-03T09:00:00Z", NOW_MS)), "3 Nov 10:00");
  assert.equal(plain(en.moment("2024-11-03T09:00:00Z", NOW_MS)), "3 Nov 2024 10:00");
});

test("a clock that is ahead makes nothing happen in the future", () => {
  assert.equal(en.ago(NOW_MS + 5 * MINUTE_MS, NOW_MS), "just now");
});

test("a day is a day of the reader's zone, over midnight and over the change of the clocks", () => {
  assert.equal(en.date("2026-11-26T23:30:00Z", NOW_MS), "today");
  assert.equal(en.date("2026-11-26T22:30:00Z", NOW_MS), "yesterday");
  const behindTheChange = Date.parse("2026-10-26T12:00:00Z");
  assert.equal(en.date("2026-10-25T00:30:00Z", behindTheChange), "yesterday");
});

test("a countdown counts whole seconds down to nothing, and stays there", () => {
  const in_ms = (/** @type {number} */ ms) => en.until(NOW_MS + ms, NOW_MS);
  assert.deepEqual([84_000, 83_001, 60_000, 900, 0, -5_000].map(in_ms), ["1:24", "1:24", "1:00", "0:01", "0:00", "0:00"]);
  assert.equal(in_ms(3_723_000), "1:02:03");
});

test("amounts of time are told in the units that people think in", () => {
  assert.deepEqual([0, 1, 60, 90, 120, 150, 3_600, 5_400, 86_400].map(en.amount), ["0 s", "1 s", "1 min", "90 s", "2 min", "2 min 30 s", "1 h", "1 h 30 min", "24 h"]);
});

test("numbers and exact times are those of each language", () => {
  assert.equal(en.count(1234567), "1,234,567");
  assert.equal(plain(cs.count(1234567)), "1 234 567");
  assert.match(plain(en.exact("2026-11-27T13:02:03Z")), /Fri, 27 November 2026.*14:02:03/);
  assert.match(plain(cs.exact("2026-11-27T13:02:03Z")), /27. listopadu 2026.*14:02:03/);
});
