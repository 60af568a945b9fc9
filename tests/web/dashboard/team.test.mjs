// The team: in which order, and who answers for whom.
import assert from "node:assert/strict";
import { test } from "node:test";
import { boxesInOrder } from "/dashboard/parts/boxes.js";
import { peopleInOrder } from "/dashboard/parts/team.js";
import { answering } from "/dashboard/state/audience.js";

const people = ["jana", "petr", "tomas", "free"].map((id) => ({ id }));
/** @type {any[]} */
const groups = [{ id: "sales", name: "Sales", operators: ["jana", "petr"] }, { id: "care", name: "Care", operators: ["tomas"] }, { id: "empty", name: "Empty", operators: [] }];
const ids = (/** @type {readonly { id: string }[]} */ list) => list.map(({ id }) => id);

test("who is there comes first, then by name as in a telephone book", () => {
  const list = /** @type {any[]} */ ([{ name: "Žaneta", status: "online" }, { name: "Adam", status: "offline" }, { name: "Čeněk", status: "online" }, { name: "Bára", status: "away" }]);
  assert.deepEqual(peopleInOrder(list).map(({ name }) => name), ["Čeněk", "Žaneta", "Bára", "Adam"]);
});

test("of the boxes the account's comes first, then the groups by name, whichever changed last", () => {
  const boxes = /** @type {any[]} */ ([{ group: "sales" }, { group: null }, { group: "care" }]);
  assert.deepEqual(boxesInOrder(boxes, groups).map(({ group }) => group), [null, "care", "sales"]);
});

test("for a group answer its people and those who are in none", () => {
  assert.deepEqual(ids(answering("sales", people, groups)), ["jana", "petr", "free"]);
  assert.deepEqual(ids(answering("empty", people, groups)), ["free"]);
});

test("for pages without a group, and for a group that has nobody, answers everybody", () => {
  assert.deepEqual(ids(answering(null, people, groups)), ids(people));
  assert.deepEqual(ids(answering("gone", people, groups)), ids(people));
  const all = [{ id: "sales", name: "Sales", operators: ["jana", "petr", "tomas", "free"] }, groups[2]];
  assert.deepEqual(ids(answering("empty", people, all)), ids(people));
});
