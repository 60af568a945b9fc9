// The settings' own rules: pages and addresses, delays, web sites, browsers, what is asked for and how refusals are told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { speaker } from "/shared/words.js";
import { Problem } from "/shared/http.js";
import { inWords, merged, sourceAbove, sourceOf } from "/dashboard/acts/settings.js";
import { hashOf, routeOf } from "/dashboard/routes.js";
import { answerOf, isRetriable, triesOf } from "/dashboard/email-states.js";
import { nothing, reduce } from "/dashboard/state/index.js";
import { dictionaries } from "/dashboard/words.js";
import { agentName } from "/dashboard/agents.js";
import { sentenceOf } from "/dashboard/parts/settings/audit.js";
import { requestOf } from "/dashboard/parts/settings/blocked.js";
import { STATES } from "/dashboard/parts/settings/email-state.js";
import { durationOf, secondsOf } from "/dashboard/parts/settings/durations.js";
import { changeOf, shownOf } from "/dashboard/parts/settings/notifications.js";
import { placeOf, routeTo, SECTIONS } from "/dashboard/parts/settings/sections.js";
import { originOf, snippetOf } from "/dashboard/parts/settings/sites.js";

const en = speaker(dictionaries, "en");

test("both languages have the same words", () => {
  const keys = (/** @type {"en" | "cs"} */ language) => Object.keys(dictionaries[language]).filter((key) => key.startsWith("set_")).sort();
  assert(keys("en").length > 200);
  assert.deepEqual(keys("cs"), keys("en"));
  for (const { name } of SECTIONS) assert(en.knows(`set_${name}`), name);
});

test("both languages name the same values in a sentence", () => {
  const names = (/** @type {any} */ entry) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) || [])].sort();
  for (const [key, entry] of Object.entries(dictionaries.en)) if (key.startsWith("set_")) assert.deepEqual(names(dictionaries.cs[key]), names(entry), key);
});

test("a page has an address, and one thing on it too", () => {
  assert.deepEqual(placeOf(routeOf("#/settings")), { section: "notifications", item: "", isChosen: false });
  assert.deepEqual(placeOf(routeOf("#/settings/nonsense/x")), { section: "notifications", item: "", isChosen: false });
  for (const { name } of SECTIONS) assert.deepEqual(placeOf(routeOf(hashOf(routeTo(name)))), { section: name, item: "", isChosen: true });
  assert.deepEqual(placeOf(routeOf(hashOf(routeTo("emails", "a/b.1")))), { section: "emails", item: "a/b.1", isChosen: true });
});

test("a delay is shown in the largest unit that it is a whole number of", () => {
  assert.deepEqual([90, 120, 600, 3_600, 86_400, 0.6, 0].map(durationOf).map(({ amount, unit }) => `${amount} ${unit}`), [
    "90 s", "2 min", "10 min", "1 h", "24 h", "0.6 s", "0 s",
  ]);
});

test("a delay is read as it is typed, and what is none is none", () => {
  const seconds = (/** @type {string} */ amount, /** @type {any} */ unit, options = {}) => secondsOf({ amount, unit }, options);
  assert.equal(seconds("2", "min"), 120);
  assert.equal(seconds(" 1,5 ", "h"), 5_400);
  assert.equal(seconds("0.6", "s"), 0.6);
  assert.equal(seconds("168", "h"), 604_800);
  for (const wrong of ["", "two", "-1", "1e3", "169", "0", "0.0001"]) assert.equal(seconds(wrong, wrong === "169" ? "h" : "s"), null, wrong);
  assert.equal(seconds("0", "s", { mayBeNone: true }), 0);
});

test("the form of the account's emails tells only what was changed", () => {
  assert.deepEqual(changeOf({}), { change: {}, wrong: null });
  const values = {
    "notifications.offline.enabled": true,
    "notifications.offline.delay_s": { amount: "3", unit: "min" },
    "notifications.cooldown_s": { amount: "0", unit: "s" },
    "notifications.read_cancels": "everyone",
  };
  assert.deepEqual(changeOf(values), { change: { offline: { enabled: true, delay_s: 180 }, cooldown_s: 0, read_cancels: "everyone" }, wrong: null });
  assert.equal(changeOf({ "notifications.missed.delay_s": { amount: "0", unit: "s" } }).wrong, "notifications.missed.delay_s");
});

