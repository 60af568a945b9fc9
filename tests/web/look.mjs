// Looks at a page: a screenshot of it, and what went wrong on it.
//
//   node tests/web/look.mjs URL out.png [--phone | --width 390 --height 844] [--dark] [--lang cs] [--full] [--steps steps.mjs]
//
// tests/web/README.md tells the rest.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launch, openWindow } from "./journeys/world/browser.mjs";

const USAGE = `node tests/web/look.mjs URL out.png [options]
  --phone                 390 x 844 with touch
  --width N --height N    another size (1280 x 800)
  --dark, --still         dark colours, less motion
  --lang cs|en            the browser's language
  --full                  the whole page, not only what the window shows
  --wait SELECTOR         waits for this element first
  --steps FILE.mjs        runs its \`export default async (page, { shot, window }) => {}\` before the last screenshot;
                          \`await shot("name")\` takes one more, out-name.png
  --axe                   also tells what the accessibility rules say`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    phone: { type: "boolean" },
    width: { type: "string" },
    height: { type: "string" },
    dark: { type: "boolean" },
    still: { type: "boolean" },
    lang: { type: "string" },
    full: { type: "boolean" },
    wait: { type: "string" },
    steps: { type: "string" },
    axe: { type: "boolean" },
  },
});
const [url, out] = positionals;
if (!url || !out) {
  console.error(USAGE);
  process.exit(2);
}

const number = (/** @type {string | undefined} */ text) => (text ? Number(text) : undefined);

/** A file beside the last screenshot. @param {string} name */
const besides = (name) => out.replace(/(\.png)?$/, `-${name}.png`);

async function look() {
  const browser = await launch();
  try {
    const { phone, dark, still, full, steps } = values;
    const lang = values.lang === "cs" ? "cs" : "en";
    const window = await openWindow(browser, { phone, dark, still, lang, width: number(values.width), height: number(values.height) });
    const page = await window.tab(url);
    const shot = async (/** @type {string} */ file) => {
      await page.screenshot({ path: file, fullPage: full });
      console.log(file);
    };
    if (values.wait) await page.locator(values.wait).first().waitFor();
    // What the page fetches at once; a page that never rests is looked at all the same.
    await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
    if (steps) {
      const { default: run } = await import(pathToFileURL(path.resolve(steps)).href);
      await run(page, { window, shot: (/** @type {string} */ name) => shot(besides(name)) });
    }
    await shot(out);
    if (values.axe) {
      const { violationsOf } = await import("./journeys/world/accessible.mjs");
      console.log((await violationsOf(page)).join("\n") || "axe: nothing");
    }
    for (const trouble of window.troubles.seen) console.log(`! ${trouble}`);
  } finally {
    await browser.close();
  }
}

await look();
