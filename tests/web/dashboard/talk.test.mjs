// A conversation as it is shown: its lines, its links, what is unread, the sentence of the timer, the explanation in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { timelineOf } from "/dashboard/parts/side-timeline.js";
import { linesOf } from "/dashboard/parts/talk-lines.js";
import { linked } from "/dashboard/parts/talk-text.js";
import { happened, timerPieces } from "/dashboard/parts/talk-words.js";
import { visitorName, webAddress } from "/dashboard/names.js";
import { nothing, reduce } from "/dashboard/state/index.js";
import { newBelow, unreadFrom, withUnsent } from "/dashboard/state/talks.js";
import { dictionaries } from "/dashboard/words.js";
import { formats } from "/shared/format.js";
import { speaker } from "/shared/words.js";

const [en, cs] = [speaker(dictionaries, "en"), speaker(dictionaries, "cs")];
const EVA = { kind: "visitor" };
const JANA = { kind: "operator", id: "jana", name: "Jana" };
const SYSTEM = { kind: "system" };

/** @param {number} seq @param {object} author @param {string} [at] @returns {any} */
const message = (seq, author, at = `2026-11-27T10:00:${String(seq).padStart(2, "0")}.000Z`) => ({ seq, at, author, text: `message ${seq}` });

const DAY = formats("en", "Europe/Prague").day;

test("days are those of the zone in which times are told, not of the browser", () => {
  const around = [message(1, EVA, "2026-11-27T22:58:00.000Z"), message(2, EVA, "2026-11-27T23:01:00.000Z")];
  const kinds = (/** @type {string} */ zone) => linesOf(around, 0, formats("en", zone).day).map(({ kind }) => kind);
  assert.deepEqual([kinds("Europe/Prague"), kinds("UTC")], [["day", "message", "day", "message"], ["day", "message", "message"]]);
});

test("what a tab has not sent yet is kept beside what others have not", () => {
  const [a, b, c] = ["a", "b", "c"].map((client_id) => ({ client_id }));
  assert.deepEqual(withUnsent([a], [], [b]), [a, b]);
  assert.deepEqual(withUnsent([a, b], [b], [b, c]), [a, b, c]);
  assert.deepEqual(withUnsent([a, b, c], [b, c], []), [a]);
});

test("messages of one author stand together until somebody else, much time, a day or the unread mark comes between", () => {
  const lines = linesOf([message(1, EVA), message(2, EVA), message(3, JANA), message(4, EVA), message(5, EVA, "2026-11-27T10:30:00.000Z")], 0, DAY);
  assert.deepEqual(lines.map((line) => (line.kind === "message" ? [line.message.seq, line.isFirst, line.isLast] : line.kind)), ["day", [1, true, false], [2, false, true], [3, true, true], [4, true, true], [5, true, true]]);
  const marked = linesOf([message(1, EVA), message(2, EVA)], 2, DAY);
  assert.deepEqual(marked.map((line) => (line.kind === "message" ? [line.message.seq, line.isFirst, line.isLast] : line.kind)), ["day", [1, true, true], "unread", [2, true, true]]);
  const days = linesOf([message(1, EVA, "2026-11-25T12:00:00.000Z"), message(2, EVA, "2026-11-27T12:00:00.000Z")], 0, DAY);
  assert.deepEqual(days.map(({ kind }) => kind), ["day", "message", "day", "message"]);
});

test("addresses of the web become links, without what ends a sentence", () => {
  const hrefs = (/** @type {string} */ text) => linked(text).map((piece) => (typeof piece === "string" ? piece : `[${piece.props.href}]`));
  assert.deepEqual(hrefs("See https://shop.test/a, now."), ["See ", "[https://shop.test/a]", ", now."]);
  assert.deepEqual(hrefs("(http://shop.test/a_(b))"), ["(", "[http://shop.test/a_(b)]", ")"]);
  assert.deepEqual(hrefs("https://a.test/?q=1&r=2#x!"), ["[https://a.test/?q=1&r=2#x]", "!"]);
  for (const text of ["javascript:alert(1)", "data:text/html,x", "https://", "http://%", "ftp://a.test", "shop.test"]) assert.deepEqual(hrefs(text), [text]);
  const [link] = linked("https://shop.test");
  assert(typeof link === "object");
  assert.deepEqual([link.props.rel, link.props.target], ["noopener noreferrer nofollow", "_blank"]);
});

test("a page is linked only where it is one of the web", () => {
  assert.equal(webAddress("https://shop.test/a"), "https://shop.test/a");
  for (const url of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "nonsense", "", null]) assert.equal(webAddress(url), null);
});

test("a visitor is called by name, address, or the end of the id", () => {
  const id = "019b4e2a-5c1e-7a01-9d3f-2b6a1c0e4f2a";
  assert.equal(visitorName(en, { id, name: " Eva ", email: "eva@a.test" }), "Eva");
  assert.equal(visitorName(en, { id, name: "  ", email: "eva@a.test" }), "eva@a.test");
  assert.equal(visitorName(cs, { id, name: null, email: null }), "Návštěvník 4F2A");
});