test("a delay of a kind that is off is not sent, since nobody sees what is wrong with it", () => {
  const holds = /** @type {any} */ ({ offline: { enabled: true }, missed: { enabled: false } });
  const delay = { amount: "x", unit: "s" };
  const values = { "notifications.offline.delay_s": delay, "notifications.missed.delay_s": delay };
  assert.deepEqual(Object.keys(shownOf(values, holds)), ["notifications.offline.delay_s"]);
  const flipped = { ...values, "notifications.offline.enabled": false, "notifications.missed.enabled": true };
  assert(!("notifications.offline.delay_s" in shownOf(flipped, holds)) && "notifications.missed.delay_s" in shownOf(flipped, holds));
});

test("a web site is taken as browsers spell it, and what is none is refused", () => {
  assert.equal(originOf("shop.example"), "https://shop.example");
  assert.equal(originOf(" HTTPS://Shop.Example:443/basket?x=1#y "), "https://shop.example");
  assert.equal(originOf("http://localhost:3000"), "http://localhost:3000");
  for (const wrong of ["", "https://*.example.com", "ftp://shop.example", "javascript:alert(1)", "two words", "https://", "https://u:p@shop.example"]) {
    assert.equal(originOf(wrong), null, wrong);
  }
  assert.equal(snippetOf("https://chat.example", "K-1"), `<script async src="https://chat.example/widget.js" data-key="K-1"></script>`);
});

test("browsers are called by their names, whatever else they claim to be", () => {
  const mozilla = "Mozilla/5.0";
  const webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
  assert.equal(agentName(`${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/130.0 Safari/537.36 Edg/130.0`), "Edge · Windows");
  assert.equal(agentName(`${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/18.0 Safari/605`), "Safari · Mac");
  assert.equal(agentName(`${mozilla} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 CriOS/130.0 Mobile Safari/604.1`), "Chrome · iPhone");
  assert.equal(agentName(`${mozilla} (Linux; Android 14; Pixel 8) ${webkit} Chrome/130.0 Mobile Safari/537.36`), "Chrome · Android");
  assert.equal(agentName(`${mozilla} (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0`), "Firefox · Linux");
  assert.equal(agentName("curl/8.5.0"), "curl/8.5.0");
  assert.equal(agentName(null), "");
});

const at = (/** @type {string} */ hash, /** @type {"admin" | "agent"} */ role) =>
  /** @type {any} */ ({ ...nothing, me: { role }, route: routeOf(hash) });

test("a page asks for what it shows, and for nothing that its reader may not see", () => {
  assert.equal(sourceOf(at("#/settings/operators", "admin"))?.path, "/api/v1/operators");
  assert.equal(sourceOf(at("#/settings/profile", "agent"))?.path, "/api/v1/sessions");
  for (const { name } of SECTIONS.filter(({ admins }) => admins)) assert.equal(sourceOf(at(`#/settings/${name}`, "agent")), null, name);
  assert.equal(sourceOf(at("#/team", "admin")), null);
});

test("each filter of the mails is a list of its own", () => {
  const all = at("#/settings/emails", "admin");
  const failed = reduce(all, { type: "form/edited", form: "emails-filter", field: "state", value: "failed" });
  assert.equal(sourceOf(failed)?.path, "/api/v1/emails?limit=50&state=failed");
  assert.notEqual(sourceOf(failed)?.name, sourceOf(all)?.name);
  assert.equal(sourceOf(at("#/settings/emails%2Fa.1", "agent"))?.path, "/api/v1/emails/a.1");
});

test("above the mails stands who lets none in, for those who may see that", () => {
  assert.equal(sourceAbove(at("#/settings/emails", "admin"))?.path, "/api/v1/blocked-domains");
  for (const hash of ["#/settings/emails%2Fa.1", "#/settings/suppressions", "#/team"]) assert.equal(sourceAbove(at(hash, "admin")), null, hash);
  assert.equal(sourceAbove(at("#/settings/emails", "agent")), null);
});

test("what to ask of an IT department names the sender, the addresses and the whole answer", () => {
  const blocked = { domain: "shop.test", addresses: ["a@shop.test", "b@shop.test"], since: "", reply: "550-5.7.1 {domain}\n550 no", sender: "mail.doorbell.test" };
  for (const language of /** @type {const} */ (["en", "cs"])) {
    const words = speaker(dictionaries, language);
    const said = requestOf(words, blocked);
    for (const part of ["shop.test", "mail.doorbell.test", words.list(blocked.addresses), blocked.reply]) assert(said.includes(part), part);
  }
});

