// A visitor talks with the team through the widget.
import assert from "node:assert/strict";
import { hide, show } from "./world/attention.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, NAMES, PAYLOADS } from "./world/payloads.mjs";
import { Chat, shopPage, tag, visitShop } from "./world/shop.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/people.mjs").Device} Device */

/** The conversation that a message with this text begins. @param {Device} desk @param {string} text @returns {Promise<string>} */
const begins = async (desk, text) => (await desk.socket.wait("message", (frame) => frame.text === text)).conversation;

journey("one tag makes a button, which opens the chat at its field; Escape closes it and gives the focus back", async (world) => {
  const account = await (await world.house()).account();
  const { page, chat } = await visitShop(world, account, { still: true });
  await chat.button.waitFor();
  assert.equal(await chat.button.getAttribute("aria-expanded"), "false");
  const box = await chat.button.boundingBox();
  assert.deepEqual([box?.width, box?.height], [56, 56]);
  await chat.open();
  await eventually("the focus is in the field", async () => (await chat.field.evaluate((field) => field.matches(":focus"))));
  assert.equal(await chat.button.getAttribute("aria-expanded"), "true");
  const panel = await chat.iframe.boundingBox();
  assert.deepEqual([panel?.width, panel?.height], [360, 520]);
  await page.keyboard.press("Escape");
  await page.locator('doorbell-widget button[aria-expanded="false"]').waitFor();
  assert.equal(await chat.button.evaluate((button) => button.matches(":focus")), true);
  await page.keyboard.press("Enter");
  await page.keyboard.type("by keyboard alone");
  await eventually("it is in the field", async () => (await chat.field.inputValue()) === "by keyboard alone");
});

journey("the box is told live, by the button's dot and words and on top of the chat", async (world) => {
  const account = await (await world.house()).account();
  const { chat } = await visitShop(world, account);
  await chat.button.and(chat.page.locator(".offline")).waitFor();
  assert.match(await chat.button.getAttribute("aria-label") ?? "", /We are away: leave a message, we will get it by email/);
  await chat.open();
  await chat.status.filter({ hasText: "We are away: leave a message, we will get it by email" }).waitFor();
  const desk = await account.admin.at();
  await chat.status.filter({ hasText: "We are online" }).waitFor();
  await chat.button.and(chat.page.locator(".online")).waitFor();
  assert.match(await chat.button.getAttribute("aria-label") ?? "", /We are online/);
  await desk.leave();
  await chat.status.filter({ hasText: "We are away" }).waitFor();
});

journey("visitor and operator talk: who joins and leaves, who types, what is sent and what is read", async (world) => {
  const account = await (await world.house()).account("standard", ["Jana"]);
  const desk = await account.admin.at();
  const { chat } = await visitShop(world, account);
  await chat.open();
  await chat.field.pressSequentially("Do you");
  await chat.say("Do you ship to Brno?");
  const conversation = await begins(desk, "Do you ship to Brno?");
  await chat.mark("Do you ship to Brno?").filter({ hasText: "Sent" }).waitFor();

  await chat.field.pressSequentially("And");
  await desk.socket.wait("typing", (frame) => frame.on === true && frame.conversation === conversation);
  await chat.field.fill("");
  await desk.socket.wait("typing", (frame) => frame.on === false && frame.conversation === conversation);

  await desk.act("open", conversation);
  await chat.mark("Do you ship to Brno?").filter({ hasText: "Read" }).waitFor();
  await desk.act("join", conversation);
  await chat.log.getByText("Jana joined").waitFor();
  desk.typing(conversation, true);
  await chat.typing.filter({ hasText: "Jana is typing…" }).waitFor();
  const { seq } = await desk.reply(conversation, "Yes, by tomorrow.");
  await chat.bubble("Yes, by tomorrow.").waitFor();
  await chat.typing.filter({ hasText: /^$/ }).waitFor({ state: "attached" });
  await chat.log.locator(".theirs").filter({ hasText: "Yes, by tomorrow." }).getByText("Jana", { exact: true }).waitFor();
  await desk.socket.wait("read", (frame) => frame.seq === seq);
  await desk.act("leave", conversation);
  await chat.log.getByText("Jana left").waitFor();
  await desk.act("close", conversation);
  await chat.log.getByText("The conversation was closed. Write, and it goes on.").waitFor();
  await chat.say("One more thing");
  await desk.socket.wait("message", (frame) => frame.text === "One more thing" && frame.conversation === conversation);
});

