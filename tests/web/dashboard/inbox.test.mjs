// The inbox's reducer: which conversations stand in which list, and what a search shows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextUnserved, rowsFound, rowsOf, viewOf, viewShown } from "/dashboard/state/inbox.js";
import { nothing, reduce } from "/dashboard/state/index.js";

const ME = { id: "me", name: "Jana" };
const at = (/** @type {number} */ minute) => `2026-11-27T10:${String(minute).padStart(2, "0")}:00.000Z`;

/** @param {string} id @param {object} [more] @returns {any} */
const conversation = (id, more) => ({ id, status: "unserved", group: null, operators: [], at: at(1), visitor: { id, name: null, email: null, online: true, page: null }, timer: null, email: null, unread: 1, read_seq: 0, seen_seq: 0, ...more });
/** @param {any} state @param {...any} events */
const after = (state, ...events) => events.reduce(reduce, state);
/** @param {any[]} rows */
const ids = (rows) => rows.map(({ id }) => id);
/** @type {any} */
const start = { ...nothing, me: ME };
const told = (/** @type {any} */ one) => ({ type: "conversation", ...one });

test("a conversation stands in one list, by who has joined it", () => {
  assert.equal(viewOf(conversation("a"), "me"), "unserved");
  assert.equal(viewOf(conversation("a", { status: "served", operators: [ME] }), "me"), "mine");
  assert.equal(viewOf(conversation("a", { status: "served", operators: [{ id: "other", name: "Petr" }] }), "me"), "served");
  assert.equal(viewOf(conversation("a", { status: "closed" }), "me"), "closed");
});

test("joining moves it from Unserved to Mine, and it is nowhere twice", () => {
  const state = after(start, told(conversation("a")), told(conversation("a", { status: "served", operators: [ME] })));
  assert.deepEqual([ids(rowsOf(state, "unserved")), ids(rowsOf(state, "mine"))], [[], ["a"]]);
});

test("the newest activity is first", () => {
  const state = after(start, told(conversation("old", { at: at(1) })), told(conversation("new", { at: at(9) })), told(conversation("mid", { at: at(5) })));
  assert.deepEqual(ids(rowsOf(state, "unserved")), ["new", "mid", "old"]);
});

test("a list shows only as far back as it is loaded, so that no row stands where others are missing", () => {
  const state = after(start, told(conversation("stray", { at: at(1) })), { type: "list/loaded", view: "unserved", items: [conversation("a", { at: at(9) }), conversation("b", { at: at(8) })], next: "more" });
  assert.deepEqual(ids(rowsOf(state, "unserved")), ["a", "b"]);
  const whole = after(state, { type: "list/loaded", view: "unserved", items: [conversation("c", { at: at(2) })], next: null });
  assert.deepEqual(ids(rowsOf(whole, "unserved")), ["a", "b", "c", "stray"]);
});

/** Jana answers for Sales, Petr for Service. @type {any} */
const grouped = { ...start, operators: { me: ME, petr: { id: "petr", name: "Petr" } }, groups: [{ id: "sales", name: "Sales", operators: ["me"] }, { id: "service", name: "Service", operators: ["petr"] }] };

test("what was only found or opened is not in the own lists", () => {
  const state = after(grouped, { type: "search/typed", text: "eva" }, { type: "search/found", q: "eva", items: [conversation("other", { group: "service" })], next: null }, { type: "conversation/fetched", conversation: conversation("opened", { group: "service" }) });
  assert.deepEqual([ids(rowsFound(state)), ids(rowsOf(state, "unserved"))], [["other"], []]);
});

test("what is handed to another group leaves the own lists, and what comes from one enters them, also while it is open", () => {
  const open = { type: "route", route: { page: "inbox", view: "unserved", conversation: "b", panel: null } };
  const before = after(grouped, open, told(conversation("a", { group: "sales" })), told(conversation("b", { group: "service" })));
  assert.deepEqual(ids(rowsOf(before, "unserved")), ["a"]);
  const state = after(before, told(conversation("a", { group: "service" })), told(conversation("b", { group: "sales" })));
  assert.deepEqual(ids(rowsOf(state, "unserved")), ["b"]);
});

test("whoever left a conversation of another group has it in no list any more", () => {
  const joined = after(grouped, told(conversation("a", { group: "service", status: "served", operators: [ME] })));
  assert.deepEqual(ids(rowsOf(joined, "mine")), ["a"]);
  assert.deepEqual(ids(rowsOf(after(joined, told(conversation("a", { group: "service" }))), "unserved")), []);
});

test("a change of the groups asks for the lists anew, another setting does not", () => {
  const loaded = after(grouped, { type: "list/loaded", view: "unserved", items: [], next: null });
  assert.equal(after(loaded, { type: "settings", account: {}, groups: grouped.groups }).lists.unserved.status, "ready");
  assert.equal(after(loaded, { type: "settings", account: {}, groups: [] }).lists.unserved.status, "idle");
});

test("after a welcome a search is asked for anew, since what it found may be another", () => {
  const found = after(start, { type: "search/typed", text: "eva" }, { type: "search/found", q: "eva", items: [conversation("a")], next: null });
  const welcome = { type: "welcome", operator: ME, account: {}, groups: [], chat: [], operators: [], devices: [], counts: {}, notices: [], conversations: [] };
  const { search } = after(found, welcome);
  assert.deepEqual([search.q, search.status, search.ids], ["eva", "idle", []]);
});

test("answers to an older search are not shown for the newer one", () => {
  const state = after(start, { type: "search/typed", text: "ev" }, { type: "search/typed", text: "eva" }, { type: "search/found", q: "ev", items: [conversation("a")], next: null });
  assert.deepEqual([state.search.status, ids(rowsFound(state))], ["loading", []]);
});

test("a space behind the words asks for nothing new, and is kept in the field", () => {
  const found = after(start, { type: "search/typed", text: "eva" }, { type: "search/found", q: "eva", items: [conversation("a")], next: null });
  const state = after(found, { type: "search/typed", text: "eva " });
  assert.deepEqual([state.search.text, state.search.status, ids(rowsFound(state))], ["eva ", "ready", ["a"]]);
});

test("a search for nothing shows the list that one came from", () => {
  const route = (/** @type {any} */ view) => ({ type: "route", route: { page: "inbox", view, conversation: null, panel: null } });
  const state = after(start, route("closed"), { type: "search/typed", text: "x" }, route("search"));
  assert.equal(viewShown(state), "search");
  assert.equal(viewShown(after(state, { type: "search/typed", text: " " })), "closed");
});

test("the next unserved one comes after the selected one, and the first behind the last", () => {
  const select = (/** @type {any} */ state, /** @type {string | null} */ id) => ({ ...state, route: { page: "inbox", view: "unserved", conversation: id, panel: null } });
  const state = after(start, told(conversation("a", { at: at(9) })), told(conversation("b", { at: at(8) })));
  assert.deepEqual([nextUnserved(select(state, null))?.id, nextUnserved(select(state, "a"))?.id, nextUnserved(select(state, "b"))?.id], ["a", "b", "a"]);
  assert.equal(nextUnserved(start), null);
});

test("after a welcome every list is asked for anew, and what was closed meanwhile is gone", () => {
  const state = after(start, told(conversation("a")), { type: "list/loaded", view: "unserved", items: [], next: null });
  const welcome = { type: "welcome", operator: ME, account: {}, groups: [], chat: [], operators: [], devices: [], counts: {}, notices: [], conversations: [conversation("b")] };
  const next = after(state, welcome);
  assert.deepEqual([ids(rowsOf(next, "unserved")), next.lists.unserved.status], [["b"], "idle"]);
});
