// What becomes of a visitor's words when connections, servers and browsers do not hold.
import assert from "node:assert/strict";
import { BROKEN_WIRE } from "./world/browser.mjs";
import { journey } from "./world/journey.mjs";
import { Chat, openShadows, shopPage, tag, visitShop } from "./world/shop.mjs";
import { eventually } from "./world/waiting.mjs";

/** Texts of the account's only conversation, as the server has them. @param {import("./world/people.mjs").Account} account */
async function stored(account) {
  const { items } = await account.admin.get("/api/v1/conversations?view=all");
  return items.length ? account.admin.texts(items[0].id) : [];
}

/** @param {import("./world/people.mjs").Account} account @param {string[]} texts */
const areStored = (account, texts) => eventually(`${texts.length} messages are stored`, async () => (await stored(account)).length >= texts.length);

journey("a cut while writing loses nothing and doubles nothing: what was written waits, and is sent once", async (world) => {
  const home = await world.house({});
  const account = await home.account();
  const { page, chat } = await visitShop(world, account);
  page.expects(BROKEN_WIRE);
  await chat.open();
  await chat.say("before");
  await chat.mark("before").filter({ hasText: "Sent" }).waitFor();
  await chat.field.fill("half a thou");
  home.wire.refuse();
  await chat.bar.filter({ hasText: "No connection. What you write is sent later." }).waitFor();
  await chat.status.filter({ hasText: "Connecting…" }).waitFor();
  assert.equal(await chat.field.inputValue(), "half a thou", "what is being typed stays");
  await chat.say("first");
  await chat.say("second");
  await chat.mark("first").filter({ hasText: "Waits for the connection" }).or(chat.mark("second").filter({ hasText: "Waits for the connection" })).first().waitFor();
  home.wire.heal();
  await chat.mark("second").filter({ hasText: "Sent" }).waitFor();
  await chat.bar.filter({ hasText: /^$/ }).waitFor({ state: "hidden" });
  assert.deepEqual(await stored(account), ["before", "first", "second"]);
  assert.deepEqual(await chat.texts(), ["before", "first", "second"]);
});

journey("an answer that is lost on the way is not a message sent twice, not over a power cut and a reload either", async (world) => {
  const home = await world.house({});
  const account = await home.account();
  const { page, chat } = await visitShop(world, account);
  page.expects(BROKEN_WIRE);
  await chat.open();
  await chat.say("before");
  await chat.mark("before").filter({ hasText: "Sent" }).waitFor();
  // What the visitor sends arrives; what the server answers does not.
  home.wire.mute();
  await chat.say("it arrived");
  await areStored(account, ["before", "it arrived"]);
  home.wire.refuse();
  await chat.mark("it arrived").filter({ hasText: "Waits for the connection" }).waitFor();
  await chat.say("it did not");
  await home.kill9();
  await home.begin();
  home.wire.heal();
  await page.reload();
  await chat.mark("it did not").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await stored(account), ["before", "it arrived", "it did not"]);
  assert.deepEqual(await chat.texts(), ["before", "it arrived", "it did not"]);
});

journey("what waits in a tab that is closed is sent by another one, once", async (world) => {
  const home = await world.house({});
  const account = await home.account();
  const { shop, window, page, chat } = await visitShop(world, account);
  page.expects(BROKEN_WIRE);
  const other = new Chat(await window.tab(shop.url("localhost")));
  await other.open();
  await other.say("before");
  await other.mark("before").filter({ hasText: "Sent" }).waitFor();
  await page.bringToFront();
  await chat.open();
  await chat.bubble("before").waitFor();
  home.wire.refuse();
  await chat.bar.filter({ hasText: "No connection" }).waitFor();
  await chat.say("written here");
  await chat.mark("written here").waitFor();
  await page.close();
  home.wire.heal();
  await other.page.bringToFront();
  await other.mark("written here").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await stored(account), ["before", "written here"]);
});

journey("two tabs that both know of a message that waits send it once", async (world) => {
  const home = await world.house({});
  const account = await home.account();
  const { shop, window, page, chat } = await visitShop(world, account);
  page.expects(BROKEN_WIRE);
  await chat.open();
  await chat.say("before");
  await chat.mark("before").filter({ hasText: "Sent" }).waitFor();
  // The second tab has loaded when the wire breaks, and finds what waits when it is back.
  const other = new Chat(await window.tab(shop.url("localhost")));
  await other.open();
  await other.bubble("before").waitFor();
  home.wire.refuse();
  await other.say("of the other");
  await page.bringToFront();
  await chat.bar.filter({ hasText: "No connection" }).waitFor();
  await chat.say("of the first");
  home.wire.heal();
  for (const one of [chat, other]) {
    await one.page.bringToFront();
    await eventually("both are sent", async () => {
      const marks = (await one.log.locator(".own .about").allTextContents()).map((mark) => mark.split(" ")[0]);
      return (await one.texts()).length === 3 && marks.every((mark) => mark === "Sent");
    });
  }
  assert.deepEqual((await stored(account)).sort(), ["before", "of the first", "of the other"]);
});

