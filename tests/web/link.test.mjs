// The link in simulated time.
import assert from "node:assert/strict";
import test from "node:test";
import { FRAME_LEN_MAX, Link } from "../../static/shared/link.js";
import { FakeWorld, settled } from "./world.mjs";

/** A link that has been started, and what it says of itself. */
function start(options = {}) {
  const world = new FakeWorld();
  const link = new Link({ url: "wss://chat.test/ws/visitor", hello: () => ({ type: "hello", key: "k" }), world: world.parts, ...options });
  const said = [];
  link.on("status", (status) => said.push(status));
  link.start();
  return { world, link, said };
}

async function opened(options) {
  const all = start(options);
  await all.world.welcome();
  return all;
}

const refusal = (promise) => promise.then(() => assert.fail("it was granted"), (error) => error);

test("the hello is the first frame, and nothing is sent before it is welcome", async () => {
  const { world, link, said } = start();
  assert.equal(world.socket.url, "wss://chat.test/ws/visitor");
  assert.equal(world.socket.protocol, "doorbell.v1");
  assert.equal(link.tell({ type: "typing", on: true }), false);
  await world.open();
  assert.deepEqual(world.socket.sent, [{ type: "hello", key: "k" }]);
  assert.equal((await refusal(link.request({ type: "message" }))).code, "disconnected");
  await world.hear({ type: "welcome", heartbeat_s: 25 });
  assert.deepEqual(said, [{ state: "connecting" }, { state: "open" }]);
  assert.equal(link.tell({ type: "typing", on: true }), true);
});

test("a hello may take its time, and is asked for anew with each connection", async () => {
  let asked = 0;
  const { world } = start({ hello: async () => ({ type: "hello", after: ++asked }) });
  await world.welcome();
  await world.close(1006);
  await world.pass(1_000);
  await world.open();
  assert.deepEqual(world.sockets.map((socket) => socket.sent[0].after), [1, 2]);
});

test("each request gets its own answer, whatever their order", async () => {
  const { world, link } = await opened();
  const [one, two] = [link.request({ type: "open" }), link.request({ type: "join" })];
  const [, first, second] = world.socket.sent;
  await world.hear({ type: "error", id: second.id, code: "not_found", message: "gone", retry_after_ms: 5 });
  await world.hear({ type: "ack", id: first.id, seq: 7 });
  assert.equal((await one).seq, 7);
  const error = await refusal(two);
  assert.deepEqual([error.name, error.code, error.message, error.retryAfterMs], ["Refused", "not_found", "gone", 5]);
});

test("a request that nobody answers ends, and asks whether the connection still lives", async () => {
  const { world, link } = await opened({ manners: { quietMs: 1e9 } });
  const asked = refusal(link.request({ type: "open" }));
  await world.pass(19_999);
  assert.equal(world.socket.sentOf("ping").length, 0);
  await world.pass(1);
  assert.equal((await asked).code, "timed_out");
  assert.equal(world.socket.sentOf("ping").length, 1);
  await world.ack({ late: true });
  assert.equal(link.isOpen, true);
});

test("a frame that the server would hang up on is not sent", async () => {
  const { world, link } = await opened();
  const error = await refusal(link.request({ type: "message", text: "ř".repeat(FRAME_LEN_MAX / 2) }));
  assert.equal(error.code, "too_long");
  assert.equal(world.socket.sent.length, 1);
});

test("frames are told by their type and all together; what is none disturbs nothing", async () => {
  const { world, link } = await opened();
  const heard = [];
  link.on("chat", (frame) => heard.push(["chat", frame.status]));
  link.on("frame", (frame) => heard.push(["frame", frame.type]));
  for (const nonsense of ["{", "null", "42", "[]", '{"no":"type"}']) await world.hear(nonsense);
  await world.hear({ type: "chat", status: "online" });
  await world.hear({ type: "from_the_future" });
  await world.hear({ type: "error", code: "bad_frame", message: "answers nobody" });
  assert.deepEqual(heard, [["chat", "online"], ["frame", "chat"], ["frame", "from_the_future"], ["frame", "error"]]);
});

test("a listener that fails disturbs no other, and one that is gone hears nothing", async (t) => {
  const { world, link } = await opened();
  const reported = t.mock.method(console, "error", () => {});
  const heard = [];
  link.on("chat", () => {
    throw new Error("a bug");
  });
  const off = link.on("chat", () => heard.push(1));
  await world.hear({ type: "chat" });
  off();
  await world.hear({ type: "chat" });
  assert.deepEqual(heard, [1]);
  assert.equal(reported.mock.callCount(), 2);
});

