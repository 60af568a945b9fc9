// A web site with the widget on it, and the chat as its visitor sees it.
import assert from "node:assert/strict";
import { assertAccessible } from "./accessible.mjs";

/** The tag that a web site pastes. @param {import("./people.mjs").Account} account @param {string} [attributes] */
export const tag = (account, attributes = "") =>
  `<script async src="${account.house.url}/widget.js" data-key="${account.key}" ${attributes}></script>`;

/**
 * A page of a shop.
 *
 * @param {string} inside such as the tag
 * @param {{ lang?: string, head?: string }} [more]
 */
export const shopPage = (inside, { lang = "en", head = "" } = {}) => `<!doctype html>
<html lang="${lang}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Toys and Tea</title>
    ${head}
  </head>
  <body><main><h1>Toys and Tea</h1><p>Tea cups, and things to build with.</p><label>Search <input id="search"></label></main>${inside}</body>
</html>`;

/**
 * The widget's button and frame are in a closed shadow root, into which not even the browser's driver sees: pages of this window
 * make it an open one.
 *
 * @param {import("./browser.mjs").Window} window
 */
export async function openShadows(window) {
  await window.context.addInitScript(() => {
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (how) {
      return attach.call(this, { ...how, mode: "open" });
    };
  });
}

/** The chat on a page. */
export class Chat {
  /** @param {import("./browser.mjs").Page} page @param {string} [within] where the widget is, if it is in a frame of the page */
  constructor(page, within = "") {
    this.page = page;
    const place = within ? page.frameLocator(within) : page;
    this.root = place.locator("doorbell-widget");
    this.button = this.root.locator("button");
    this.badge = this.root.locator("b");
    this.iframe = this.root.locator("iframe");
    this.frame = place.frameLocator("doorbell-widget iframe");
    this.field = this.frame.getByRole("textbox", { name: /Your message|Vaše zpráva/ });
    this.status = this.frame.locator("header").getByRole("status");
    this.log = this.frame.getByRole("log");
    this.bar = this.frame.locator(".bar");
    this.typing = this.frame.locator(".typing");
  }

  async open() {
    await this.button.click();
    await this.field.waitFor();
    return this;
  }

  /** @param {string} text */
  async say(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** A bubble with this text. @param {string} text */
  bubble(text) {
    return this.log.locator(".bubble").filter({ hasText: text });
  }

  /** What stands below one's own message with this text. @param {string} text */
  mark(text) {
    return this.log.locator(".own").filter({ hasText: text }).locator(".about");
  }

  /** The texts of all bubbles but the greeting. @returns {Promise<string[]>} */
  async texts() {
    return (await this.log.locator(".bubble").allTextContents()).slice(1);
  }

  /** The frame itself, to look into. */
  async inside() {
    const handle = await this.iframe.elementHandle();
    const frame = await handle?.contentFrame();
    assert(frame, "the chat's frame is there");
    return frame;
  }

  /** Fails if the rules of accessibility say anything against the page with the button and the chat. @param {string} state */
  async assertAccessible(state) {
    if (await this.iframe.isVisible()) return assertAccessible(this.page, state);
    // Closed, the chat is not drawn, and what moves in it comes to no rest.
    const top = this.page.mainFrame();
    return assertAccessible(/** @type {any} */ ({ frames: () => [top], evaluate: top.evaluate.bind(top) }), state);
  }
}

/**
 * The chat on a page of a shop that has nothing else of note, in a window of its own.
 *
 * @param {import("./journey.mjs").World} world
 * @param {import("./people.mjs").Account} account
 * @param {import("./browser.mjs").Look & { attributes?: string, path?: string, lang?: "en" | "cs" }} [how]
 */
export async function visitShop({ site, window }, account, { attributes, ...look } = {}) {
  const shop = await site({ "/": shopPage(tag(account, attributes), { lang: look.lang }) });
  const own = await window(look);
  await openShadows(own);
  // Another site than the server: the frame is of a third party, as it is in life.
  const page = await own.tab(shop.url("localhost"));
  return { shop, window: own, page, chat: new Chat(page) };
}
