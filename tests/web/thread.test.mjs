// The messages of a conversation in simulated time: each once, in order, without gaps, over whatever breaks.
import assert from "node:assert/strict";
import test from "node:test";
import { Link } from "../../static/shared/link.js";
import { Thread } from "../../static/shared/thread.js";
import { FakeWorld, settled } from "./world.mjs";

const message = (seq, more = {}) => ({ seq, at: "2026-01-01T00:00:00.000Z", author: { kind: "operator", name: "Jana" }, text: `text ${seq}`, ...more });
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, n) => message(from + n));
const seqs = (messages) => messages.map(({ seq }) => seq);
const upTo = (to, from = 1) => seqs(range(from, to));
const talk = (messages, more = {}) => ({ conversation: { id: "talk", messages, last_seq: messages.at(-1)?.seq || 0, ...more } });

/** A visitor's thread over a link that is connecting; `heard` is what was told of as new, in its order. */
function visitor(options) {
  const world = new FakeWorld();
  let thread = null;
  const hello = () => ({ type: "hello", after: thread.lastSeq });
  const link = new Link({ url: "wss://chat.test/ws/visitor", hello, world: world.parts });
  thread = Thread.ofVisitor(link, options);
  return { ...listened(thread), world, link: link.start() };
}

async function operator(options = {}) {
  const world = new FakeWorld();
  const link = new Link({ url: "wss://chat.test/ws/operator", hello: () => ({ type: "hello" }), world: world.parts }).start();
  await world.welcome();
  const thread = Thread.ofOperator(link, "talk", options);
  await settled();
  return { ...listened(thread), world, link };
}

function listened(thread) {
  const heard = [];
  const failed = [];
  thread.on("message", ({ seq }) => heard.push(seq));
  thread.on("failed", (unsent) => failed.push(unsent));
  return { thread, heard, failed };
}

test("what the welcome brings and what comes after it is one list", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome(talk(range(1, 3)));
  await world.hear({ type: "message", conversation: "talk", ...message(4) });
  assert.deepEqual(seqs(thread.messages), upTo(4));
  assert.deepEqual(heard, upTo(4));
  assert.deepEqual([thread.id, thread.lastSeq, thread.hasOlder], ["talk", 4, false]);
  assert.equal("type" in thread.messages[3], false);
});

test("whoever hears of the welcome finds its messages in the thread", async () => {
  const { world, link, thread } = visitor();
  let known = null;
  link.on("welcome", () => (known = thread.lastSeq));
  await world.welcome(talk(range(1, 3)));
  assert.equal(known, 3);
});

test("what is told twice is there once, with all that was told of it", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome(talk(range(1, 2)));
  await world.hear({ type: "message", ...message(2, { client_id: "x" }) });
  assert.deepEqual(heard, [1, 2]);
  assert.equal(thread.messages[1].client_id, "x");
});

test("after a break the hello names the last message, and what was missed follows it", async () => {
  const { world, heard } = visitor();
  await world.welcome(talk(range(1, 3)));
  await world.close(1006);
  await world.pass(1_000);
  await world.welcome(talk(range(4, 6)));
  assert.deepEqual(world.sockets.map((socket) => socket.sent[0].after), [0, 3]);
  assert.deepEqual(heard, upTo(6));
});

test("more was missed than a welcome holds: the gap is filled before anything behind it is told", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome(talk(range(1, 3)));
  await world.close(1012);
  await world.pass(5_000);
  await world.welcome(talk(range(251, 300)));
  assert.deepEqual(heard, upTo(3));
  assert.deepEqual(world.socket.sentOf("history").at(-1), { type: "history", before: 251, limit: 100, id: "r1" });
  await world.ack({ messages: range(151, 250) });
  await world.hear({ type: "message", ...message(301) });
  await world.ack({ messages: range(51, 150) });
  assert.deepEqual(heard, upTo(3));
  await world.ack({ messages: range(1, 50) });
  assert.deepEqual(heard, upTo(301));
  assert.deepEqual(seqs(thread.messages), upTo(301));
  assert.equal(world.socket.sentOf("history").length, 3);
});