for (const code of [4001, 4003, 4004]) {
  test(`${code} ends it: it says why and never comes back`, async () => {
    const { world, link, said } = await opened();
    const asked = refusal(link.request({ type: "open" }));
    await world.close(code, "because");
    assert.deepEqual(said.at(-1), { state: "stopped", code, reason: "because" });
    assert.equal((await asked).code, "disconnected");
    await world.wake();
    await world.pass(1e9);
    assert.equal(world.sockets.length, 1);
    assert.deepEqual([world.timersLen, world.wakesLen], [0, 0]);
  });
}

test("after a new log-in a stopped link starts again", async () => {
  const { world, link } = await opened();
  await world.close(4001);
  link.start();
  await world.welcome();
  assert.equal(link.isOpen, true);
});

/** Close codes to come back from, and up to how long the first wait is. */
const PASSING = [[1000, 1_000], [1001, 5_000], [1006, 1_000], [1009, 1_000], [1011, 1_000], [1012, 5_000], [1013, 15_000], [4008, 1_000], [4010, 1_000], [4029, 15_000]];

for (const [code, ceilingMs] of PASSING) {
  test(`after ${code} it comes back within ${ceilingMs} ms, at any time in it`, async () => {
    for (const draw of [0, 0.25, 0.999]) {
      const { world, said } = await opened();
      world.draws = [draw];
      await world.close(code);
      const waitMs = draw * ceilingMs;
      assert.deepEqual(said.at(-1), { state: "waiting", until: world.time + waitMs, code });
      await world.pass(Math.max(0, waitMs - 1));
      assert.equal(world.sockets.length, waitMs ? 1 : 2);
      await world.pass(1);
      assert.equal(world.sockets.length, 2);
    }
  });
}

