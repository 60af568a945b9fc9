// What I count as, and because of what.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceName, deviceNameUntil, devicesBehind, inOrder, standing } from "/dashboard/parts/me-standing.js";

/** @param {string} id @param {string} state @param {object} [more] @returns {any} */
const device = (id, state, more = {}) => ({ id, state, kind: "dashboard", name: id, since: "", last_seen: "2026-11-27T10:00:00Z", ...more });
/** @param {string} status @param {object} [more] @returns {any} */
const person = (status, more = {}) => ({ status, since: "2026-11-27T09:00:00Z", appear_offline: false, ...more });
const names = (/** @type {readonly { id: string }[]} */ devices) => devices.map(({ id }) => id);
/** @param {any} me @param {any[]} devices */
const stand = (me, devices) => standing({ me, devices, device: "here" });

test("P2: one device that is online is enough, and those that are not have no part in it", () => {
  const { because, contrast } = stand(person("online"), [device("here", "online"), device("iPhone", "online"), device("Mac", "away")]);
  assert.deepEqual(names(because), ["here", "iPhone"]);
  assert.equal(contrast, null);
});

test("P2: away because of devices that are away", () => {
  assert.deepEqual(names(stand(person("away"), [device("here", "offline"), device("Mac", "away")]).because), ["Mac"]);
  assert.deepEqual(devicesBehind("offline", [device("here", "offline")]), []);
});

test("P4: a device that lingers is what still counts, where there is no other", () => {
  assert.deepEqual(names(devicesBehind("online", [device("iPhone", "reconnecting")])), ["iPhone"]);
  assert.deepEqual(names(devicesBehind("online", [device("iPhone", "reconnecting"), device("Mac", "online")])), ["Mac"]);
});

test("who chose offline or away here, and counts by another device, is told so", () => {
  for (const own of ["offline", "away"]) {
    const { contrast, because } = stand(person("online"), [device("here", own), device("iPhone", "online")]);
    assert.equal(contrast, "online");
    assert.deepEqual(names(because), ["iPhone"]);
  }
  assert.equal(stand(person("away"), [device("here", "offline"), device("Mac", "away")]).contrast, "away");
});

test("P3: who appears offline is so because of no device, and one that is online here is told that it does not count", () => {
  const hidden = person("offline", { appear_offline: true });
  assert.deepEqual(stand(hidden, [device("here", "online"), device("iPhone", "online")]), { ...stand(hidden, [device("here", "online")]), because: [] });
  assert.equal(stand(hidden, [device("here", "online")]).contrast, "hidden");
  assert.equal(stand(hidden, [device("here", "offline")]).contrast, null);
});

test("nothing contradicts where this device counts, is not known yet, or is coming back", () => {
  assert.equal(stand(person("online"), [device("here", "online")]).contrast, null);
  assert.equal(stand(person("online"), [device("iPhone", "online")]).contrast, null);
  assert.equal(stand(person("online"), [device("here", "reconnecting"), device("iPhone", "online")]).contrast, null);
  assert.deepEqual(standing({ me: null, devices: [], device: "here" }), { counts: "offline", since: "", because: [], own: undefined, contrast: null });
});

test("of the devices this one comes first, then those that count, then those seen last", () => {
  const at = (/** @type {number} */ minute) => ({ last_seen: `2026-11-27T10:0${minute}:00Z` });
  const devices = [device("old", "offline", at(1)), device("newer", "offline", at(5)), device("Mac", "away", at(2)), device("iPhone", "online", at(3)), device("here", "offline", at(0))];
  assert.deepEqual(names(inOrder(devices, "here")), ["here", "iPhone", "Mac", "newer", "old"]);
  assert.equal(devices[0].id, "old", "what was given stays as it was");
});

test("this browser is called so, others by their names, and those without one by their kind", () => {
  const desk = /** @type {any} */ ({ words: (/** @type {string} */ key) => key, state: { device: "here" } });
  assert.equal(deviceName(desk, device("here", "online")), "me_this_browser");
  assert.equal(deviceName(desk, device("iPhone", "online")), "iPhone");
  assert.equal(deviceName(desk, device("x", "online", { name: null, kind: "mobile" })), "me_phone");
  assert.equal(deviceName(desk, device("x", "online", { name: null })), "me_browser");
});

test("P5: a lease is told with its end", () => {
  const words = (/** @type {string} */ key, /** @type {any} */ values = {}) => [key, values.device, values.time].filter(Boolean).join(" ");
  const desk = /** @type {any} */ ({ words, state: { device: "here" }, times: { moment: (/** @type {string} */ at) => at }, nowMs: () => 0 });
  assert.equal(deviceNameUntil(desk, device("iPhone", "online", { until: "18:00" })), "me_until iPhone 18:00");
  assert.equal(deviceNameUntil(desk, device("iPhone", "online")), "iPhone");
});
