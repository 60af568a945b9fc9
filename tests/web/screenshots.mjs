// The pictures of docs/screenshots/. Each has a name, a look, and what happens before it is taken; `scripts/screenshots` runs this.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, openWindow } from "./journeys/world/browser.mjs";
import { Demo } from "./journeys/world/house.mjs";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));

/**
 * @typedef {object} Picture
 * @property {string} name of its file
 * @property {string} path of the page, in the demo
 * @property {import("./journeys/world/browser.mjs").Look} [look]
 * @property {(page: import("./journeys/world/browser.mjs").Page, demo: Demo) => Promise<unknown>} [before]
 */

/** @type {Picture[]} */
const PICTURES = [
  {
    name: "reference",
    path: "/reference",
    before: (page) => page.locator("#call-logIn").waitFor(),
  },
];

/** @param {import("playwright-core").Browser} browser @param {Picture} picture */
async function take(browser, { name, path: address, look, before }) {
  const demo = await Demo.start();
  const window = await openWindow(browser, { still: true, ...look });
  try {
    const page = await window.tab(demo.url + address);
    await before?.(page, demo);
    window.assertCalm();
    await page.screenshot({ path: path.join(FOLDER, `${name}.png`), animations: "disabled", caret: "hide" });
    console.log(`docs/screenshots/${name}.png`);
  } finally {
    await window.context.close();
    await demo.stop();
  }
}

const wanted = process.argv[2] ?? "";
const browser = await launch();
try {
  await mkdir(FOLDER, { recursive: true });
  for (const picture of PICTURES.filter(({ name }) => name.includes(wanted))) await take(browser, picture);
} finally {
  await browser.close();
}
