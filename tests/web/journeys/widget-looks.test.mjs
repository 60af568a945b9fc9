// How the widget looks, speaks, sounds, and can be used by everybody.
import assert from "node:assert/strict";
import { BROKEN_WIRE } from "./world/browser.mjs";
import { journey } from "./world/journey.mjs";
import { Chat, openShadows, shopPage, tag, visitShop } from "./world/shop.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/people.mjs").Device} Device */

/** @type {[string, import("./world/browser.mjs").Look][]} */
const LOOKS = [["in the light", {}], ["in the dark", { dark: true, still: true }], ["on a phone, in Czech, in the dark", { phone: true, lang: "cs", dark: true }]];

for (const [how, look] of LOOKS) {
  journey(`every state can be used by everybody ${how}`, async (world) => {
    const home = await world.house({});
    const account = await home.account("standard", ["Jana"]);
    const { page, chat } = await visitShop(world, account, look);
    page.expects(BROKEN_WIRE);
    const close = () => chat.frame.getByRole("button", { name: /Close the chat|Zavřít chat/ }).click();
    const bar = () => chat.bar.filter({ hasText: /./ });
    await chat.button.waitFor();
    await chat.assertAccessible("closed");
    await chat.open();
    await chat.assertAccessible("open, nobody there");
    await chat.say("Hello");
    await chat.frame.getByRole("form").waitFor();
    await chat.assertAccessible("asked where to answer");
    await chat.frame.getByLabel(/Your email|Váš e-mail/).fill("nonsense");
    await chat.frame.getByRole("button", { name: /Save|Uložit/ }).click();
    await chat.frame.getByRole("alert").filter({ hasText: /./ }).waitFor();
    await chat.assertAccessible("an address that is none");
    await chat.frame.getByLabel(/Your email|Váš e-mail/).fill("eva@example.com");
    await chat.frame.getByRole("button", { name: /Save|Uložit/ }).click();
    await chat.log.getByText("eva@example.com").waitFor();
    await chat.assertAccessible("the address is known");

    const desk = await account.admin.at();
    const { items: [{ id }] } = await account.admin.get("/api/v1/conversations?view=all");
    await desk.act("join", id);
    await desk.reply(id, "Good morning. See https://shop.test/returns, please.");
    desk.typing(id, true);
    await chat.typing.filter({ hasText: "Jana" }).waitFor();
    await chat.assertAccessible("a talk, somebody types");
    await page.evaluate(() => /** @type {any} */ (window).doorbell("send", "x ".repeat(2_001)));
    await chat.log.locator(".error").waitFor();
    home.wire.refuse();
    await bar().waitFor();
    await chat.say("in a tunnel");
    await chat.bubble("in a tunnel").waitFor();
    await chat.assertAccessible("no connection, one message failed, one waits");
    home.wire.heal();
    await bar().waitFor({ state: "hidden" });
    await close();
    await desk.reply(id, "Are you still there?");
    await chat.badge.filter({ hasText: "1" }).waitFor();
    await chat.assertAccessible("closed, with something unread");
  });
}

journey("on a phone it covers the window, above the keyboard too, and the way back is on top", async (world) => {
  const account = await (await world.house()).account();
  const { page, chat } = await visitShop(world, account, { phone: true, attributes: "data-open" });
  await chat.button.waitFor();
  assert.equal(await chat.iframe.getAttribute("class"), "", "it does not cover a page by itself");
  const box = await chat.button.boundingBox();
  assert.deepEqual([box?.x, box?.y], [390 - 76, 844 - 76]);
  await chat.button.tap();
  await chat.field.waitFor();
  const covers = (/** @type {number} */ height) => eventually(`it covers the window of ${height} px`, async () => {
    const panel = await chat.iframe.boundingBox();
    return panel?.x === 0 && panel.y === 0 && panel.width === 390 && panel.height === height;
  });
  await covers(844);
  assert.equal(await chat.button.isVisible(), false);
  const size = await chat.field.evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
  assert(size >= 16, "a smaller text makes phones zoom in");
  await page.setViewportSize({ width: 390, height: 480 });
  await covers(480);
  await eventually("the field is in view", () => chat.field.evaluate((field) => field.getBoundingClientRect().bottom <= innerHeight));
  await chat.frame.getByRole("button", { name: "Close the chat" }).tap();
  await chat.button.waitFor();
  await page.reload();
  await chat.button.waitFor();
  assert.equal(await chat.iframe.getAttribute("class"), "");
});

journey("a wide page can have it open from the start, without taking the focus from who types elsewhere", async (world) => {
  const account = await (await world.house()).account();
  const { page, chat } = await visitShop(world, account, { attributes: "data-open" });
  await page.getByLabel("Search").focus();
  await chat.field.waitFor();
  await page.locator("doorbell-widget iframe.open").waitFor();
  await page.keyboard.type("tea cups");
  assert.equal(await page.getByLabel("Search").inputValue(), "tea cups");
});

