// Chromium as a person uses it: windows of a size, a language and a colour scheme, and pages on which nothing goes wrong unseen.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { DEADLINE_MS } from "./waiting.mjs";

/** What browsers are called, the best one first. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/** A browser that asks nobody, and finds the shared memory of a container too small. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--disable-sync", "--mute-audio"];

/** What a browser says of a wire that was cut or refuses: `page.expects(BROKEN_WIRE)`. */
export const BROKEN_WIRE = /net::ERR_(CONNECTION_\w+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)|WebSocket connection to '[^']*' failed/;

/** A page was left while it was connecting: nobody's trouble. */
const LEFT_EARLY = /WebSocket is closed before the connection is established/;

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * How a window is opened.
 *
 * @typedef {object} Look
 * @property {boolean} [phone] 390 × 844 with touch instead of 1280 × 800
 * @property {number} [width]
 * @property {number} [height]
 * @property {boolean} [dark]
 * @property {boolean} [still] the user wants less motion
 * @property {"en" | "cs"} [lang] the browser's language; English without it
 * @property {string} [timezone] such as `Europe/Prague`
 * @property {string[]} [permissions] such as `notifications`
 *
 * @typedef {import("playwright-core").Page & { expects: (trouble: RegExp) => void, shot: (name: string) => Promise<string> }} Page
 */

/** The path of the distribution's Chromium. */
export function chromiumPath() {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const found = BROWSERS.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
  if (!found) throw new Error(`none of ${BROWSERS.join(", ")} is installed: scripts/test does that`);
  return found;
}

/** A browser; `HEADED=1` shows it. @param {Record<string, string>} [env] beside the environment */
export function launch(env = {}) {
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS, headless: !process.env.HEADED, env: { ...process.env, ...env } });
}

/**
 * A window of its own: no cookie or storage is shared with any other.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {Look} [look]
 */
export async function openWindow(browser, look = {}) {
  const base = look.phone ? PHONE : DESKTOP;
  const context = await browser.newContext({
    ...base,
    viewport: { width: look.width ?? base.viewport.width, height: look.height ?? base.viewport.height },
    colorScheme: look.dark ? "dark" : "light",
    reducedMotion: look.still ? "reduce" : "no-preference",
    locale: look.lang === "cs" ? "cs-CZ" : "en-GB",
    timezoneId: look.timezone ?? "Europe/Prague",
    permissions: look.permissions ?? [],
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const troubles = watch(context);
  return new Window(context, troubles);
}

/** A window with its tabs. */
export class Window {
  /** @param {import("playwright-core").BrowserContext} context @param {ReturnType<typeof watch>} troubles */
  constructor(context, troubles) {
    this.context = context;
    this.troubles = troubles;
  }

  /** A new tab, empty or at an address. @param {string} [url] @returns {Promise<Page>} */
  async tab(url) {
    const page = /** @type {Page} */ (await this.context.newPage());
    page.expects = (trouble) => void this.troubles.expected.push(trouble);
    page.shot = async (name) => {
      const file = name.includes("/") ? name : path.join("/tmp", name);
      await page.screenshot({ path: file });
      return file;
    };
    if (url) await page.goto(url);
    return page;
  }

  /**
   * Somebody is logged in here from now on, as after the log-in page: with a session of this window's own.
   *
   * @param {import("./people.mjs").Operator} operator
   * @param {string} url any address of the server
   */
  async logIn({ email, password }, url) {
    const { origin } = new URL(url);
    const answer = await this.context.request.post(`${origin}/api/v1/login`, { data: { email, password }, headers: { Origin: origin } });
    assert.equal(answer.status(), 200, await answer.text());
  }

  /** Fails if anything happened on a page that the journey did not expect. */
  assertCalm() {
    const { expected, seen } = this.troubles;
    const unexpected = seen.filter((trouble) => !expected.some((pattern) => pattern.test(trouble)));
    assert.equal(unexpected.length, 0, `what pages should not have met:\n${unexpected.join("\n")}`);
  }
}

/** Notes whatever goes wrong on any page of a context, and in its frames. @param {import("playwright-core").BrowserContext} context */
function watch(context) {
  /** @type {{ seen: string[], expected: RegExp[] }} */
  const troubles = { seen: [], expected: [] };
  const note = (/** @type {string} */ what) => void troubles.seen.push(what);
  context.on("weberror", (error) => note(`uncaught: ${error.error().stack ?? error.error()}`));
  context.on("console", (message) => {
    if (["error", "warning", "assert"].includes(message.type()) && !LEFT_EARLY.test(message.text())) {
      note(`console.${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  context.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // What a page had asked for when it was left.
    if (why !== "net::ERR_ABORTED") note(`failed request: ${request.method()} ${request.url()}: ${why}`);
  });
  context.on("page", (page) => {
    page.on("crash", () => note(`crashed: ${page.url()}`));
    page.on("dialog", (dialog) => {
      if (dialog.type() !== "beforeunload") note(`dialog: ${dialog.type()} ${dialog.message()}`);
      dialog.accept().catch(() => {});
    });
  });
  return troubles;
}
