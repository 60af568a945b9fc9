// What a visitor's browser has to fetch for the chat, as the server sends it: packed, without the comments that have lines to
// themselves. tests/web/journeys/widget-weight.test.mjs sees that it does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const STATIC = new URL("../../../static/", import.meta.url);
const LOADER_MAX = 3 * 1_024;
const TOGETHER_MAX = 25 * 1_024;

/** @param {string} path */
const read = (path) => readFileSync(new URL(`.${path}`, STATIC), "utf8");

/** The bytes that go over the wire. @param {string} path */
function weight(path) {
  let text = read(path);
  const lines = (/** @type {string} */ comment) => comment.replace(/[^\n]/g, "");
  if (/\.(js|css)$/.test(path)) text = text.replace(/^[ \t]*\/\*(?:[^*]|\*(?!\/))*\*\/[ \t]*$/gm, lines);
  if (path.endsWith(".js")) text = text.replace(/^[ \t]*\/\/.*$/gm, "");
  return gzipSync(text, { level: 6 }).length;
}

/** What a file fetches; one language is what one visitor needs. @param {string} path @returns {string[]} */
function parts(path) {
  const text = read(path);
  const code = text.replace(/\/\*(?:[^*]|\*(?!\/))*\*\//g, "");
  const named = [...code.matchAll(/(?:from|import\()\s*"([^"]+)"|(?:src|href)="(\/[^"#]+\.(?:js|css))"/g)].map((found) => found[1] ?? found[2]);
  const languages = code.includes("./words/${language}.js") ? ["./words/cs.js"] : [];
  return [...named, ...languages].map((name) => new URL(name, `http://chat.test${path}`).pathname);
}

/** @param {string} path @param {Set<string>} [found] */
function everything(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  if (!path.endsWith(".css")) for (const part of parts(path)) everything(part, found);
  return found;
}

test("the loader is under 3 KB", () => {
  assert(weight("/widget.js") < LOADER_MAX, `${weight("/widget.js")} bytes`);
});

test("everything that the chat needs is under 25 KB, the bell for those who want to hear it included", () => {
  const files = ["/widget.js", ...everything("/widget/index.html")];
  for (const needed of ["/widget/chat/main.js", "/widget/chat/chat.css", "/shared/tokens.css", "/shared/link.js", "/shared/thread.js", "/widget/chat/words/cs.js", "/shared/sound.js"]) {
    assert(files.includes(needed), `${needed} is not found among ${files.join(", ")}`);
  }
  const heaviest = weight("/widget/chat/words/cs.js") >= weight("/widget/chat/words/en.js");
  assert(heaviest, "the language that is reckoned with is the longer one");
  const weights = files.map((file) => `${file}: ${weight(file)}`);
  const all = files.reduce((sum, file) => sum + weight(file), 0);
  assert(all < TOGETHER_MAX, `${all} bytes\n${weights.join("\n")}`);
});

test("nothing is fetched that does not run", () => {
  assert(!everything("/widget/index.html").has("/widget/chat/types.js"));
});