journey("it speaks the language that was wished for, else the page's, else the browser's", async (world) => {
  const account = await (await world.house()).account();
  const title = async (/** @type {string} */ html, /** @type {string} */ attributes, /** @type {"en" | "cs"} */ lang) => {
    const shop = await world.site({ "/": shopPage(tag(account, attributes), { lang: html }) });
    const window = await world.window({ lang });
    await openShadows(window);
    const chat = new Chat(await window.tab(shop.url("localhost")));
    await chat.button.waitFor();
    return (await chat.button.getAttribute("aria-label"))?.split(".")[0];
  };
  assert.equal(await title("en", `data-language="cs"`, "en"), "Napište nám");
  assert.equal(await title("cs-CZ", "", "en"), "Napište nám");
  assert.equal(await title("en-US", "", "cs"), "Chat with us");
  assert.equal(await title("de", "", "cs"), "Napište nám", "neither of ours: the browser's");
  assert.equal(await title("de", `data-language="fr"`, "en"), "Chat with us");
});

journey("a page can change the language while somebody talks: what was said by the house is said anew", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const { page, chat } = await visitShop(world, account);
  await chat.open();
  await chat.say("Hello");
  const { conversation } = await desk.socket.wait("message");
  await desk.act("join", conversation);
  await chat.log.getByText("Jana joined").waitFor();
  await page.evaluate(() => /** @type {any} */ (window).doorbell("language", "cs"));
  await chat.log.getByText("Do chatu přichází Jana").waitFor();
  await chat.status.filter({ hasText: "Jsme online" }).waitFor();
  assert.equal(await chat.frame.locator("html").getAttribute("lang"), "cs");
  assert.match(await chat.mark("Hello").textContent() ?? "", /Přečteno|Odesláno/);
});

journey("title, greetings, colour and side are the page's; the text on the colour can be read", async (world) => {
  const account = await (await world.house()).account();
  const attributes = `data-title="Ask a tea master" data-greeting-offline="Leaves are steeping." data-greeting-online="Tea time!" data-color="#FE0" data-position="left"`;
  const { chat } = await visitShop(world, account, { attributes });
  await chat.open();
  assert.equal((await chat.button.boundingBox())?.x, 20);
  await chat.frame.getByRole("heading", { name: "Ask a tea master" }).waitFor();
  await chat.bubble("Leaves are steeping.").waitFor();
  const colors = (/** @type {Element} */ element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color];
  assert.deepEqual(await chat.button.evaluate(colors), ["rgb(255, 238, 0)", "rgb(0, 0, 0)"]);
  await chat.say("Is it green?");
  assert.deepEqual(await chat.bubble("Is it green?").evaluate(colors), ["rgb(255, 238, 0)", "rgb(0, 0, 0)"]);
  await chat.assertAccessible("yellow");
  await account.admin.at();
  await chat.bubble("Tea time!").waitFor();
});

journey("a colour that is none changes nothing", async (world) => {
  const account = await (await world.house()).account();
  const { chat } = await visitShop(world, account, { attributes: `data-color="red;} * { display: none"` });
  await chat.button.waitFor();
  assert.equal(await chat.button.evaluate((button) => getComputedStyle(button).backgroundColor), "rgb(44, 87, 208)");
});

journey("who wants less motion gets none", async (world) => {
  const account = await (await world.house()).account();
  const { chat } = await visitShop(world, account, { still: true });
  await chat.open();
  assert.equal(await chat.iframe.evaluate((frame) => getComputedStyle(frame).animationName), "none");
});

journey("it is silent until it is asked to ring: then it rings for what nobody sees, and remembers that", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const shop = await world.site({ "/": shopPage(tag(account)) });
  const window = await world.window();
  await openShadows(window);
  await window.context.addInitScript(() => {
    const rung = { tones: 0 };
    const part = { setValueAtTime() {}, exponentialRampToValueAtTime() {}, value: 0 };
    const node = () => ({ frequency: part, gain: part, connect: (/** @type {any} */ next) => next, start: () => (rung.tones += 1), stop() {} });
    Object.assign(globalThis, { rung, AudioContext: class { createOscillator = node; createGain = node; resume = async () => {}; } });
  });
  const page = await window.tab(shop.url("localhost"));
  const chat = new Chat(page);
  const tones = async () => (await chat.inside()).evaluate(() => /** @type {any} */ (globalThis).rung.tones);
  await chat.open();
  await chat.say("Hello");
  const { conversation } = await desk.socket.wait("message");
  await chat.button.click();
  await desk.reply(conversation, "one");
  await chat.badge.filter({ hasText: "1" }).waitFor();
  await chat.open();
  const toggle = chat.frame.getByRole("button", { name: "Sound for new messages" });
  assert.equal(await toggle.getAttribute("aria-pressed"), "false");
  assert.equal(await tones(), 0);
  await toggle.click();
  await eventually("a sample is heard", async () => (await tones()) === 2);
  await desk.reply(conversation, "two, in view");
  await chat.bubble("two, in view").waitFor();
  assert.equal(await tones(), 2);
  await chat.button.click();
  await desk.reply(conversation, "three");
  await eventually("it rings", async () => (await tones()) === 4);
  await page.reload();
  await chat.badge.filter({ hasText: "1" }).waitFor();
  assert.equal(await tones(), 0, "what was there before is no news");
  await desk.reply(conversation, "four");
  await eventually("it rings after a reload too", async () => (await tones()) === 2);
});

journey("without a tag its page stands by itself, as a link from a mail would open it", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const page = await world.open(`${home.url}/widget/${account.key}`, { lang: "cs" });
  await page.getByRole("textbox", { name: "Vaše zpráva" }).fill("Dobrý den");
  await page.keyboard.press("Enter");
  await page.getByText("Odesláno").waitFor();
  await page.reload();
  await page.getByRole("log").getByText("Dobrý den", { exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Zavřít chat" }).count(), 0);
});
