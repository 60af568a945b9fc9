// How pages speak: languages, numbers, values in sentences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, join, speaker } from "/shared/words.js";

const dictionaries = {
  en: { hello: "Hello {name}", days: { one: "{count} day", other: "{count} days" }, twice: "{a} and {a}" },
  cs: { hello: "Dobrý den, {name}", days: { one: "{count} den", few: "{count} dny", many: "{count} dne", other: "{count} dní" }, twice: "{a} a {a}" },
};

test("the first wished language that there is is spoken, else English", () => {
  assert.equal(chooseLanguage(["de-DE", "cs-CZ", "en"]), "cs");
  assert.equal(chooseLanguage(["CS"]), "cs");
  assert.equal(chooseLanguage([null, undefined, ""]), "en");
  assert.equal(chooseLanguage([]), "en");
});

test("Czech has a form for one, for a few, for many, and for a part", () => {
  const words = speaker(dictionaries, "cs");
  assert.deepEqual([0, 1, 2, 4, 5, 1.5].map((count) => words("days", { count })), ["0 dní", "1 den", "2 dny", "4 dny", "5 dní", "1.5 dne"]);
  const english = speaker(dictionaries, "en");
  assert.deepEqual([0, 1, 2].map((count) => english("days", { count })), ["0 days", "1 day", "2 days"]);
});

test("a value stands in a sentence as it is, also one that looks like a sentence", () => {
  const words = speaker(dictionaries, "en");
  assert.equal(words("hello", { name: "{name} <b>$1</b> $&" }), "Hello {name} <b>$1</b> $&");
  assert.equal(words("twice", { a: "x" }), "x and x");
});

test("a sentence comes in pieces where a value is more than a text", () => {
  const element = { tag: "b" };
  assert.deepEqual(speaker(dictionaries, "en").pieces("twice", { a: element }), [element, " and ", element]);
  assert.deepEqual(speaker(dictionaries, "en").pieces("hello", { name: "Eva" }), ["Hello ", "Eva"]);
});

test("a text that is missing is a bug, and is not shown as its key", () => {
  const words = speaker(dictionaries, "en");
  assert.throws(() => words("nothing"), /nothing/);
  assert(words.knows("hello") && !words.knows("nothing"));
});

/** A Czech "a" and its word stay in one line. @param {string} text */
const plain = (text) => text.replace(/\s/g, " ");

test("lists are said as in each language", () => {
  const names = ["Petr", "Jana", "Tomáš"];
  assert.equal(speaker(dictionaries, "en").list(names), "Petr, Jana and Tomáš");
  assert.equal(plain(speaker(dictionaries, "cs").list(names)), "Petr, Jana a Tomáš");
  assert.equal(plain(speaker(dictionaries, "cs").list(["Petr", "Jana"], "disjunction")), "Petr nebo Jana");
  assert.equal(speaker(dictionaries, "en").list([]), "");
});

test("dictionaries join to one a language", () => {
  const joined = join(dictionaries, { en: { bye: "Bye" }, cs: { bye: "Na shledanou" } });
  assert.equal(joined.en.bye, "Bye");
  assert.equal(joined.cs.hello, "Dobrý den, {name}");
});
