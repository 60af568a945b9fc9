// A journey: a test that goes through real browsers and the real server, and leaves nothing behind however it ends.
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { launch, openWindow } from "./browser.mjs";
import { Demo, House } from "./house.mjs";
import { everybodyGoesHome } from "./people.mjs";
import { Site } from "./site.mjs";

/** Longer than this, a journey is lost. */
const JOURNEY_MS = 90_000;
/** Where pictures of pages go on which a journey failed. */
const PICTURES = path.join(tmpdir(), "doorbell-journeys");

/** One browser a file, started with the first window. @type {ReturnType<typeof launch> | undefined} */
let browser;
/** One server a file, started by the first journey that asks for it. @type {Promise<House> | undefined} */
let sharedHouse;

after(async () => {
  await (await browser)?.close();
  await (await sharedHouse)?.demolish();
});

/**
 * What a journey is given.
 *
 * @typedef {object} World
 * @property {(settings?: import("./house.mjs").Settings) => Promise<House>} house the file's server; with settings one of its own
 * @property {() => Promise<Demo>} demo a demo of its own
 * @property {(pages: Record<string, import("./site.mjs").Content>) => Promise<Site>} site a web site of somebody else
 * @property {(look?: import("./browser.mjs").Look) => Promise<import("./browser.mjs").Window>} window a window of its own
 * @property {(url: string, look?: import("./browser.mjs").Look & { as?: import("./people.mjs").Operator }) => Promise<import("./browser.mjs").Page>} open
 *   a page in a window of its own; `as`: somebody who is logged in there already
 */

/**
 * A test by its sentence.
 *
 * @param {string} sentence
 * @param {(world: World) => Promise<unknown>} story
 */
export function journey(sentence, story) {
  test(sentence, { timeout: JOURNEY_MS }, async (t) => {
    const stage = new Stage();
    let ended = false;
    t.after(async () => {
      if (!ended) await stage.tellWhatWas(sentence);
      await stage.strike();
    });
    await story(stage.world());
    stage.assertCalm();
    ended = true;
  });
}

class Stage {
  /** @type {(() => unknown)[]} What is to be done at the end, the last thing first. */
  #ends = [];
  /** @type {import("./browser.mjs").Window[]} */
  #windows = [];
  /** @type {Set<House>} */
  #houses = new Set();

  /** @returns {World} */
  world() {
    return {
      house: (settings) => this.#house(settings),
      demo: () => this.#own(Demo.start(), (demo) => demo.stop()),
      site: (pages) => this.#own(Site.open(pages), (site) => site.stop()),
      window: (look) => this.#window(look),
      open: (url, look) => this.#open(url, look),
    };
  }

  assertCalm() {
    for (const window of this.#windows) window.assertCalm();
  }

  async strike() {
    everybodyGoesHome();
    for (const house of this.#houses) await house.tidy();
    for (const end of this.#ends.reverse()) await end();
  }

  /** For whoever looks at a failure. @param {string} sentence */
  async tellWhatWas(sentence) {
    await mkdir(PICTURES, { recursive: true });
    for (const [n, page] of this.#windows.flatMap((window) => window.context.pages()).entries()) {
      const file = path.join(PICTURES, `${sentence.replace(/\W+/g, "-").slice(0, 80)}-${n + 1}.png`);
      const taken = page.screenshot({ path: file, timeout: 3_000 }).then(() => file, () => "no picture: it is hidden, or gone");
      console.log(`${page.url()}: ${await taken}`);
    }
    for (const window of this.#windows) window.troubles.seen.forEach((trouble) => console.log(`! ${trouble}`));
    for (const house of this.#houses) console.log(await house.log());
  }

  /** @template T @param {Promise<T>} made @param {(made: T) => unknown} end */
  async #own(made, end) {
    const thing = await made;
    this.#ends.push(() => end(thing));
    return thing;
  }

  /** @param {import("./house.mjs").Settings} [settings] */
  async #house(settings) {
    const house = settings ? await this.#own(House.start(settings), (own) => own.demolish()) : await (sharedHouse ??= House.start());
    this.#houses.add(house);
    return house;
  }

  /** @param {import("./browser.mjs").Look} [look] */
  async #window(look) {
    browser ??= launch();
    const window = await this.#own(openWindow(await browser, look), (own) => own.context.close());
    this.#windows.push(window);
    return window;
  }

  /** @param {string} url @param {import("./browser.mjs").Look & { as?: import("./people.mjs").Operator }} [look] */
  async #open(url, { as, ...look } = {}) {
    const window = await this.#window(look);
    if (as) await window.logIn(as, url);
    return window.tab(url);
  }
}
