// All that the pages say: each language knows the same, no text is missing, and none is left over.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const STATIC = fileURLToPath(new URL("../../../static/", import.meta.url));
/** The forms that whole numbers have in each language; a part of one ("many" in Czech) nobody tells. */
const FORMS = { en: ["one", "other"], cs: ["few", "one", "other"] };

/** What the server says of a state or an event; a page may have a word for each. */
const SAID_BY_SERVER = new Set([...readFileSync(`${STATIC}shared/wire.js`, "utf8").matchAll(/"(\w+)"/g)].map(([, text]) => text));
/** A Czech verb says by itself who does it, where the sentence has named them already. */
const NAMED_BEFORE = new Set(["talk_unless_open_one"]);

/** @typedef {Record<string, string | Record<string, string>>} Dictionary */
/** @typedef {{ en: Dictionary, cs: Dictionary }} Dictionaries */

/** @param {string} folder @returns {string[]} paths below `static/` */
function scripts(folder) {
  const found = readdirSync(STATIC + folder, { recursive: true, encoding: "utf8" });
  return found.filter((path) => path.endsWith(".js")).map((path) => `${folder}/${path}`);
}

/** @param {string} path @returns {Promise<any>} */
const load = (path) => import(`/${path}`);

/** @param {string[]} paths @returns {Promise<{ path: string, words: Dictionaries }[]>} */
function both(paths) {
  return Promise.all(paths.map(async (path) => ({ path, words: await load(path) })));
}

const isWords = (/** @type {string} */ path) => /\/words(\/|\.js$)/.test(path);
const isDoor = (/** @type {string} */ path) => path.startsWith("dashboard/door/") || path === "dashboard/words/door.js";
const code = (/** @type {string[]} */ paths) => paths.filter((path) => !isWords(path));

const dashboard = scripts("dashboard");
const widget = scripts("widget");
const demo = scripts("demo");
const front = scripts("front");
const widgetWords = { en: (await load("widget/chat/words/en.js")).dictionary, cs: (await load("widget/chat/words/cs.js")).dictionary };

/** What speaks together: dictionaries, and the code that asks them. */
const VOICES = [
  {
    name: "the dashboard",
    dictionaries: await both(dashboard.filter((path) => path.startsWith("dashboard/words/") && !isDoor(path))),
    code: code(dashboard).filter((path) => !isDoor(path)),
  },
  { name: "the door", dictionaries: await both(["dashboard/words/door.js"]), code: code(dashboard).filter(isDoor) },
  { name: "the front page", dictionaries: await both(front.filter(isWords)), code: code(front) },
  { name: "the widget", dictionaries: [{ path: "widget/chat/words", words: widgetWords }], code: code(widget) },
  // It calls visitors as the dashboard does.
  { name: "the demo", dictionaries: await both(demo.filter(isWords)), code: [...code(demo), "dashboard/names.js"] },
];

/** @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

/** All texts of an entry. @param {string | Record<string, string>} entry */
const textsOf = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));

/** What tells a number has all forms; what only agrees with it ("is", "are") needs those that differ. @param {"en" | "cs"} language @param {Record<string, string>} entry @param {string} where */
function assertForms(language, entry, where) {
  const forms = Object.keys(entry).filter((form) => form !== "many").sort();
  if (textsOf(entry).some((text) => text.includes("{count}"))) assert.deepEqual(forms, FORMS[language], where);
  else assert(forms.includes("other") && forms.every((form) => FORMS[language].includes(form)), where);
}

/**
 * What is said of a text in code: keys that are asked for, and patterns of keys that are put together.
 *
 * @param {string} source
 */
function keysIn(source) {
  const bare = source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const literals = new Set([...bare.matchAll(/"(\w+)"/g)].map(([, text]) => text));
  const patterns = [...bare.matchAll(/`(\w*\$\{[^`{}]*\}\w*(?:\$\{[^`{}]*\}\w*)*)`/g)]
    .map(([, text]) => text)
    .filter((text) => text.replace(/\$\{[^}]*\}/g, "").length > 2)
    .map((text) => new RegExp(`^${text.replace(/\$\{[^}]*\}/g, "\\w+")}$`));
  return { literals, patterns, asked: asked(bare) };
}

