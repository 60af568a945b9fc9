// What the tour asks of its players: each hears everything once, also one that still loads when a story begins.
import assert from "node:assert/strict";
import { test } from "node:test";
import { tourActs } from "/demo/tour/acts.js";
import { nothing, reduce } from "/demo/tour/state.js";

const person = (/** @type {string} */ id, /** @type {string} */ group) => ({ id, name: id, email: "", password: "", groups: [group] });
const world = { groups: [{ id: "g1", name: "Sales" }], operators: [person("jana", "Sales"), person("petr", "Sales"), person("tomas", "Service")] };

/** A tour with some players there, and what they hear. @param {string[]} here */
function tourWith(here) {
  /** @type {any[]} */
  const heard = [];
  /** @type {any} */
  const tour = {
    state: { ...nothing, world, here },
    stage: { tell: (/** @type {string} */ to, /** @type {string} */ act, /** @type {object} */ more) => heard.push({ to, act, ...more }) },
    words: (/** @type {string} */ key) => key,
    dispatch(/** @type {any} */ event) {
      tour.state = reduce(tour.state, event);
    },
  };
  tour.acts = tourActs(tour);
  return { tour, heard };
}

const ALL = ["shop", "first", "second", "phone", "mailbox"];

test("a story sets its stage: who is at the desk, where the phone is, whose page it is", async () => {
  const { tour, heard } = tourWith(ALL);
  await tour.acts.begin("left");
  assert.deepEqual(heard, [
    { to: "shop", act: "begin", group: null },
    { to: "first", act: "choose", state: "online" },
    { to: "second", act: "choose", state: "away" },
    { to: "phone", act: "swipe", state: "closed" },
    { to: "mailbox", act: "begin" },
  ]);
  assert.equal(tour.state.story.isSet, true);
  heard.length = 0;
  await tour.acts.begin("why");
  assert.deepEqual(heard[0], { to: "shop", act: "begin", group: "g1" });
  await tour.acts.begin("read");
  assert.deepEqual(heard.find(({ to, act }) => to === "phone" && act === "open"), { to: "phone", act: "open", state: "away" });
});

test("a player that still loads hears it once, when it is there", async () => {
  const { tour, heard } = tourWith(ALL.filter((player) => player !== "phone"));
  await tour.acts.begin("read");
  assert.equal(heard.some(({ to }) => to === "phone"), false);
  tour.dispatch({ type: "player", player: "phone", act: "here", isFrame: true });
  tour.acts.isHere("phone");
  tour.acts.isHere("phone");
  assert.deepEqual(heard.filter(({ to }) => to === "phone"), [{ to: "phone", act: "open", state: "away" }]);
});

test("what was asked for an older story is not heard in this one", async () => {
  const { tour, heard } = tourWith(ALL.filter((player) => player !== "phone"));
  await tour.acts.begin("read");
  await tour.acts.begin("nobody");
  tour.dispatch({ type: "player", player: "phone", act: "here", isFrame: true });
  tour.acts.isHere("phone");
  assert.deepEqual(heard.filter(({ to }) => to === "phone"), [{ to: "phone", act: "swipe", state: "closed" }]);
});

test("a step is done for one only while there is something to do", async () => {
  const { tour, heard } = tourWith(ALL);
  tour.acts.doIt();
  await tour.acts.begin("nobody");
  heard.length = 0;
  tour.acts.doIt();
  assert.deepEqual(heard, [], "everybody still takes their place");
  tour.dispatch({ type: "player", player: "shop", act: "ready" });
  tour.dispatch({ type: "facts", nowMs: 0, operators: world.operators.map(({ id }) => ({ id, status: "away", devices: [] })), conversations: [], letters: [] });
  tour.acts.doIt();
  assert.deepEqual(heard, [{ to: "shop", act: "say", text: "say_nobody" }]);
});

test("what is still open is closed first; what one sees meanwhile changes nothing, and another story counts instead", async (t) => {
  const { tour, heard } = tourWith(ALL);
  const facts = { type: "facts", nowMs: 0, operators: [], conversations: [{ id: "c1", status: "unserved" }, { id: "c2", status: "closed" }], letters: [] };
  tour.dispatch(facts);
  /** @type {string[]} */
  const asked = [];
  /** @type {(() => void)[]} */
  const answers = [];
  t.mock.method(globalThis, "fetch", async (/** @type {string} */ path) => {
    asked.push(path);
    if (path.endsWith("/close")) await new Promise((resolve) => answers.push(() => resolve(null)));
    return new Response(JSON.stringify({ token: "t" }), { headers: { "content-type": "application/json" } });
  });
  const until = async (/** @type {number} */ count) => {
    while (answers.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const first = tour.acts.begin("nobody");
  await until(1);
  tour.dispatch(facts);
  assert.deepEqual([heard, tour.state.story.isSet], [[], false], "the stage is not set before");
  const second = tour.acts.begin("why");
  await until(2);
  answers.forEach((answer) => answer());
  await Promise.all([first, second]);
  assert.equal(tour.state.story.isSet, true);
  assert.deepEqual(heard.filter(({ to }) => to === "shop"), [{ to: "shop", act: "begin", group: "g1" }]);
  assert.deepEqual([...new Set(asked.filter((path) => path.endsWith("/close")))], ["/api/v1/conversations/c1/close"]);
});
