// The door: which form one stands at, and what it says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { doorOf, reduceDoor, waitSeconds } from "/dashboard/door/state.js";

/** @param {import("/dashboard/door/state.js").Door} door @param {...import("/dashboard/door/state.js").Event} events */
const after = (door, ...events) => events.reduce(reduceDoor, door);
const problem = (/** @type {object} */ fields) => ({ message: "in the server's words", ...fields });
const login = doorOf({});
const sent = { type: "sent", email: "jana@shop.test", password: "secret" };

test("one stands at the log-in, at the form of a link, or before a server that is away", () => {
  assert.equal(login.form, "login");
  assert.equal(doorOf({ link: { kind: "invite", token: "t" } }).form, "password");
  assert.equal(doorOf({ told: "unreachable" }).form, "unreachable");
  assert.equal(doorOf({ told: "logged_out" }).form, "login");
});

test("a wrong password is said in words, and the log-in can be tried again", () => {
  const door = after(login, sent, { type: "refused", error: problem({ status: 401 }) });
  assert.deepEqual(door.trouble, { words: "wrong_login" });
  assert.equal(door.isSending, false);
  assert.equal(after(door, sent).trouble, null);
});

test("several operators with one address choose who comes in, with the password that they gave", () => {
  const choices = [{ operator: "1", name: "Jana", account: "Toys" }, { operator: "2", name: "Jana", account: "Tea" }];
  const door = after(login, sent, { type: "refused", error: problem({ status: 409, choices }) });
  assert.deepEqual([door.form, door.choices, door.email, door.password, door.trouble], ["choose", choices, "jana@shop.test", "secret", null]);
});

test("a password that fits nobody any more leads back from the choice to the log-in", () => {
  const choosing = after(login, sent, { type: "refused", error: problem({ status: 409, choices: [{}] }) });
  const door = after(choosing, { type: "sent" }, { type: "refused", error: problem({ status: 401 }) });
  assert.deepEqual([door.form, door.trouble, door.email], ["login", { words: "wrong_login" }, "jana@shop.test"]);
});

test("no connection, a server in trouble, and one that asks for patience are told apart", () => {
  const trouble = (/** @type {object} */ error) => after(login, sent, { type: "refused", error }).trouble;
  assert.deepEqual(trouble(new TypeError("Failed to fetch")), { words: "trouble" });
  assert.deepEqual(trouble(problem({ status: 503 })), { words: "trouble" });
  assert.deepEqual(trouble(problem({ status: 429, code: "rate_limited", retryAfterMs: 8_000 })), { words: "too_fast", values: { wait_ms: 8_000 } });
  assert.deepEqual(trouble(problem({ status: 403 })), { text: "in the server's words" });
});

test("a wait is never told shorter than it is, and long ones in whole minutes", () => {
  assert.deepEqual([0, 1, 1_000, 1_001, 59_000, 59_001, 61_000, 900_000].map(waitSeconds), [1, 1, 1, 2, 59, 60, 120, 900]);
});

test("a link that was used says what to do: an invitation another thing than a reset", () => {
  const used = (/** @type {"invite" | "reset"} */ kind) =>
    after(doorOf({ link: { kind, token: "t" } }), { type: "sent", password: "long enough" }, { type: "refused", error: problem({ status: 422, field: "token" }) }).trouble;
  assert.deepEqual(used("invite"), { words: "invite_again", isLink: true });
  assert.deepEqual(used("reset"), { words: "reset_again", isLink: true });
});

test("a new password that is short is told so, and one that is easy another thing", () => {
  const refused = (/** @type {string} */ password) =>
    after(doorOf({ link: { kind: "reset", token: "t" } }), { type: "sent", password }, { type: "refused", error: problem({ status: 422, field: "password" }) }).trouble;
  assert.deepEqual(refused("seven 7"), { words: "too_short", field: "password" });
  assert.deepEqual(refused("password1"), { words: "easy_password", field: "password" });
  // Eight people with one sign each are eight signs.
  assert.deepEqual(refused("👩👩👩👩👩👩👩👩"), { words: "easy_password", field: "password" });
});

test("a password that is set is forgotten here, with its link", () => {
  const door = after(doorOf({ link: { kind: "reset", token: "t" } }), { type: "sent", password: "a good long one" }, { type: "set" });
  assert.deepEqual([door.form, door.password, door.link, door.isSending], ["done", "", null, false]);
});

test("the address goes along to another form, the password and the trouble do not", () => {
  const door = after(login, sent, { type: "refused", error: problem({ status: 401 }) }, { type: "shown", isShown: true }, { type: "opened", form: "forgot", email: "eva@shop.test" });
  assert.deepEqual([door.form, door.email, door.password, door.trouble, door.isShown], ["forgot", "eva@shop.test", "", null, false]);
  assert.equal(after(door, { type: "sent", email: "eva@shop.test" }, { type: "mailed" }).isSent, true);
});

test("why one stands here is said until one has gone on", () => {
  const door = doorOf({ told: "logged_out" });
  assert.equal(after(door, sent, { type: "refused", error: problem({ status: 401 }) }).told, "logged_out");
  assert.equal(after(door, { type: "opened", form: "forgot" }, { type: "opened", form: "login" }).told, "");
  assert.equal(after(doorOf({ told: "unreachable" }), { type: "opened", form: "login" }).told, "");
});