/** The literals in the first argument of `words(…)` and `words.pieces(…)`, but for what is only compared or asked of others. @param {string} source */
function asked(source) {
  const found = [];
  for (const { index, 0: call } of source.matchAll(/\bwords(?:\.pieces)?\(/g)) {
    const argument = firstArgument(source.slice(index + call.length)).replace(/\w+\([^()]*\)/g, "");
    if (argument.includes("`")) continue;
    found.push(...[...argument.matchAll(/([!=]==\s*)?"(\w+)"/g)].filter(([, compared]) => !compared).map(([, , key]) => key));
  }
  return found;
}

/** @param {string} rest what stands behind the opening bracket */
function firstArgument(rest) {
  let depth = 0;
  for (let at = 0; at < rest.length; at += 1) {
    if ("([{".includes(rest[at])) depth += 1;
    if (")]}".includes(rest[at])) depth -= 1;
    if (depth < 0 || (depth === 0 && rest[at] === ",")) return rest.slice(0, at);
  }
  return rest;
}

test("whoever looks for keys in code finds them, and nothing else", () => {
  const { literals, patterns, asked: found } = keysIn('// "no"\nwords(kind === "a" && is("b") ? "one_key" : "two_key", { x: "no_key" }); words(`by_${code}`); h(`${a}`)');
  assert.deepEqual(found, ["one_key", "two_key"]);
  assert(literals.has("no_key") && !literals.has("no"));
  assert.deepEqual(patterns.map((pattern) => pattern.source), ["^by_\\w+$"]);
});

for (const { name, dictionaries, code: files } of VOICES) {
  test(`${name} has dictionaries and code`, () => {
    assert(dictionaries.length > 0 && files.length > 0);
  });

  test(`${name} says everything in both languages, with the same values`, () => {
    for (const { path, words } of dictionaries) {
      assert.deepEqual(Object.keys(words.cs).sort(), Object.keys(words.en).sort(), path);
      for (const key of Object.keys(words.en)) {
        const values = (/** @type {"en" | "cs"} */ language) => [...new Set(textsOf(words[language][key]).flatMap(placeholders))].sort();
        if (NAMED_BEFORE.has(key)) assert.deepEqual(values("cs"), [], `${path}: ${key}`);
        else assert.deepEqual(values("cs"), values("en"), `${path}: ${key}`);
      }
    }
  });

  test(`${name} counts as each language does`, () => {
    for (const { path, words } of dictionaries) {
      for (const language of /** @type {const} */ (["en", "cs"])) {
        for (const [key, entry] of Object.entries(words[language])) {
          if (typeof entry !== "string") assertForms(language, entry, `${path}: ${language}.${key}`);
          assert(textsOf(entry).every((text) => text.trim()), `${path}: ${language}.${key} says nothing`);
        }
      }
      const counted = (/** @type {Dictionary} */ dictionary) => Object.keys(dictionary).filter((key) => typeof dictionary[key] !== "string");
      assert.deepEqual(counted(words.cs).sort(), counted(words.en).sort(), `${path}: what depends on a number does so in both languages`);
    }
  });

  test(`${name} has each key once`, () => {
    const keys = dictionaries.flatMap(({ words }) => Object.keys(words.en));
    assert.deepEqual(keys.filter((key, at) => keys.indexOf(key) !== at), []);
  });

  test(`${name} asks for no text that is missing, and has none that nobody asks for`, () => {
    const known = dictionaries.flatMap(({ words }) => Object.keys(words.en));
    const sources = files.map((path) => ({ path, ...keysIn(readFileSync(STATIC + path, "utf8")) }));
    for (const { path, asked: keys } of sources) assert.deepEqual(keys.filter((key) => !known.includes(key)), [], `${path} asks for these`);
    const isUsed = (/** @type {string} */ key) => SAID_BY_SERVER.has(key) || sources.some(({ literals, patterns }) => literals.has(key) || patterns.some((pattern) => pattern.test(key)));
    assert.deepEqual(known.filter((key) => !isUsed(key)), [], "nobody asks for these");
  });
}
