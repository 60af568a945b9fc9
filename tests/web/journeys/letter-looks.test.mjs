// Letters as mail programs show them: whole letters of the snapshots under tests/mail, at a desk and on a phone, by day and by
// night. `PICTURES=folder` keeps a picture of each, to be looked at.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { violationsOf } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";

const SNAPSHOTS = path.resolve(import.meta.dirname, "../../mail/snapshots");
const PHONE = { phone: true };
/** The narrowest that is sold. */
const SMALL = { phone: true, width: 320 };
const DESK = { width: 1000 };

/** What a program does to a letter before it shows it. @typedef {(html: string) => string} Program */

/** @type {Program} */
const asItIs = (html) => html;
/** Some apps take all style elements away. @type {Program} */
const withoutStyles = (html) => html.replace(/<style>.*?<\/style>/gs, "");
/** Word reads what is written for it alone, and knows neither widths that are at most so, nor round corners. @type {Program} */
const likeWord = (html) =>
  withoutStyles(html.replace(/<!--\[if mso\]>(.*?)<!\[endif\]-->/gs, "$1"))
    .replace(/max-width:600px;|border-radius:\w+;|white-space:pre-wrap;|padding:12px 22px;|display:inline-block;/g, "")
    .replace(/mso-padding-alt:12px 22px/g, "padding:12px 22px");

/** @type {[string, import("./world/browser.mjs").Look, Program][]} */
const LOOKS = [
  ["at a desk", DESK, asItIs],
  ["at a desk in the dark", { ...DESK, dark: true }, asItIs],
  ["on a phone", PHONE, asItIs],
  ["on a phone in the dark", { ...PHONE, dark: true }, asItIs],
  ["on a small phone without style elements", SMALL, withoutStyles],
  ["at a desk, as Word has it", DESK, likeWord],
];

/** The HTML of each letter that is kept whole. */
async function letters() {
  const names = (await readdir(SNAPSHOTS)).filter((name) => name.endsWith(".snap"));
  const all = names.map(async (name) => {
    const [, html] = (await readFile(path.join(SNAPSHOTS, name), "utf8")).split("\n===== html\n");
    return { name: path.basename(name, ".snap"), html: html?.replaceAll("␣", "\u00a0") };
  });
  const found = (await Promise.all(all)).filter(({ html }) => html);
  assert(found.length > 15, `the letters are in ${SNAPSHOTS}`);
  return found;
}

/** A letter is no page: it has no landmarks. @param {string} found */
const isOfPages = (found) => /^- (region|landmark-one-main) /.test(found);

for (const [where, look, program] of LOOKS) {
  journey(`every letter can be read, ${where}, and nothing sticks out`, async ({ open }) => {
    const page = await open("about:blank", look);
    for (const { name, html } of await letters()) {
      await page.setContent(program(html));
      if (process.env.PICTURES) {
        await mkdir(process.env.PICTURES, { recursive: true });
        await page.screenshot({ path: path.join(process.env.PICTURES, `${name} ${where}.png`), fullPage: true });
      }
      const [shown, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert(shown <= window, `${name}: ${shown} px wide in a window of ${window}`);
      const violations = (await violationsOf(page)).filter((found) => !isOfPages(found));
      assert.deepEqual(violations, [], name);
    }
  });
}