test("a gap that a break leaves open is filled after the next welcome", async () => {
  const { world, heard } = visitor();
  await world.welcome(talk(range(1, 3)));
  await world.hear({ type: "message", ...message(9) });
  assert.equal(world.socket.sentOf("history")[0].before, 9);
  await world.close(1006);
  await world.pass(1_000);
  await world.welcome(talk(range(4, 9)));
  assert.deepEqual(heard, upTo(9));
});

test("a server that cannot fill a gap just now is asked again, one that never can is not", async () => {
  const { world, heard } = visitor();
  await world.welcome(talk(range(1, 3)));
  await world.hear({ type: "message", ...message(5) });
  await world.refuse("unavailable", { retry_after_ms: 700 });
  await world.pass(699);
  assert.equal(world.socket.sentOf("history").length, 1);
  await world.pass(1);
  assert.equal(world.socket.sentOf("history").length, 2);
  await world.ack({ messages: [] });
  await world.pass(10_000);
  assert.equal(world.socket.sentOf("history").length, 2);
  assert.deepEqual(heard, upTo(3));
});

test("a long conversation begins with its newest messages, and older ones come when they are wanted", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome(talk(range(151, 200)));
  assert.equal(thread.hasOlder, true);
  thread.older();
  await world.ack({ messages: range(51, 150) });
  assert.deepEqual(seqs(thread.messages), upTo(200, 51));
  thread.older();
  await world.ack({ messages: range(1, 50) });
  assert.equal(thread.hasOlder, false);
  await thread.older();
  assert.equal(world.socket.sentOf("history").length, 2);
  assert.deepEqual(heard, upTo(200, 151), "old messages are no news");
});

test("a visitor whom the server does not know any more starts anew", async () => {
  const { world, thread } = visitor();
  await world.welcome(talk(range(1, 3)));
  await world.close(1006);
  await world.pass(1_000);
  await world.welcome({ conversation: null });
  assert.deepEqual([thread.id, thread.messages.length, thread.lastSeq], [null, 0, 0]);
  await world.hear({ type: "message", ...message(1) });
  assert.deepEqual(seqs(thread.messages), [1]);
});

test("a visitor who saw that nothing had been said sees all that is said later", async () => {
  const { world, heard } = visitor();
  await world.welcome({ conversation: null });
  await world.close(1006);
  await world.pass(1_000);
  await world.welcome(talk(range(21, 70)));
  assert.deepEqual(heard, []);
  await world.ack({ messages: range(1, 20) });
  assert.deepEqual(heard, upTo(70));
});

test("a message waits, is acknowledged, and is there once though it is told as well", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome({ conversation: null });
  const stored = thread.send("Good morning");
  assert.deepEqual(thread.waiting, [{ client_id: thread.waiting[0].client_id, text: "Good morning" }]);
  const { client_id } = thread.waiting[0];
  await settled();
  assert.deepEqual(world.socket.sent.at(-1), { type: "message", text: "Good morning", client_id, id: "r1" });
  await world.ack({ conversation: "talk", seq: 1, at: "2026-01-01T00:00:00.000Z" });
  assert.deepEqual(await stored, { seq: 1, at: "2026-01-01T00:00:00.000Z" });
  assert.equal(thread.id, "talk");
  await world.hear({ type: "message", ...message(1, { author: { kind: "visitor", name: "Eva" }, client_id }) });
  assert.deepEqual([heard, thread.waiting, thread.messages[0].author.name], [[1], [], "Eva"]);
});

test("it may be told before it is acknowledged", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome({ conversation: null });
  const stored = thread.send("Good morning", "mine");
  await settled();
  await world.hear({ type: "message", conversation: "talk", ...message(1, { author: { kind: "visitor" }, client_id: "mine" }) });
  assert.deepEqual([thread.waiting, thread.id], [[], "talk"]);
  assert.equal((await stored).seq, 1);
  await world.ack({ seq: 1, at: "later" });
  assert.deepEqual(heard, [1]);
});

