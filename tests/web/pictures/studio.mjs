// Where pictures are taken: windows in which somebody of the company is logged in.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { launch, openWindow } from "../journeys/world/browser.mjs";
import { openShadows } from "../journeys/world/shop.mjs";
import { age } from "./aged.mjs";

/** @typedef {import("../journeys/world/browser.mjs").Page} Page */
/** @typedef {import("../journeys/world/browser.mjs").Look} Look */
/** @typedef {import("./company.mjs").Company} Company */

/** What the system's font is, the best one first: one as desktops have it, where it is installed. */
const FONTS = ["Inter", "Noto Sans", "DejaVu Sans"];
const FONTS_FILE = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include>/etc/fonts/fonts.conf</include>
  ${["system-ui", "sans-serif", "sans"].map(preferred).join("\n  ")}
</fontconfig>
`;

/** @param {string} family */
function preferred(family) {
  const fonts = FONTS.map((font) => `<family>${font}</family>`).join("");
  return `<alias binding="strong"><family>${family}</family><prefer>${fonts}</prefer></alias>`;
}

export class Studio {
  /** @type {import("../journeys/world/browser.mjs").Window[]} */
  #windows = [];

  /** @param {import("playwright-core").Browser} browser @param {string} folder */
  constructor(browser, folder) {
    this.browser = browser;
    this.folder = folder;
  }

  static async open() {
    const folder = await mkdtemp(path.join(tmpdir(), "doorbell-pictures-"));
    await writeFile(path.join(folder, "fonts.conf"), FONTS_FILE);
    return new Studio(await launch({ FONTCONFIG_FILE: path.join(folder, "fonts.conf") }), folder);
  }

  async end() {
    await this.browser.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** @param {string} url @param {Look} [look] @param {(window: import("../journeys/world/browser.mjs").Window) => Promise<unknown>} [before] */
  async open(url, look = {}, before = async () => {}) {
    const window = await openWindow(this.browser, { still: true, timezone: process.env.TZ, ...look });
    this.#windows.push(window);
    await openShadows(window);
    await before(window);
    return window.tab(url);
  }

  /** Jana's dashboard, in the browser in which she is away. @param {Company} company @param {string} route @param {Look} [look] */
  dashboard(company, route, look = {}) {
    const { jana } = company.people;
    const { url } = company.account.house;
    return this.open(`${url}/dashboard${route}`, { lang: company.lang, ...look }, async (window) => {
      await window.logIn(jana, url);
      await age(window.context, company.ages_ms);
      const name = `doorbell-device-${jana.id}`;
      await window.context.addInitScript(([key, device]) => {
        if (location.protocol === "http:") localStorage.setItem(key, device);
      }, [name, company.device]);
    });
  }

  /** Fails if anything went wrong on a page, and closes all. */
  async close() {
    for (const window of this.#windows) window.assertCalm();
    for (const window of this.#windows.splice(0)) await window.context.close();
  }

  /** @param {Page} page @returns {Promise<Buffer>} */
  take(page) {
    return page.screenshot({ animations: "disabled", caret: "hide" });
  }

  /** Several pictures of one height in one, side by side. @param {Buffer[]} pictures */
  async beside(pictures) {
    const window = await openWindow(this.browser, { width: 1600, height: 1000 });
    const page = await window.tab();
    const images = pictures.map((picture) => `<img src="data:image/png;base64,${picture.toString("base64")}">`).join("");
    await page.setContent(`<style>body{margin:0}p{display:inline-flex;gap:16px;margin:0}</style><p>${images}</p>`);
    // What is between them shows through, on a light and on a dark page.
    const picture = await page.locator("p").screenshot({ omitBackground: true });
    await window.context.close();
    return picture;
  }
}