journey("nobody is there: the message is taken, the team gets it by email, and knows where to answer", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const { chat } = await visitShop(world, account);
  await chat.open();
  assert.equal(await chat.frame.getByLabel("Your email").count(), 0, "no form before the first message");
  await chat.say("My tea cup is broken");
  await chat.mark("My tea cup is broken").filter({ hasText: "Sent" }).waitFor();
  const form = chat.frame.getByRole("form", { name: "Where may we answer?" });
  await form.getByText("The team gets an email about your message.").waitFor();
  await form.getByLabel("Your email").fill("not an address");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByRole("alert").filter({ hasText: "does not look right" }).waitFor();
  await form.getByLabel("Your email").fill("eva@example.com");
  await form.getByLabel("Your name").fill("Eva Malá");
  await form.getByLabel("Your name").press("Enter");
  await chat.log.getByText("We will answer to eva@example.com.").waitFor();
  await eventually("the focus is in the field again", () => chat.field.evaluate((field) => field.matches(":focus")));
  const letter = await home.relay.letterTo(account.admin.email);
  assert.match(letter.text, /My tea cup is broken/);
  const { items: [{ visitor, id }] } = await account.admin.get("/api/v1/conversations?view=all");
  assert.deepEqual([visitor.name, visitor.email], ["Eva Malá", "eva@example.com"]);

  await chat.log.getByRole("button", { name: "Change" }).click();
  await form.getByLabel("Your email").fill("eva.mala@example.com");
  await form.getByRole("button", { name: "Save" }).click();
  await chat.log.getByText("We will answer to eva.mala@example.com.").waitFor();
  const desk = await account.admin.at();
  await chat.status.filter({ hasText: "We are online" }).waitFor();
  assert.equal(await chat.log.getByText("We will answer to").count(), 0, "now somebody is there to ask");
  await desk.reply(id, "A new one is on its way.");
  await chat.bubble("A new one is on its way.").waitFor();
});

journey("a reload, a second tab and a return show the same conversation, and a draft is kept", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const { shop, window, page, chat } = await visitShop(world, account);
  await chat.open();
  await chat.say("I come again");
  const conversation = await begins(desk, "I come again");
  await desk.reply(conversation, "You are welcome.");
  await chat.bubble("You are welcome.").waitFor();
  await chat.field.fill("half a thou");
  await page.reload();
  await chat.field.waitFor();
  assert.equal(await chat.iframe.getAttribute("class"), "open", "who talks goes on talking on the next page");
  await chat.bubble("You are welcome.").waitFor();
  assert.equal(await chat.field.inputValue(), "half a thou");
  assert.deepEqual(await chat.texts(), ["I come again", "You are welcome."]);

  const second = new Chat(await window.tab(shop.url("localhost")));
  await second.open();
  await second.bubble("You are welcome.").waitFor();
  await second.say("from the second tab");
  await chat.bubble("from the second tab").waitFor();
  await chat.mark("from the second tab").filter({ hasText: "Sent" }).waitFor();
  await page.close();
  await second.page.close();

  const tomorrow = new Chat(await window.tab(shop.url("localhost")));
  await tomorrow.open();
  await tomorrow.bubble("from the second tab").waitFor();
  assert.deepEqual(await tomorrow.texts(), ["I come again", "You are welcome.", "from the second tab"]);
  assert.equal((await account.admin.get("/api/v1/conversations?view=all")).items.length, 1);
});

journey("two tabs that are opened at once are one visitor", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const { shop, window, chat } = await visitShop(world, account);
  const other = new Chat(await window.tab(shop.url("localhost")));
  await Promise.all([chat.button.waitFor(), other.button.waitFor()]);
  await other.open();
  await other.say("from one");
  await begins(desk, "from one");
  await chat.page.bringToFront();
  await chat.open();
  await chat.bubble("from one").waitFor();
});

journey("what comes while the chat is closed is counted, in each tab, until somebody has really seen it", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const { shop, window, page, chat } = await visitShop(world, account);
  await chat.open();
  await chat.say("Hello");
  const conversation = await begins(desk, "Hello");
  await chat.button.click();
  await desk.reply(conversation, "one");
  const { seq } = await desk.reply(conversation, "two");
  await chat.badge.filter({ hasText: "2" }).waitFor();
  assert.match(await chat.button.getAttribute("aria-label") ?? "", /2 new messages/);
  await chat.root.getByRole("status").filter({ hasText: "2 new messages" }).waitFor();

  const second = new Chat(await window.tab(shop.url("localhost")));
  await second.badge.filter({ hasText: "2" }).waitFor();
  await page.bringToFront();
  await chat.open();
  await desk.socket.wait("read", (frame) => frame.seq === seq);
  await chat.badge.filter({ hasText: /^$/ }).waitFor({ state: "hidden" });
  await second.badge.filter({ hasText: /^$/ }).waitFor({ state: "hidden" });

  await hide(page);
  const unseen = await desk.reply(conversation, "while the tab is hidden");
  await eventually("the hidden tab heard it", () => page.evaluate(() => document.querySelector("doorbell-widget")?.shadowRoot?.querySelector("b")?.textContent === "1"));
  assert.deepEqual(desk.socket.heard("read").filter((frame) => frame.seq >= unseen.seq), [], "open, but nobody looks");
  await show(page);
  await desk.socket.wait("read", (frame) => frame.seq === unseen.seq);
  await chat.badge.filter({ hasText: /^$/ }).waitFor({ state: "hidden" });
});