journey("what can never be sent says so; the rest can be tried again, or thrown away", async (world) => {
  const account = await (await world.house()).account();
  const { page, chat } = await visitShop(world, account);
  await chat.open();
  await page.evaluate(() => /** @type {any} */ (window).doorbell("send", "x".repeat(4_001)));
  await chat.log.getByText("Not sent: at most 4,000 characters.").waitFor();
  await chat.assertAccessible("a message that is too long");
  await chat.log.getByRole("button", { name: "Delete" }).click();
  await chat.log.getByText("Not sent").waitFor({ state: "detached" });

  // Kept from before the reload, with the code of its refusal.
  const kept = JSON.stringify({ text: "refused once", failed: "conflict", at_ms: 1 });
  await page.evaluate(([key, value]) => localStorage.setItem(`doorbell/${key}/unsent/c1`, value), [account.key, kept]);
  await page.reload();
  await chat.log.getByText("Not sent.").waitFor();
  await chat.assertAccessible("a message that failed");
  assert.deepEqual(await stored(account), []);
  await chat.log.getByRole("button", { name: "Try again" }).click();
  await chat.mark("refused once").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await stored(account), ["refused once"]);
  await page.reload();
  await chat.mark("refused once").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await chat.texts(), ["refused once"]);
});

journey("half a character and a whole family of them are sent as far as they can be", async (world) => {
  const account = await (await world.house()).account();
  const { page, chat } = await visitShop(world, account);
  await chat.open();
  await page.evaluate(() => /** @type {any} */ (window).doorbell("send", "half: \ud83d, whole: 👨‍👩‍👧"));
  await chat.mark("half").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await stored(account), ["half: \ufffd, whole: 👨‍👩‍👧"]);
});

journey("a browser that gives frames a store of their own keeps the conversation there, and the page sees none of it", async (world) => {
  const account = await (await world.house()).account();
  const shop = await world.site({ "/": shopPage(tag(account)) });
  const window = await world.window();
  await openShadows(window);
  // The same site as the server, so no third party.
  const page = await window.tab(shop.url());
  const chat = await new Chat(page).open();
  await chat.say("Hello");
  await chat.mark("Hello").filter({ hasText: "Sent" }).waitFor();
  await chat.field.fill("a draft");
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  const keys = await (await chat.inside()).evaluate(() => Object.keys(localStorage));
  assert(keys.some((key) => key === `doorbell/${account.key}/visitor`), keys.join());
  await page.reload();
  await chat.bubble("Hello").waitFor();
  assert.equal(await chat.field.inputValue(), "a draft");
  const second = await new Chat(await window.tab(shop.url())).open();
  await second.bubble("Hello").waitFor();
});

journey("a browser that keeps nothing at all has a chat as long as the page lives", async (world) => {
  const account = await (await world.house()).account();
  const shop = await world.site({ "/": shopPage(tag(account)) });
  const window = await world.window();
  await openShadows(window);
  await window.context.addInitScript(() => {
    for (const store of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(globalThis, store, { get: () => { throw new DOMException("denied", "SecurityError"); } });
    }
  });
  const chat = await new Chat(await window.tab(shop.url("localhost"))).open();
  await chat.say("Hello");
  await chat.mark("Hello").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await stored(account), ["Hello"]);
});

journey("a server that restarts is waited for, and a page that is left and come back to goes on", async (world) => {
  const home = await world.house({});
  const account = await home.account();
  const { shop, page, chat } = await visitShop(world, account);
  page.expects(BROKEN_WIRE);
  await chat.open();
  await chat.say("before the restart");
  await chat.mark("before the restart").filter({ hasText: "Sent" }).waitFor();
  await home.restart();
  await chat.say("behind it");
  await chat.mark("behind it").filter({ hasText: "Sent" }).waitFor();
  shop.pages["/next"] = shopPage("<p>Another page, without a chat.</p>");
  await page.goto(`${shop.url("localhost")}/next`);
  await page.goBack();
  await chat.bubble("behind it").waitFor();
  await chat.say("after the way back");
  await chat.mark("after the way back").filter({ hasText: "Sent" }).waitFor();
  assert.deepEqual(await stored(account), ["before the restart", "behind it", "after the way back"]);
});