test("an acknowledgement from behind a gap fills the gap first", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome(talk(range(1, 3)));
  thread.send("?");
  await settled();
  await world.ack({ seq: 6, at: "now" });
  assert.deepEqual(heard, upTo(3));
  await world.ack({ messages: range(1, 5) });
  assert.deepEqual(heard, upTo(6));
});

test("what was not acknowledged before a break goes out again under its name, in order", async () => {
  const { world, thread } = visitor();
  await world.welcome({ conversation: null });
  thread.send("one", "a");
  thread.send("two", "b");
  await settled();
  assert.equal(world.socket.sentOf("message").length, 1, "one after the other");
  await world.close(1006);
  thread.send("three", "c");
  await world.pass(1_000);
  await world.welcome({ conversation: null });
  for (const seq of [1, 2, 3]) await world.ack({ seq, at: "now" });
  assert.deepEqual(world.socket.sentOf("message").map(({ client_id }) => client_id), ["a", "b", "c"]);
  assert.deepEqual(thread.messages.map(({ text }) => text), ["one", "two", "three"]);
});

test("what was stored although its acknowledgement was lost does not go out again", async () => {
  const { world, thread } = visitor();
  await world.welcome({ conversation: null });
  const stored = thread.send("one", "a");
  await settled();
  await world.close(1006);
  await world.pass(1_000);
  await world.welcome(talk([message(1, { author: { kind: "visitor" }, text: "one", client_id: "a" })]));
  assert.equal((await stored).seq, 1);
  assert.deepEqual([thread.waiting, world.socket.sentOf("message")], [[], []]);
});

test("what waits may be behind a gap: that is filled first", async () => {
  const { world, thread } = visitor();
  await world.welcome(talk(range(1, 3)));
  const stored = thread.send("one", "a");
  await settled();
  await world.close(1006);
  await world.pass(1_000);
  await world.welcome(talk(range(251, 300)));
  assert.deepEqual(world.socket.sentOf("message"), []);
  await world.ack({ messages: range(151, 250) });
  await world.ack({ messages: range(51, 150) });
  await world.ack({ messages: [message(4, { author: { kind: "visitor" }, text: "one", client_id: "a" }), ...range(5, 50)] });
  assert.equal((await stored).seq, 4);
  assert.deepEqual([thread.waiting, world.socket.sentOf("message")], [[], []]);
});

test("what waited before a reload goes out after it", async () => {
  const { world, thread } = visitor({ waiting: [{ client_id: "old", text: "from before" }] });
  await world.welcome({ conversation: null });
  assert.equal(world.socket.sentOf("message")[0].client_id, "old");
  await world.ack({ seq: 1, at: "now" });
  assert.deepEqual(thread.waiting, []);
});

test("a refusal that passes is waited for, and nothing overtakes", async () => {
  const { world, thread, failed } = visitor();
  await world.welcome({ conversation: null });
  thread.send("one", "a");
  thread.send("two", "b");
  await settled();
  await world.refuse("rate_limited", { retry_after_ms: 2_500 });
  await world.pass(2_499);
  assert.equal(world.socket.sentOf("message").length, 1);
  await world.pass(1);
  assert.deepEqual(world.socket.sentOf("message").map(({ client_id }) => client_id), ["a", "a"]);
  await world.ack({ seq: 1, at: "now" });
  await world.ack({ seq: 2, at: "now" });
  assert.deepEqual([failed, thread.waiting], [[], []]);
});

test("refusals without a time are asked about ever more rarely", async () => {
  const { world, thread } = visitor();
  await world.welcome({ conversation: null });
  thread.send("one", "a");
  await settled();
  for (const ceilingMs of [1_000, 2_000, 4_000]) {
    await world.refuse("unavailable");
    const asked = world.socket.sentOf("message").length;
    await world.pass(ceilingMs - 1);
    assert.equal(world.socket.sentOf("message").length, asked);
    await world.pass(1);
    assert.equal(world.socket.sentOf("message").length, asked + 1);
  }
});

