// The widget on pages that mean it no good, or do not care: each is a web site of somebody else with the tag on it.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { journey } from "./world/journey.mjs";
import { Chat, openShadows, shopPage, tag } from "./world/shop.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/journey.mjs").World} World @typedef {import("./world/people.mjs").Account} Account */

/**
 * A page of another site, whose shadows are open.
 *
 * @param {World} world
 * @param {Record<string, import("./world/site.mjs").Content>} pages
 */
async function visit({ site, window }, pages) {
  const shop = await site(pages);
  const own = await window();
  await openShadows(own);
  return { shop, window: own, page: await own.tab(shop.url("localhost")) };
}

/** The chat is there, where it belongs, and works. @param {Chat} chat @param {Account} account */
async function works(chat, account) {
  const { width, height } = chat.page.viewportSize() ?? { width: 0, height: 0 };
  await chat.button.waitFor();
  assert.deepEqual(await chat.button.boundingBox(), { x: width - 76, y: height - 76, width: 56, height: 56 });
  await chat.open();
  await eventually("the panel has come to rest", async () => isDeepStrictEqual(await chat.iframe.boundingBox(), { x: width - 380, y: height - 608, width: 360, height: 520 }));
  await chat.say("Can you hear me?");
  await chat.mark("Can you hear me?").filter({ hasText: "Sent" }).waitFor();
  const { items } = await account.admin.get("/api/v1/conversations?view=all");
  assert.equal(items[0].last_message.text, "Can you hear me?");
  await chat.button.click();
  await chat.iframe.and(chat.root.locator("iframe:not(.open)")).waitFor({ state: "hidden" });
}

const RESETS = `<style>
  * { all: unset !important }
  *, *::before, *::after { animation: none !important; transition: none !important; visibility: hidden !important; opacity: 0 !important }
  iframe, button, doorbell-widget, html > :not(head, body) { display: none !important; width: 0 !important; height: 0 !important }
  div, doorbell-widget, iframe { position: static !important; transform: scale(0.1) !important; pointer-events: none !important }
  html { font-size: 4px; direction: rtl; line-height: 5 } body { filter: blur(4px); transform: rotate(90deg); overflow: hidden; zoom: 3 }
</style>`;

journey("styles of the page do not reach it: resets with `all: unset !important`, hidden frames, turned and blurred bodies", async (world) => {
  const account = await (await world.house()).account();
  const { page } = await visit(world, { "/": shopPage(tag(account), { head: RESETS }) });
  await works(new Chat(page), account);
});

const OVERRIDES = `<script>
  for (const name of ["push", "map", "filter", "forEach", "find", "includes", "concat", "slice", "indexOf", "join", "reduce", "some"]) {
    Array.prototype[name] = () => { throw new Error("Array.prototype." + name) };
  }
  Array.prototype[Symbol.iterator] = () => { throw new Error("iterator") };
  Array.prototype.extra = Object.prototype.open = Object.prototype.extra = "polluted";
  window.Promise = class { constructor() { throw new Error("Promise") } };
  window.JSON = { parse: () => { throw new Error("JSON") }, stringify: () => "nothing" };
  window.addEventListener = document.addEventListener = EventTarget.prototype.addEventListener = () => { throw new Error("addEventListener") };
  window.fetch = window.XMLHttpRequest = window.WebSocket = window.Event = window.CustomEvent = undefined;
  window.$ = window.jQuery = window.define = window.require = window.module = window.exports = () => {};
  window.name = "doorbell"; window.status = "online"; window.origin = "https://evil.test"; window.event = null;
</script><form id="doorbell"></form><img name="doorbell" alt="">`;

journey("a page that replaces what browsers give it has a chat all the same", async (world) => {
  const account = await (await world.house()).account();
  const { page } = await visit(world, { "/": shopPage(tag(account), { head: OVERRIDES }) });
  await works(new Chat(page), account);
});

journey("a strict Content-Security-Policy needs two sources, as the document says, and no styles", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const policy = `default-src 'none'; script-src ${home.url}; frame-src ${home.url}; require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'`;
  const { page } = await visit(world, { "/": { body: shopPage(tag(account)), headers: { "Content-Security-Policy": policy } } });
  await works(new Chat(page), account);
});