journey("a page's group shows the box of that group, and the page can change it", async (world) => {
  const account = await (await world.house()).account("pro", ["Jana", "Tomáš", "Petr"]);
  const [jana, tomas] = account.operators;
  const [sales, support] = [await account.group("Sales", [jana]), await account.group("Support", [tomas])];
  const desk = await jana.at();
  const { page, chat } = await visitShop(world, account, { attributes: `data-group="${support}"` });
  await chat.open();
  await chat.status.filter({ hasText: "We are away" }).waitFor();
  await page.evaluate((group) => /** @type {any} */ (window).doorbell("group", group), sales);
  await chat.status.filter({ hasText: "We are online" }).waitFor();
  await chat.say("For sales");
  const { items: [{ group }] } = await eventually("the conversation", async () => {
    const found = await account.admin.get("/api/v1/conversations?view=all");
    return found.items.length && found;
  });
  assert.equal(group, sales);
  assert.equal(await begins(desk, "For sales") !== "", true);
});

journey("a page tells who its visitor is, and where", async (world) => {
  const account = await (await world.house()).account();
  const { page, chat } = await visitShop(world, account, { attributes: `data-name="Eva" data-email="eva@example.com"` });
  await chat.open();
  await chat.say("Hello");
  await chat.log.getByText("We will answer to eva@example.com.").waitFor();
  const known = () => account.admin.get("/api/v1/conversations?view=all").then(({ items }) => items[0]?.visitor);
  await eventually("the name is known", async () => (await known())?.name === "Eva");
  assert.deepEqual((await known()).page, { url: `${page.url()}`, title: "Toys and Tea" });
  await page.evaluate(() => /** @type {any} */ (window).doorbell("identify", { name: "Eva Malá" }));
  await eventually("the new name is known", async () => (await known()).name === "Eva Malá");
  assert.equal((await known()).email, "eva@example.com");
  await page.evaluate(() => {
    history.pushState({}, "", "/basket?items=2#top");
    document.title = "Basket";
  });
  await eventually("the page within the page is known", async () => (await known()).page.title === "Basket");
  assert.equal((await known()).page.url, new URL("/basket?items=2#top", page.url()).href);
});

journey("a page steers the chat by commands, also before it is there, and is told what happens", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const stub = `<script>
    window.doorbell = window.doorbell || function () { (doorbell.q = doorbell.q || []).push(arguments) };
    window.told = [];
    for (const name of ["ready", "status", "message", "unread", "open", "close"]) doorbell("on", name, (value) => told.push([name, value]));
    doorbell("identify", { email: "queued@example.com" });
    doorbell("send", "before it was there");
    doorbell("open");
  </script>`;
  const shop = await world.site({ "/": shopPage(stub + tag(account)) });
  const page = await world.open(shop.url("localhost"));
  const told = (/** @type {string} */ name) => page.evaluate((wanted) => /** @type {any} */ (window).told.filter((/** @type {any} */ [is]) => is === wanted).map((/** @type {any} */ [, value]) => value), name);
  const conversation = await begins(desk, "before it was there");
  await desk.socket.wait("conversation", (frame) => frame.visitor.email === "queued@example.com");
  await desk.reply(conversation, "Hello there");
  const isTold = (/** @type {string} */ text) => async () => (await told("message")).find((/** @type {any} */ message) => message.text === text);
  const reply = await eventually("the reply is told", isTold("Hello there"));
  assert.deepEqual([reply.from, reply.name, typeof reply.at, typeof reply.seq], ["operator", "Jana", "string", "number"]);
  assert.deepEqual((await told("message")).map((/** @type {any} */ { from }) => from), ["visitor", "system", "operator"]);
  assert.deepEqual([await told("ready"), await told("open")], [[null], [null]]);
  assert.equal((await told("status")).at(-1), "online");
  await desk.leave();
  await eventually("offline is told", async () => (await told("status")).at(-1) === "offline");

  page.expects(/there is no command "fly"/);
  const late = await page.evaluate(() => {
    const { doorbell } = /** @type {any} */ (window);
    const heard = /** @type {string[]} */ ([]);
    const listener = (/** @type {string} */ status) => heard.push(status);
    doorbell("on", "status", listener);
    doorbell("on", "close", listener);
    doorbell("off", "close", listener);
    doorbell("close");
    doorbell("fly");
    return heard;
  });
  assert.deepEqual(late, ["offline"], "who listens late is told how it is, and who listens no more hears nothing");
  await eventually("closed", async () => (await told("close")).length === 1);
});