test("a message that is refused for good says why, lets the next one through, and can be tried again or forgotten", async () => {
  const { world, thread, failed } = visitor();
  await world.welcome({ conversation: null });
  const refused = thread.send("x".repeat(5_000), "long").catch((error) => error);
  thread.send("short", "short");
  await settled();
  await world.refuse("too_long");
  assert.equal((await refused).code, "too_long");
  assert.deepEqual(failed.map(({ client_id, failed: code }) => [client_id, code]), [["long", "too_long"]]);
  await world.ack({ seq: 1, at: "now" });
  assert.deepEqual(thread.waiting.map(({ client_id }) => client_id), ["long"]);
  const again = thread.retry("long").catch((error) => error);
  await settled();
  await world.refuse("too_long");
  assert.equal((await again).code, "too_long");
  thread.discard("long");
  assert.deepEqual(thread.waiting, []);
});

test("an operator's thread opens its conversation without having seen it, and hears of no other", async () => {
  const { world, thread, heard } = await operator();
  assert.deepEqual(world.socket.sentOf("open"), [{ type: "open", conversation: "talk", peek: true, id: "r1" }]);
  await world.hear({ type: "message", conversation: "talk", ...message(4) });
  await world.hear({ type: "message", conversation: "other", ...message(5) });
  assert.deepEqual(heard, [], "not before it is known where they begin");
  await world.ack({ conversation: { id: "talk", last_seq: 3 }, messages: range(1, 3) });
  assert.deepEqual([heard, thread.lastSeq], [upTo(4), 4]);
});

test("an operator who looks at it has seen it", async () => {
  const { world } = await operator({ isLookedAt: () => true });
  assert.deepEqual(world.socket.sentOf("open"), [{ type: "open", conversation: "talk", id: "r1" }]);
});

test("after a break an operator's thread opens after its last message, until all is there", async () => {
  const { world, thread, heard } = await operator();
  await world.ack({ conversation: { id: "talk", last_seq: 3 }, messages: range(1, 3) });
  await world.close(1001);
  await world.pass(5_000);
  await world.welcome();
  assert.equal(world.socket.sentOf("open")[0].after, 3);
  await world.ack({ conversation: { id: "talk", last_seq: 700 }, messages: range(4, 503) });
  assert.deepEqual(heard, upTo(503));
  assert.deepEqual(world.socket.sentOf("open")[1], { type: "open", conversation: "talk", after: 600, peek: true, id: "r3" });
  await world.ack({ conversation: { id: "talk", last_seq: 700 }, messages: range(601, 700) });
  await world.ack({ conversation: { id: "talk", last_seq: 700 }, messages: range(504, 700) });
  assert.deepEqual(seqs(thread.messages), upTo(700));
});

test("an operator's older messages come from the beginning, too", async () => {
  const { world, thread } = await operator();
  await world.ack({ conversation: { id: "talk", last_seq: 130 }, messages: range(31, 130) });
  thread.older();
  assert.deepEqual(world.socket.sentOf("open").at(-1), { type: "open", conversation: "talk", after: 0, peek: true, id: "r2" });
  await world.ack({ conversation: { id: "talk", last_seq: 130 }, messages: range(1, 130) });
  assert.deepEqual([seqs(thread.messages), thread.hasOlder], [upTo(130), false]);
});

test("a conversation that is not there is said to be trouble, one that cannot be had just now is tried again", async () => {
  const { world, thread } = await operator();
  const trouble = [];
  thread.on("trouble", ({ code }) => trouble.push(code));
  await world.refuse("unavailable", { retry_after_ms: 100 });
  await world.pass(100);
  await world.refuse("not_found");
  assert.deepEqual(trouble, ["not_found"]);
  assert.equal(world.socket.sentOf("open").length, 2);
});

