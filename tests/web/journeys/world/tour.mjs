// The demo's tour as somebody sees it who goes through it: its steps, its players, the clock and the line for each person.
import assert from "node:assert/strict";
import { openShadows } from "./shop.mjs";
import { eventually } from "./waiting.mjs";

/** @typedef {"shop" | "first" | "second" | "phone" | "mailbox"} Player */

/** Longer than the clock and what comes before it. */
const STORY_MS = 45_000;

export class Tour {
  /** @param {import("./house.mjs").Demo} demo @param {import("./browser.mjs").Page} page */
  constructor(demo, page) {
    this.demo = demo;
    this.page = page;
    this.clock = page.locator(".the-clock");
  }

  /**
   * @param {import("./journey.mjs").World} world
   * @param {import("./browser.mjs").Look & { delayS?: number }} [look] `delayS`: where the clock need not be seen running, it may
   *   be quick
   */
  static async open({ demo: begin, window: openWindow }, { delayS, ...look } = {}) {
    const demo = await begin();
    const jana = await demo.logIn("jana");
    if (delayS) await jana.patch("/api/v1/account", { notifications: { offline: { delay_s: delayS }, missed: { delay_s: delayS } } });
    const window = await openWindow(look);
    await openShadows(window);
    return new Tour(demo, await window.tab(`${demo.url}/demo`));
  }

  /** What a player shows. @param {Player} player */
  player(player) {
    return this.page.frameLocator(`section.${player} > iframe`);
  }

  /** Waits until everybody has come: a frame that still loads cannot be looked at. */
  async isThere() {
    await this.chat.button.waitFor();
    for (const desk of /** @type {const} */ (["first", "second"])) await this.player(desk).locator(".rail").waitFor({ state: "attached" });
    await this.player("phone").locator(".body").waitFor({ state: "attached" });
    await this.player("mailbox").locator(".letters").waitFor({ state: "attached" });
  }

  /** The chat in the shop. */
  get chat() {
    const shop = this.player("shop").frameLocator("#shop");
    const frame = shop.frameLocator("doorbell-widget iframe");
    return { button: shop.locator("doorbell-widget button"), field: frame.getByRole("textbox", { name: /Your message|Vaše zpráva/ }), status: frame.locator("header").getByRole("status"), log: frame.getByRole("log") };
  }

  /** Chooses a story, and waits until its stage is set. @param {string} title */
  async begin(title) {
    const item = this.page.locator(".story", { hasText: title });
    await item.getByRole("button", { name: /^(Begin|Once more|Začít|Ještě jednou)/ }).click();
    await item.locator(".steps .done").first().waitFor();
  }

  /** The step that is to be done now. */
  get step() {
    return this.page.locator(".steps .now");
  }

  /** Lets the tour do the step, and waits until it has happened. @param {string} step what it says */
  async letDo(step) {
    await this.step.filter({ hasText: step }).getByRole("button").click();
    await this.isDone(step);
  }

  /** Waits until a step has really happened. @param {string} step what it says */
  async isDone(step) {
    await this.page.locator(".steps .done", { hasText: step }).waitFor({ timeout: STORY_MS });
  }

  /** Waits until the story is over. */
  async isOver() {
    await this.page.locator(".ending").waitFor({ timeout: STORY_MS });
    assert.equal(await this.page.locator(".story .notice").count(), 0, "the story took another way");
  }

  /** Waits until the line of somebody says so. @param {string} name @param {RegExp} fate */
  async says(name, fate) {
    await this.page.locator(".person", { hasText: name }).locator(".fate", { hasText: fate }).waitFor();
  }

  /** Those who got a letter, as the mailbox shows them: as many as the server sent. @returns {Promise<string[]>} */
  async mailed() {
    const rows = this.player("mailbox").locator(".letters ul:not(.earlier) strong");
    const { items } = await (await fetch(`${this.demo.url}/demo/mails.json`)).json();
    return eventually("the mailbox shows what the server sent", async () => {
      const names = await rows.allTextContents();
      return names.length === items.length ? names.sort() : null;
    });
  }
}