journey("a nonce lets it in as well", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const policy = `default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; frame-src ${home.url}`;
  const { page } = await visit(world, { "/": { body: shopPage(tag(account, `nonce="r4nd0m"`)), headers: { "Content-Security-Policy": policy } } });
  await works(new Chat(page), account);
});

journey("a policy without the frame's source is told on the console, and leaves no dead button", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const policy = `default-src 'none'; script-src ${home.url}`;
  const { window, page } = await visit(world, { "/": { body: shopPage(tag(account)), headers: { "Content-Security-Policy": policy } } });
  await saysWhy(window, page, /doorbell: no answer from .*in this page's frame-src\?/);
  page.expects(/Content Security Policy|ERR_BLOCKED_BY_CSP|target origin provided/);
});

journey("two tags make one chat, and say so once", async (world) => {
  const account = await (await world.house()).account();
  const twice = tag(account) + tag(account, `id="again"`) + tag(account, `data-title="Third"`);
  const { window, page } = await visit(world, { "/": shopPage(twice) });
  page.expects(/doorbell: it is on this page already/);
  await works(new Chat(page), account);
  assert.equal(await page.locator("doorbell-widget").count(), 1);
  assert.equal(window.troubles.seen.filter((trouble) => trouble.includes("it is on this page already")).length, 1);
});

journey("a tag without a key says what it needs", async (world) => {
  const home = await world.house();
  const { window, page } = await visit(world, { "/": shopPage(`<script async src="${home.url}/widget.js"></script>`) });
  page.expects(/needs data-key/);
  await eventually("it is said", () => window.troubles.seen.some((trouble) => trouble.includes("needs data-key")));
  assert.equal(await page.locator("doorbell-widget").count(), 0);
});

journey("a page in a frame of another page has its chat there", async (world) => {
  const account = await (await world.house()).account();
  const inner = await world.site({ "/": shopPage(tag(account)) });
  const { page } = await visit(world, { "/": shopPage(`<iframe id="shop" title="Shop" src="${inner.url()}" width="800" height="640"></iframe>`) });
  const chat = await new Chat(page, "#shop").open();
  await chat.say("From a page in a page");
  await chat.mark("From a page in a page").filter({ hasText: "Sent" }).waitFor();
  const { items: [{ visitor }] } = await account.admin.get("/api/v1/conversations?view=all");
  assert.equal(visitor.page.url, `${inner.url()}/`);
});

/**
 * There is no button, and the console says why, once.
 *
 * @param {import("./world/browser.mjs").Window} window
 * @param {import("./world/browser.mjs").Page} page
 * @param {RegExp} why
 * @param {string} [within]
 */
async function saysWhy(window, page, why, within) {
  page.expects(why);
  const said = () => window.troubles.seen.filter((trouble) => why.test(trouble));
  await eventually("the console says why", () => said().length);
  assert.equal(said().length, 1);
  const { button } = new Chat(page, within);
  assert.deepEqual([await button.count(), await button.isVisible()], [1, false], "a dead button");
}

journey("an origin that is not allowed gets no button, and its owner is told why", async (world) => {
  const account = await (await world.house()).account();
  await account.admin.patch("/api/v1/account", { allowed_origins: ["https://shop.test"] });
  const { window, page } = await visit(world, { "/": shopPage(tag(account)) });
  page.expects(/frame-ancestors|target origin provided|ERR_BLOCKED_BY_RESPONSE/);
  await saysWhy(window, page, /doorbell: no answer from .*an allowed origin/);
});

journey("a page without an origin, in a sandbox, has none, and its owner is told why", async (world) => {
  const account = await (await world.house()).account();
  const { window, page } = await visit(world, {
    "/": shopPage(`<iframe id="shop" title="Shop" sandbox="allow-scripts" src="/inner" width="800" height="640"></iframe>`),
    "/inner": shopPage(tag(account)),
  });
  page.expects(/frame-ancestors|target origin provided|ERR_BLOCKED_BY_RESPONSE/);
  await saysWhy(window, page, /doorbell: no answer from/, "#shop");
});

journey("a key that is none gets no button, and its owner is told why", async (world) => {
  const home = await world.house();
  const { window, page } = await visit(world, { "/": shopPage(`<script async src="${home.url}/widget.js" data-key="no-such-key"></script>`) });
  page.expects(/404|target origin provided/);
  await saysWhy(window, page, /doorbell: no answer from .*is "no-such-key" its key/);
});