test("a reply bears its conversation", async () => {
  const { world, thread } = await operator();
  await world.ack({ conversation: { id: "talk", last_seq: 0 }, messages: [] });
  thread.send("Hello", "r");
  await settled();
  assert.deepEqual(world.socket.sent.at(-1), { type: "message", conversation: "talk", text: "Hello", client_id: "r", id: "r2" });
});

test("a thread that has ended hears nothing more", async () => {
  const { world, thread, heard } = visitor();
  await world.welcome(talk(range(1, 2)));
  thread.end();
  await world.hear({ type: "message", ...message(3) });
  assert.deepEqual(heard, [1, 2]);
});

test("whatever breaks and whenever, every message arrives once and in order", async () => {
  // A small server whose sockets break at random, in a hundred lives that are the same in every run.
  for (let seed = 1; seed <= 100; seed += 1) await live(seed);
});

/** A visitor and an operator write over a line that breaks; in the end both know the same. */
async function live(seed) {
  let state = seed * 2_654_435_761;
  const draw = (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const { world, thread, heard, link } = visitor();
  const stored = [];
  /** Where the first welcome began. */
  let first = 0;
  const store = (author, text, client_id) => {
    const known = client_id && stored.find((one) => one.client_id === client_id);
    if (!known) stored.push(message(stored.length + 1, { author: { kind: author }, text, client_id }));
    return known || stored.at(-1);
  };
  const isUp = () => link.status.state === "connecting" || link.isOpen;
  const answered = new Map();
  /** Takes what was said, and answers some of it: the rest is lost with the line. */
  const serve = async () => {
    const { socket } = world;
    while ((answered.get(socket) || 0) < socket.sent.length && isUp()) {
      const at = answered.get(socket) || 0;
      const frame = socket.sent[at];
      answered.set(socket, at + 1);
      if (draw(6) === 0) return world.close(1006);
      if (frame.type === "hello") {
        const messages = stored.filter(({ seq }) => seq > frame.after).slice(-5);
        const conversation = stored.length ? { id: "talk", messages, last_seq: stored.length } : null;
        first ||= messages[0]?.seq || 1;
        await world.hear({ type: "welcome", heartbeat_s: 25, conversation }, socket);
      } else if (frame.type === "message") {
        const { seq, at: when } = store("visitor", frame.text, frame.client_id);
        if (draw(4) === 0) return world.close(1012);
        await world.hear({ type: "ack", id: frame.id, seq, at: when }, socket);
      } else if (frame.type === "history") {
        const messages = stored.filter(({ seq }) => seq < frame.before).slice(-4);
        await world.hear({ type: "ack", id: frame.id, messages }, socket);
      } else if (frame.type === "ping") {
        await world.hear({ type: "pong" }, socket);
      }
    }
  };
  for (let n = 0; n < 60; n += 1) {
    if (link.status.state === "connecting" && !world.socket.sent.length) await world.open();
    if (draw(3) === 0) thread.send(`visitor ${n}`);
    if (draw(2) === 0) {
      const told = store("operator", `operator ${n}`);
      // News of it may be lost: a slow reader's are dropped.
      if (link.isOpen && draw(2)) await world.hear({ type: "message", ...told });
    }
    await serve();
    if (draw(3) === 0) await world.pass(draw(40_000));
  }
  for (let n = 0; n < 400 && (thread.waiting.length || thread.lastSeq < stored.length); n += 1) {
    if (link.status.state === "connecting" && !world.socket.sent.length) await world.open();
    await serve();
    if (n % 10 === 9 && link.isOpen && thread.lastSeq < stored.length) await world.close(1006);
    await world.pass(10_000);
  }
  assert.deepEqual(heard, upTo(stored.length, first), `life ${seed}`);
  assert.deepEqual(thread.messages.map(({ text }) => text), stored.slice(first - 1).map(({ text }) => text), `life ${seed}`);
  assert.deepEqual(thread.waiting, []);
  const written = stored.filter(({ author }) => author.kind === "visitor").map(({ text }) => text);
  assert.deepEqual(written, [...written].sort((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1])), "in the order in which they were written");
}
