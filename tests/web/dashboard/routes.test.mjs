// Where one is, as the address says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, routeOf } from "/dashboard/routes.js";

const START = { page: "inbox", view: "unserved", conversation: null, panel: null };

test("each place has an address, and each address leads there", () => {
  const places = /** @type {any[]} */ ([
    ["#/inbox/unserved", START],
    ["#/inbox/search", { ...START, view: "search" }],
    ["#/inbox/mine/0a-1/why", { page: "inbox", view: "mine", conversation: "0a-1", panel: "why" }],
    ["#/inbox/closed/0a-1", { page: "inbox", view: "closed", conversation: "0a-1", panel: null }],
    ["#/team", { page: "team", conversation: null }],
    ["#/why", { page: "why", operator: null, conversation: null }],
    ["#/why/0b-2", { page: "why", operator: "0b-2", conversation: null }],
    ["#/settings/widget", { page: "settings", section: "widget", conversation: null }],
  ]);
  for (const [hash, route] of places) {
    assert.deepEqual(routeOf(hash), route);
    assert.equal(hashOf(route), hash);
  }
});

test("an address that means nothing leads to the inbox", () => {
  for (const hash of ["", "#", "#/", "#/nothing", "#inbox", "#/inbox", "#/inbox/nothing", "#/%E0%A4%A"]) assert.deepEqual(routeOf(hash), START, hash);
});

test("a panel that there is not is none, and there is none without a conversation", () => {
  assert.equal(routeOf("#/inbox/mine/0a/secret").panel, null);
  assert.equal(hashOf({ ...START, page: "inbox", panel: "why" }), "#/inbox/unserved");
});

test("what stands in an address is a name, whatever it looks like", () => {
  const odd = "a/b#c?d <e>";
  const hash = hashOf({ page: "inbox", view: "mine", conversation: odd, panel: "visitor" });
  assert.equal(hash.split("/").length, 5);
  assert.deepEqual(routeOf(hash), { page: "inbox", view: "mine", conversation: odd, panel: "visitor" });
});

test("what one place says of itself does not come along to another", () => {
  assert.equal(hashOf({ page: "team", view: "mine", conversation: "0a", panel: "why", section: "widget", operator: "0b" }), "#/team");
  assert.equal(hashOf({ page: "settings", conversation: null }), "#/settings");
});

test("what every object has is the name of nothing, whatever a link says", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    assert.equal(routeOf(`#/inbox/mine/${name}/why`).conversation, null, name);
    assert.equal(routeOf(`#/why/${name}`).operator, null, name);
  }
});