test("every state and every class of a mail has its words, and three may be tried again", () => {
  const classes = ["wrong_address", "mailbox_full", "domain_blocked", "spam_rejected", "rate_limited", "relay_auth", "other"];
  for (const state of STATES) assert(en.knows(`set_state_${state}`) && en.knows(`set_state_${state}_about`) && en.knows(`side_email_${state}`), state);
  for (const one of classes) assert(en.knows(`set_class_${one}`), one);
  assert.deepEqual(STATES.filter(isRetriable), ["deferred", "failed", "uncertain"]);
});

test("what is told of a mail behind its acceptance is that it came back", () => {
  const attempt = (/** @type {string} */ reply, /** @type {string | null} */ name = null) => ({ at: "", server: "mx.test", reply, class: name });
  const outcomes = (/** @type {ReturnType<typeof attempt>[]} */ ...attempts) => triesOf({ attempts }).map(({ outcome }) => outcome);
  const [taken, full, blocked] = [attempt("250 2.0.0 taken"), attempt("452 4.2.2 full", "mailbox_full"), attempt("550 5.7.1 no", "domain_blocked")];
  assert.deepEqual(outcomes(full, taken, blocked, blocked), [null, "accepted", "returned", null]);
  assert.deepEqual(outcomes(taken, full, taken), ["accepted", "returned", "accepted"]);
  assert.deepEqual(outcomes(attempt("the connection broke")), [null]);
});

test("why a mail was not needed any more is told in words, and what a server said as it said it", () => {
  assert.equal(answerOf(en, { server: null, reply: "replied" }), en("set_dropped_replied"));
  assert.equal(answerOf(en, { server: null, reply: "something_new" }), "something_new");
  assert.equal(answerOf(en, { server: "mx.test", reply: "replied" }), "replied");
});

test("a list that is asked for again keeps what was loaded further", () => {
  const [a, b, c] = ["a", "b", "c"].map((id) => ({ id }));
  const newer = { id: "b", state: "sent" };
  assert.deepEqual(merged([a, newer], [b, c]), [a, newer, c]);
  const [one, other] = [{ at: "1", act: "x" }, { at: "2", act: "x" }];
  assert.deepEqual(merged([other], [{ ...other }, one]), [other, one]);
});

test("a refusal of a field is told in the reader's words", () => {
  const invalid = new Problem(422, { code: "invalid", field: "notifications.cooldown_s", detail: "`notifications.cooldown_s` is a number" });
  assert.equal(inWords(en, invalid).message, en("set_wrong_notifications_cooldown_s"));
  assert.equal(inWords(en, invalid).field, "notifications.cooldown_s");
  const unknown = new Problem(422, { code: "invalid", field: "something_new", detail: "as the server says" });
  assert.equal(inWords(en, unknown).message, "as the server says");
  assert.equal(inWords(en, new Problem(409, { code: "conflict", field: "email" })).message, en("set_conflict_email"));
  assert.equal(inWords(en, new Problem(409, { code: "conflict" }), "set_conflict_last_admin").message, en("set_conflict_last_admin"));
  const limited = new Problem(429, { code: "rate_limited" });
  assert.equal(inWords(en, limited, "set_conflict_last_admin"), limited);
});

/** Every act of the reference. */
const ACTS = [
  "operator_added", "operator_invited", "operator_changed", "operator_deactivated", "password_set", "forced_offline", "forced_offline_ended",
  "group_created", "group_changed", "group_deleted", "account_changed", "plan_changed", "widget_key_replaced", "suppression_cleared", "domain_allowed",
  "email_retried",
];

test("what admins did is told in sentences, whatever it was", () => {
  const subject = /** @type {const} */ ({ kind: "operator", id: "o1", name: "Petr" });
  const details = { fields: ["name", "notifications.offline", "new_field"], from: "free", to: "pro" };
  for (const language of /** @type {const} */ (["en", "cs"])) {
    const words = speaker(dictionaries, language);
    for (const act of ACTS) assert.match(sentenceOf(words, { at: "", operator: null, act, subject, details }), /^\p{Lu}[^{}]+\.$/u, act);
  }
  assert.equal(sentenceOf(en, { at: "", operator: null, act: "operator_changed", subject, details }), "Petr was changed: name, emails about offline messages and new_field.");
  assert.equal(sentenceOf(en, { at: "", operator: null, act: "plan_changed", details }), "The plan changed from Free to Pro.");
  const domain = /** @type {const} */ ({ kind: "domain", id: "shop.test" });
  assert.equal(sentenceOf(en, { at: "", operator: null, act: "domain_allowed", subject: domain }), "shop.test was said to let our emails in again.");
  assert.equal(sentenceOf(en, { at: "", operator: null, act: "something_new" }), "something_new");
});