test("the waits double up to the longest, and each is drawn from all of it", async () => {
  const { world, said } = start();
  const ceilings = [];
  for (let n = 0; n < 9; n += 1) {
    const draw = (n % 3) / 2 || 0.1;
    world.draws = [draw];
    await world.close(1006);
    const { until } = said.at(-1);
    ceilings.push(Math.round((until - world.time) / draw));
    await world.pass(until - world.time);
  }
  assert.deepEqual(ceilings, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test("only a connection that lived starts the waits anew", async () => {
  const { world, said } = start();
  const waitMs = () => Math.round(said.at(-1).until - world.time);
  for (const ceilingMs of [1_000, 2_000, 4_000]) {
    await world.welcome();
    await world.pass(29_999);
    await world.close(1006);
    assert.equal(waitMs(), ceilingMs);
    await world.pass(ceilingMs);
  }
  await world.welcome();
  await world.pass(20_000);
  await world.hear({ type: "chat" });
  await world.pass(10_000);
  await world.close(1006);
  assert.equal(waitMs(), 1_000);
});

test("a connection that is never welcome is given up", async () => {
  for (const reaches of ["nothing", "a socket"]) {
    const { world, said } = start();
    if (reaches === "a socket") await world.open();
    await world.pass(29_999);
    assert.deepEqual(said.at(-1), { state: "connecting" });
    await world.pass(1);
    assert.deepEqual([said.at(-1).state, said.at(-1).code], ["waiting", 1006]);
    assert.deepEqual(world.socket.closedWith, []);
  }
});

test("a hello that fails is a connection that failed", async (t) => {
  t.mock.method(console, "error", () => {});
  const { world, said } = start({ hello: async () => Promise.reject(new Error("no key chain")) });
  await world.open();
  assert.equal(said.at(-1).state, "waiting");
});

test("a silence is asked about, and any frame is an answer", async () => {
  const { world, link } = await opened();
  await world.pass(24_999);
  assert.equal(world.socket.sentOf("ping").length, 0);
  await world.pass(1);
  assert.equal(world.socket.sentOf("ping").length, 1);
  await world.pass(9_999);
  await world.hear({ type: "chat" });
  await world.pass(24_999);
  assert.equal(world.socket.sentOf("ping").length, 1);
  await world.pass(1);
  await world.hear({ type: "pong" });
  await world.pass(34_999);
  assert.equal(link.isOpen, true);
  assert.equal(world.sockets.length, 1);
});

test("frames that keep coming need no ping", async () => {
  const { world } = await opened();
  for (let n = 0; n < 20; n += 1) {
    await world.pass(24_000);
    await world.hear({ type: "chat" });
  }
  assert.equal(world.socket.sentOf("ping").length, 0);
});

test("a half-open socket is left without waiting for its farewell", async () => {
  const { world, link, said } = await opened();
  const asked = refusal(link.request({ type: "open" }, { timeoutMs: 1e9 }));
  await world.pass(34_999);
  assert.equal(link.isOpen, true);
  const dead = world.socket;
  await world.pass(1);
  assert.deepEqual([said.at(-1).state, said.at(-1).code], ["waiting", 1006]);
  assert.equal((await asked).code, "disconnected");
  await world.pass(1_000);
  await world.welcome();
  await world.hear({ type: "chat" }, dead);
  await world.close(4001, "late", dead);
  assert.equal(link.isOpen, true, "what the old one says no longer counts");
});

test("the welcome's heartbeat says what is quiet", async () => {
  const { world } = start();
  await world.welcome({ heartbeat_s: 3 });
  await world.pass(3_000);
  assert.equal(world.socket.sentOf("ping").length, 1);
});

test("a wake-up ends the waiting at once, though not twice in a second", async () => {
  const { world } = await opened();
  await world.pass(60_000 - 25_000);
  world.socket.onmessage({ data: "{}" });
  await world.close(1006);
  await world.wake();
  assert.equal(world.sockets.length, 2);
  await world.close(1006);
  await world.wake();
  assert.equal(world.sockets.length, 2, "it was tried just now");
});

test("a wake-up does not hurry a server that is full", async () => {
  for (const code of [1013, 4029]) {
    const { world } = await opened();
    await world.pass(5_000);
    await world.close(code);
    await world.pass(10_000);
    await world.wake();
    assert.equal(world.sockets.length, 1);
    await world.pass(5_000);
    assert.equal(world.sockets.length, 2);
  }
});

test("after a sleep it is found out quickly whether the connection still lives", async () => {
  const { world, link, said } = await opened();
  world.sleep(8 * 3_600_000);
  await world.wake();
  assert.equal(world.socket.sentOf("ping").length, 1);
  await world.pass(1_000);
  await world.hear({ type: "pong" });
  await world.pass(20_000);
  assert.equal(link.isOpen, true, "it does");

  world.sleep(8 * 3_600_000);
  await world.wake();
  for (let n = 0; n < 3; n += 1) {
    await world.pass(1_300);
    await world.wake();
  }
  await world.pass(99);
  assert.equal(link.isOpen, true);
  await world.pass(1);
  assert.equal(said.at(-1).state, "waiting", "further wake-ups do not put it off");
});

test("an end by the user is final, and a bye is said where it is meant", async () => {
  for (const bye of [false, true]) {
    const { world, link, said } = await opened();
    const { socket } = world;
    link.stop({ bye, reason: "enough" });
    assert.equal(socket.sentOf("bye").length, Number(bye));
    assert.deepEqual(socket.closedWith, [1000]);
    assert.deepEqual(said.at(-1), { state: "stopped", code: 1000, reason: "enough" });
    socket.onclose({ code: 1000 });
    link.stop();
    await world.pass(1e9);
    assert.equal(said.length, 3);
    assert.deepEqual([world.sockets.length, world.timersLen, world.wakesLen], [1, 0, 0]);
  }
});

test("a listener may stop the link wherever it is told something", async () => {
  for (const when of ["connecting", "open", "waiting"]) {
    const { world, link, said } = await opened();
    await world.close(1006);
    link.on("status", ({ state }) => state === when && link.stop());
    await world.pass(1_000);
    if (world.sockets.length > 1 && when === "open") await world.welcome();
    if (when === "waiting") await world.close(1006);
    await settled();
    assert.equal(said.at(-1).state, "stopped", when);
    await world.pass(1e9);
    assert.equal(link.status.state, "stopped");
    assert.equal(world.timersLen, 0);
  }
});

test("a welcome whose listener stops the link is not told as open", async () => {
  const { world, link, said } = start();
  link.on("welcome", () => link.stop());
  await world.welcome();
  assert.deepEqual(said.map(({ state }) => state), ["connecting", "stopped"]);
});
