// The team: in which order, and who answers for whom.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { teamActs } from "/dashboard/acts/team.js";
import { whyActs } from "/dashboard/acts/why.js";
import { boxesInOrder } from "/dashboard/parts/boxes.js";
import { peopleInOrder } from "/dashboard/parts/team.js";
import { answering } from "/dashboard/state/audience.js";
import { nothing, reduce } from "/dashboard/state/index.js";

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

/** A dashboard on a page, with what it asks of the server. @param {any} acts @param {"team" | "why"} page */
function deskAt(acts, page) {
  /** @type {string[]} */
  const asked = [];
  /** @type {any} */
  let hear;
  /** @type {any} */
  const desk = {
    state: { ...nothing, link: { state: "open" }, me: { id: "jana" }, operators: { jana: { id: "jana", name: "Jana" } }, route: { page, conversation: null } },
    link: { isOpen: true },
    words: { language: "en" },
    api: (/** @type {string} */ _, /** @type {string} */ path) => (asked.push(path.split("?")[0]), Promise.resolve({ chat: [], operators: [], items: [], next: null })),
    listen: (/** @type {any} */ listener) => (hear = listener),
    acts: { load: (/** @type {string} */ _, /** @type {() => any} */ fetch) => fetch() },
  };
  acts(desk);
  const step = (/** @type {any} */ event) => ((desk.state = reduce(desk.state, event)), hear(event));
  return { asked, step, comesAndGoes: () => step({ type: "presence", operator: "jana", status: "online", since: "", appear_offline: false }) };
}

test("in a team where somebody comes or goes all the time the server is asked now and then, the last change included", async (t) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  t.after(() => mock.timers.reset());
  for (const [acts, page, path] of /** @type {const} */ ([[teamActs, "team", "/api/v1/presence"], [whyActs, "why", "/api/v1/me/checks"]])) {
    const { asked, comesAndGoes } = deskAt(acts, page);
    const times = () => asked.filter((one) => one === path).length;
    for (let ms = 0; ms < 6_000; ms += 50) {
      comesAndGoes();
      mock.timers.tick(50);
      await Promise.resolve();
    }
    assert(times() >= 3 && times() <= 5, `${page}: ${times()}`);
    const before = times();
    mock.timers.tick(3_000);
    assert.equal(times(), before + 1, page);
  }
});

test("a page that nobody sees asks for nothing, and at once when somebody does", async (t) => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  t.after(() => mock.timers.reset());
  for (const [acts, page] of /** @type {const} */ ([[teamActs, "team"], [whyActs, "why"]])) {
    const { asked, step, comesAndGoes } = deskAt(acts, page);
    step({ type: "looked", isLookedAt: false, isVisible: false });
    comesAndGoes();
    mock.timers.tick(60_000);
    assert.deepEqual(asked, [], page);
    // Beside another window, without the focus.
    step({ type: "looked", isLookedAt: false, isVisible: true });
    mock.timers.tick(0);
    assert(asked.length > 0, page);
  }
});