journey("nothing that anybody writes becomes markup, nor does a name", async (world) => {
  const account = await (await world.house()).account("standard", ["Jana"]);
  await account.admin.patch("/api/v1/me", { name: NAMES[2] });
  const desk = await account.admin.at();
  const { page, chat } = await visitShop(world, account, { attributes: `data-title="&lt;img src=x onerror=doorbellCanary=1&gt;"` });
  await chat.open();
  await chat.say("Hello");
  const conversation = await begins(desk, "Hello");
  desk.typing(conversation, true);
  await chat.typing.filter({ hasText: NAMES[2] }).waitFor();
  const shown = (/** @type {string} */ whose) => chat.log.locator(`.${whose} .bubble`).allTextContents();
  const plain = (/** @type {string} */ text) => text.replace(/\s+/g, " ").trim();
  for (const payload of PAYLOADS) await chat.say(payload);
  await eventually("all of them are shown", async () => (await shown("own")).length === PAYLOADS.length + 1);
  assert.deepEqual((await shown("own")).slice(1).map(plain), PAYLOADS.map(plain));
  await assertHarmless(page);
  // Of an operator an address can be followed, so what is harmless is told otherwise.
  for (const payload of PAYLOADS) await desk.reply(conversation, payload);
  await eventually("all of them are shown", async () => (await shown("theirs")).length === PAYLOADS.length + 1);
  assert.deepEqual((await shown("theirs")).slice(1), PAYLOADS, "just as they were written");
  assert.equal(await chat.frame.locator("base, form[action], meta[http-equiv], link[href*=evil], img, script:not([src^='/widget/'])").count(), 0);
  const links = await chat.log.locator("a").evaluateAll((all) => all.map((link) => [new URL(/** @type {HTMLAnchorElement} */ (link).href).protocol, link.getAttribute("rel")]));
  assert(links.length > 0 && links.every(([scheme, rel]) => /^https?:$/.test(String(scheme)) && rel === "noopener noreferrer"), JSON.stringify(links));
});

journey("a long conversation begins with its end, shows what came before on demand, and does not jump", async (world) => {
  const account = await (await world.house()).account();
  const desk = await account.admin.at();
  const { chat } = await visitShop(world, account);
  await chat.open();
  await chat.say("the beginning");
  const conversation = await begins(desk, "the beginning");
  for (let n = 1; n <= 70; n += 1) await desk.reply(conversation, `reply ${n}`);
  await chat.bubble("reply 70").waitFor();
  await chat.page.reload();
  await chat.bubble("reply 70").waitFor();
  assert.equal(await chat.bubble("the beginning").count(), 0);
  await eventually("the end is in view", () => chat.log.evaluate((log) => log.scrollTop === 0 && log.scrollHeight > log.clientHeight));
  await chat.log.evaluate((log) => (log.scrollTop = -log.scrollHeight));
  await chat.frame.getByRole("button", { name: "New messages", exact: true }).waitFor();
  await chat.frame.getByRole("button", { name: "Earlier messages" }).click();
  await chat.bubble("the beginning").waitFor();

  const place = () => chat.bubble("reply 30").evaluate((bubble) => Math.round(bubble.getBoundingClientRect().top));
  await chat.bubble("reply 30").evaluate((bubble) => bubble.scrollIntoView({ block: "center" }));
  const before = await place();
  const { seq } = await desk.reply(conversation, "the newest of all");
  await chat.bubble("the newest of all").waitFor({ state: "attached" });
  assert.equal(await place(), before, "who reads further up goes on reading");
  assert.deepEqual(desk.socket.heard("read").filter((frame) => frame.seq >= seq), [], "and has not read it yet");
  await chat.frame.getByRole("button", { name: "New messages", exact: true }).click();
  await desk.socket.wait("read", (frame) => frame.seq >= seq);
});