test("what was unread is counted from how far anybody had read when it was opened", () => {
  const opened = { type: "route", route: { page: "inbox", view: "unserved", conversation: "a", panel: null } };
  const known = { type: "conversation", id: "a", read_seq: 1, seen_seq: 0 };
  const changed = (/** @type {any[]} */ messages, waiting = []) => ({ type: "talk/changed", conversation: "a", messages, waiting, hasOlder: false });
  const play = (/** @type {any[]} */ ...events) => events.reduce(reduce, /** @type {any} */ (nothing));
  const messages = [message(1, EVA), message(2, SYSTEM), message(3, EVA), message(4, EVA)];
  const state = play(opened, known, changed(messages));
  assert.equal(unreadFrom(state.talks.a), 3);
  // What is read while it is open keeps its mark, and an answer takes it away.
  assert.equal(unreadFrom(reduce(state, { type: "conversation", id: "a", read_seq: 4 }).talks.a), 3);
  assert.equal(unreadFrom(reduce(state, changed(messages, /** @type {any} */ ([{ client_id: "x", text: "y" }]))).talks.a), 0);
  assert.equal(unreadFrom(play(opened, changed(messages), { type: "conversation/fetched", conversation: { id: "a", read_seq: 3 } }).talks.a), 4);
});

test("what came below is counted while the end is not in view", () => {
  const talk = /** @type {any} */ ({ messages: [message(1, EVA), message(2, EVA), message(3, SYSTEM), message(4, JANA)], viewed: 1, isAtEnd: false });
  assert.equal(newBelow(talk, "jana"), 1);
  assert.equal(newBelow(talk, "petr"), 2);
  assert.equal(newBelow({ ...talk, isAtEnd: true }, "jana"), 0);
});

/** @param {any} words @param {object} timer @param {object} [about] */
const sentence = (words, timer, about) =>
  timerPieces(words, /** @type {any} */ ({ kind: "offline", cancels: ["online", "open", "join", "reply", "close"], ...timer }), { me: "jana", nameOf: (id) => id[0].toUpperCase() + id.slice(1), left: "1:24", ...about }).join("").replaceAll("\u00a0", " ");

test("the timer's sentence says to whom, when, and unless what", () => {
  assert.equal(sentence(en, { recipients: ["petr", "tomáš"] }), "Email to Petr and Tomáš in 1:24, unless they open it, or somebody joins or comes online");
  assert.equal(sentence(en, { recipients: ["petr"] }), "Email to Petr in 1:24, unless Petr opens it, or somebody joins or comes online");
  assert.equal(sentence(en, { recipients: ["jana"] }), "Email to you in 1:24, unless you open it, or somebody joins or comes online");
  assert.equal(sentence(en, { recipients: ["jana", "petr"] }, { left: null }), "Email to you and Petr any moment, unless you all open it, or somebody joins or comes online");
  assert.equal(sentence(en, { recipients: ["petr"], cancels: ["join", "reply", "close", "return"] }), "Email to Petr in 1:24, unless somebody joins, or the visitor comes back");
  assert.equal(sentence(en, { recipients: ["petr"] }, { isWhole: true }), "Email to Petr in 1:24, unless Petr opens it, or somebody joins, replies, closes it or comes online");
  assert.equal(sentence(en, { recipients: [] }), "An email would be due in 1:24, but nobody is left who could get it.");
  assert.equal(sentence(en, { recipients: ["a", "b", "c", "d", "e"], cancels: [] }), "Email to A, B, C and 2 others in 1:24");
  assert.equal(sentence(cs, { recipients: ["petr", "tomáš"] }), "Za 1:24 dostanou e-mail Petr a Tomáš, pokud konverzaci neotevřou a nikdo se nepřipojí ani nepřijde online");
  assert.equal(sentence(cs, { recipients: ["petr"] }), "Za 1:24 dostane e-mail Petr, pokud konverzaci neotevře a nikdo se nepřipojí ani nepřijde online");
  assert.equal(sentence(cs, { recipients: ["jana"], cancels: ["join", "return"] }), "Za 1:24 dostanete e-mail, pokud se nikdo nepřipojí a návštěvník se nevrátí");
});

test("what happened is told in the reader's language, and to whoever did it", () => {
  const joined = { ...message(1, SYSTEM), text: "Petr joined the conversation.", event: { code: "joined", operator: "petr", name: "Petr" } };
  assert.equal(happened(en, joined, "jana"), "Petr joined");
  assert.equal(happened(cs, joined, "petr"), "Vstoupili jste do konverzace");
  assert.equal(happened(en, { ...joined, event: { code: "transferred", group: "g", name: "Sales" } }, "jana"), "Handed over to the group Sales");
  assert.equal(happened(en, { ...joined, event: /** @type {any} */ ({ code: "dissolved", name: "x" }) }, "jana"), "Petr joined the conversation.");
});

test("the explanation is a timeline, the newest first: what was decided together stands together, each email with its decision", () => {
  const timer = (/** @type {string} */ state, /** @type {string} */ ended_at) => ({ kind: "offline", started_at: "10:00", due_at: "10:02", state, ended_at });
  const decision = (/** @type {string} */ at, /** @type {string} */ operator, /** @type {object} */ more) => ({ at, kind: "offline", operator, code: "read", text: "", rule: "N7", reasons: [], seqs: [1], ...more });
  const { running, entries } = timelineOf(/** @type {any} */ ({
    timers: [timer("cancelled", "10:01"), timer("fired", "10:05"), timer("running", "")],
    decisions: [decision("10:01", "jana", { timer: 0 }), decision("10:05", "jana", { timer: 1, email: "e1" }), decision("10:05", "petr", { timer: 1 }), decision("10:07", "jana", {}), decision("10:07", "petr", {})],
    emails: [{ id: "e1", created_at: "10:05" }, { id: "stray", created_at: "10:03" }],
  }));
  assert.equal(running.length, 1);
  assert.deepEqual(entries.map(({ at, decisions, emails }) => [at, decisions.length, emails.map(({ id }) => id).join()]), [["10:07", 2, ""], ["10:05", 2, "e1"], ["10:03", 0, "stray"], ["10:01", 1, ""]]);
});

test("both languages know the same words", () => {
  assert.deepEqual(Object.keys(dictionaries.cs).sort(), Object.keys(dictionaries.en).sort());
});