journey("a slow server holds up nothing: the page is done before anything of the chat but the tag is asked for", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const { window, shop } = await visit(world, { "/": "nothing yet" });
  shop.pages["/shop"] = shopPage(tag(account));
  home.wire.freeze();
  const page = await window.tab();
  await page.goto(`${shop.url("localhost")}/shop`, { waitUntil: "domcontentloaded" });
  const chat = new Chat(page);
  await page.getByLabel("Search").fill("tea");
  assert.equal(await page.locator("doorbell-widget").count(), 0);
  home.wire.heal();
  home.wire.slow(150);
  await chat.button.waitFor();
  home.wire.heal();
  await works(chat, account);
});

journey("it moves nothing on the page, holds nothing up, and the page is loaded before its frame is asked for", async (world) => {
  const account = await (await world.house()).account();
  const watch = `<script>
    window.shifts = 0; window.long = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (shifts += value))).observe({ type: "layout-shift", buffered: true });
    window.loaded = new Promise((resolve) => addEventListener("load", () => setTimeout(resolve)));
  </script>`;
  const { page } = await visit(world, { "/": shopPage(watch + tag(account)) });
  const chat = new Chat(page);
  await works(chat, account);
  const { shifts, loadedMs, frameMs } = await page.evaluate(() => ({
    shifts: /** @type {any} */ (window).shifts,
    loadedMs: /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType("navigation")[0]).loadEventStart,
    frameMs: performance.getEntriesByType("resource").find(({ name }) => name.includes("/widget/"))?.startTime ?? 0,
  }));
  assert.equal(shifts, 0);
  assert(loadedMs > 0 && frameMs >= loadedMs, `loaded at ${loadedMs}, frame at ${frameMs}`);
});

journey("the page's scripts find no way in", async (world) => {
  const account = await (await world.house()).account();
  const shop = await world.site({ "/": shopPage(tag(account)) });
  const page = await world.open(shop.url("localhost"));
  await page.evaluate(() => new Promise((resolve) => {
    window.addEventListener("message", () => Object.assign(window, { overheard: true }));
    /** @type {any} */ (window).doorbell("on", "ready", resolve);
  }));
  const found = await page.evaluate(() => ({
    shadow: document.querySelector("doorbell-widget")?.shadowRoot,
    frames: window.frames.length,
    iframes: document.querySelectorAll("iframe, button").length,
    overheard: "overheard" in window,
  }));
  assert.deepEqual(found, { shadow: null, frames: 0, iframes: 0, overheard: false });
});

journey("the frame answers the page around it, under the origin that it has, and nobody else", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const greetsFirst = `<script>parent.frames[1].postMessage({ doorbell: { title: "A stranger" } }, "*", [new MessageChannel().port2])</script>`;
  const { shop, page } = await visit(world, { "/": shopPage(""), "/stranger": shopPage(greetsFirst) });
  const chat = (/** @type {string} */ origin) => `${home.url}/widget/${account.key}#${encodeURIComponent(origin)}`;
  const addresses = [chat("https://evil.test"), chat(shop.url("localhost")), home.url];
  const answers = await page.evaluate(async ([wrong, right, server]) => {
    /** @returns {Promise<HTMLIFrameElement>} */
    const load = (/** @type {string} */ src) => new Promise((resolve) => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      frame.onload = () => resolve(frame);
      frame.src = src;
    });
    const greet = (/** @type {HTMLIFrameElement} */ frame, /** @type {string} */ title) => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data.title);
      frame.contentWindow?.postMessage({ doorbell: { title } }, server, [port2]);
    });
    const answered = { impostor: null, page: null };
    greet(await load(wrong), "An impostor").then((title) => Object.assign(answered, { impostor: title }));
    const frame = await load(right);
    await load("/stranger");
    return Object.assign(answered, { page: await greet(frame, "The page") });
  }, addresses);
  assert.deepEqual(answers, { impostor: null, page: "The page" });
});

journey("a page that swaps its body, as some frameworks do, keeps the chat", async (world) => {
  const account = await (await world.house()).account();
  const { page } = await visit(world, { "/": shopPage(tag(account)) });
  const chat = new Chat(page);
  await chat.button.waitFor();
  await page.evaluate(() => document.body.replaceWith(document.createElement("body")));
  await works(chat, account);
});
