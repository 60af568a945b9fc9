// A conversation: what is said in it and by whom, what is read, and what can be done with it.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { blur, hide, show } from "./world/attention.mjs";
import { addressOf, happened, message, reply } from "./world/desk.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, assertShows, PAYLOADS } from "./world/payloads.mjs";
import { eventually } from "./world/waiting.mjs";

/** The number of the last message that operators have read. @param {import("./world/people.mjs").Operator} operator @param {string} conversation */
const readSeq = async (operator, conversation) => (await operator.get(`/api/v1/conversations/${conversation}`)).read_seq;
/** Writes so many lines. @param {import("./world/people.mjs").Visitor} visitor @param {string} word @param {number} count */
async function tell(visitor, word, count) {
  let conversation = "";
  for (let n = 1; n <= count; n += 1) conversation = await visitor.say(`${word} ${n}.`);
  return conversation;
}

journey("a reply joins, reaches the visitor, and tells when it is read; typing is seen both ways", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  eva.identify({ name: "Eva", email: "eva@home.test" });
  const conversation = await eva.say("Do you ship to Brno?");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  await message(page, "Do you ship to Brno?").waitFor();
  await page.getByRole("link", { name: "Basket" }).waitFor();
  await page.getByText("eva@home.test").first().waitFor();
  eva.typing(true);
  await page.getByText("Eva is writing").waitFor();
  eva.typing(false);
  await page.getByText("Eva is writing").waitFor({ state: "detached" });
  await page.getByPlaceholder("sending it joins you").pressSequentially("Ye");
  await eva.socket.wait("typing", ({ on, name }) => on && name === "Jana");
  await reply(page, "Yes, we do.");
  await eva.socket.wait("operator_joined", ({ name }) => name === "Jana");
  const heard = await eva.socket.wait("message", ({ text }) => text === "Yes, we do.");
  await eva.socket.wait("typing", ({ on }) => !on);
  await happened(page, "You joined").waitFor();
  await message(page, "Yes, we do.").getByText("Sent").waitFor();
  eva.read(heard.seq);
  await message(page, "Yes, we do.").getByText("Read").waitFor();
  await assertAccessible(page, "a conversation");
});

journey("join, leave, hand over to a colleague or a group, and close, each by its button, and told in the conversation", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro", ["Jana", "Tomáš", "Petr"]);
  const [jana, tomas] = account.operators;
  await account.group("Sales", [jana]);
  await tomas.at("Laptop");
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  const page = await open(addressOf(home, conversation), { as: jana });
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("button", { name: "Leave" }).click();
  await happened(page, "You left the conversation").waitFor();
  await page.getByRole("button", { name: "Hand over" }).click();
  assert(await page.getByRole("button", { name: /Petr/ }).isDisabled(), "he is not online");
  await assertAccessible(page, "the menu of those it can be handed over to");
  await page.getByRole("button", { name: /Tomáš/ }).click();
  await happened(page, "Handed over to Tomáš").waitFor();
  await page.getByText("with Tomáš").waitFor();
  await page.getByRole("button", { name: "Hand over" }).click();
  await page.getByRole("button", { name: "Sales", exact: true }).click();
  await happened(page, "Handed over to the group Sales").waitFor();
  await page.getByRole("button", { name: "Close conversation" }).click();
  await happened(page, "You closed the conversation").waitFor();
  await page.getByPlaceholder("A reply opens it again").fill("One thing more");
  await page.getByRole("button", { name: "Send" }).click();
  await eva.socket.wait("message", ({ text }) => text === "One thing more");
  await page.getByRole("button", { name: "Leave" }).waitFor();
});

journey("without the plan for groups, and without colleagues, handing over says why it cannot be", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard");
  const conversation = await (await account.visitor()).say("Hello");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  await page.getByRole("button", { name: "Hand over" }).click();
  await page.getByText("Groups come with the plan Pro.").waitFor();
  await page.getByText("You have no colleagues in this account yet.").waitFor();
});

journey("a message is read only when it is in view in a focused window: not in a hidden tab, nor beside another window", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const { admin } = account;
  const eva = await account.visitor();
  const conversation = await eva.say("One");
  const page = await open(`${home.url}/dashboard`, { as: admin });
  await page.locator(".inbox-row").waitFor();
  assert.equal(await readSeq(admin, conversation), 0, "the list is not the conversation");
  await page.locator(".inbox-row a").click();
  await eva.socket.wait("read", ({ seq }) => seq === 1);
  for (const leave of [hide, blur]) {
    await leave(page);
    const before = await readSeq(admin, conversation);
    eva.socket.mark();
    await eva.say(`While nobody looks: ${leave.name}`);
    // It is there, and drawn or not, nobody looked.
    await eventually("the page has it", () => page.evaluate((text) => document.body.textContent?.includes(text), `While nobody looks: ${leave.name}`));
    assert.equal(await readSeq(admin, conversation), before);
    await show(page);
    await eva.socket.wait("read", ({ seq }) => seq > before);
  }
});

journey("it opens at the first unread message, and only what comes into view is read", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await tell(eva, "Old", 5);
  await account.admin.act("open", conversation);
  await tell(eva, "New", 60);
  eva.socket.mark();
  const page = await open(addressOf(home, conversation), { as: account.admin });
  const divider = await page.getByText("Unread", { exact: true }).boundingBox();
  assert(divider && divider.y > 60 && divider.y < 300, JSON.stringify(divider));
  const { seq } = await eva.socket.wait("read");
  assert(seq > 5 && seq < 40, `read up to ${seq}`);
  await page.getByRole("button", { name: /\d+ new messages/ }).click();
  await eva.socket.wait("read", (read) => read.seq === 65);
});

journey("scrolled up it stays where it is, whatever comes below or is loaded above, and tells what came", async ({ house, open }) => {
  // A long story in a short time is no flood here.
  const home = await house({ "limits.frames_per_second": 1_000 });
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await tell(eva, "Line", 150);
  await account.admin.act("open", conversation);
  const page = await open(addressOf(home, conversation), { as: account.admin });
  await message(page, "Line 150.").waitFor();
  assert.equal(await message(page, "Line 50.").count(), 0, "only the newest hundred are loaded");
  // Where the eye is stays where it is.
  const placeOf = async (/** @type {string} */ text) => (await message(page, text).boundingBox())?.y ?? NaN;
  await page.getByRole("log").evaluate((log) => {
    log.scrollTo(0, 40);
    Object.assign(globalThis, { before: log.querySelector("[data-seq='54']")?.getBoundingClientRect().top });
  });
  await message(page, "Line 1.").waitFor({ state: "attached" });
  const before = await placeOf("Line 54.");
  const moved = before - (await page.evaluate(() => /** @type {any} */ (globalThis).before));
  assert(Math.abs(moved) < 2, `it moved by ${moved} px`);
  eva.socket.mark();
  await eva.say("First news");
  await eva.say("Second news");
  const pill = page.getByRole("button", { name: "2 new messages" });
  await pill.waitFor();
  assert.equal(await placeOf("Line 54."), before, "it stays");
  assert.equal(await readSeq(account.admin, conversation), 150, "nobody saw them");
  await pill.click();
  await eva.socket.wait("read", ({ seq }) => seq === 152);
  await pill.waitFor({ state: "detached" });
  await eva.say("Third news");
  await eva.socket.wait("read", ({ seq }) => seq === 153);
});

journey("Enter sends and Shift+Enter goes to a new line; near the limit it tells how much is left, and beyond it nothing is sent", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  const field = page.getByLabel("Your reply");
  await field.fill("one");
  await field.press("Shift+Enter");
  await field.pressSequentially("two");
  await field.press("Enter");
  await eva.socket.wait("message", ({ text }) => text === "one\ntwo");
  await field.fill("x".repeat(3_950));
  await page.getByText("50 characters left").waitFor();
  await field.fill("🙂".repeat(4_001));
  await page.getByText("1 character too many").waitFor();
  await field.press("Enter");
  await field.fill("🙂".repeat(4_000));
  await page.getByText("0 characters left").waitFor();
  await field.press("Enter");
  await eva.socket.wait("message", ({ text }) => text.startsWith("🙂"));
  assert.equal((await account.admin.texts(conversation)).at(-1), "🙂".repeat(4_000));
});

journey("what anybody types is text; addresses of the web in it are links that tell nobody where one came from", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const payloads = PAYLOADS.filter((payload) => payload.trim());
  let conversation = "";
  for (const payload of payloads) conversation = await eva.say(payload);
  await eva.say("See https://shop.test/a_(b), javascript:alert(1)");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  await message(page, "See https://shop.test").waitFor();
  for (const payload of payloads) await assertShows(page.locator(".talk-bubble"), payload);
  await assertHarmless(page);
  const link = page.getByRole("link", { name: "https://shop.test/a_(b)", exact: true });
  assert.equal(await link.getAttribute("href"), "https://shop.test/a_(b)");
  assert.match((await link.getAttribute("rel")) ?? "", /noopener noreferrer nofollow/);
  const hrefs = await page.locator(".talk-bubble a").evaluateAll((links) => links.map((one) => /** @type {HTMLAnchorElement} */ (one).protocol));
  assert(hrefs.every((protocol) => protocol === "https:" || protocol === "http:"), hrefs.join(" "));
});

journey("the keys do what their list says, and none of them while somebody types", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  await (await account.visitor()).say("First");
  await (await account.visitor()).say("Second");
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await page.locator(".inbox-row").nth(1).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await assertAccessible(page, "the list of keys");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("n");
  await message(page, "Second").waitFor();
  await page.keyboard.press("n");
  await message(page, "First").waitFor();
  await page.keyboard.press("j");
  await happened(page, "You joined").waitFor();
  await page.keyboard.press("w");
  await page.getByRole("complementary", { name: "About this conversation" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "About this conversation" }).waitFor({ state: "detached" });
  await page.keyboard.press("r");
  await page.keyboard.type("jcnw?/r");
  assert.equal(await page.getByLabel("Your reply").inputValue(), "jcnw?/r");
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await page.getByRole("dialog", { name: "Close this conversation?" }).waitFor();
  await page.keyboard.press("Enter");
  await happened(page, "You closed the conversation").waitFor();
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "search");
  await page.getByRole("link", { name: "Team" }).click();
  await page.getByRole("searchbox").waitFor({ state: "detached" });
  await page.keyboard.press("/");
  await page.locator("#search:focus").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("switch", { name: "Single keys act" }).click();
  await page.getByRole("heading", { name: "Notifications", level: 1 }).click();
  await page.keyboard.press("?");
  await page.keyboard.press("/");
  assert.equal(await page.getByRole("dialog").count(), 0, "switched off they do nothing");
  assert.match(page.url(), /settings/);
});

journey("the link in an email opens the conversation, also after a log-in; one of another account says so kindly", async ({ house, open, window }) => {
  const home = await house();
  const account = await home.account();
  const stranger = await home.account();
  const eva = await account.visitor();
  await eva.say("Is anybody there?");
  const { links } = await home.relay.letterTo(account.admin.email);
  const link = links.find((one) => one.includes("conversation=")) ?? "";
  const page = await open(link, { as: account.admin });
  await message(page, "Is anybody there?").waitFor();
  const own = await window({ phone: true });
  const door = await own.tab(link);
  door.expects(/401/);
  await door.getByLabel(/Email/).first().fill(account.admin.email);
  await door.getByLabel(/Password/).first().fill(account.admin.password);
  await door.getByRole("button", { name: "Log in" }).click();
  await message(door, "Is anybody there?").waitFor();
  const elsewhere = await open(link, { as: stranger.admin });
  elsewhere.expects(/404/);
  await elsewhere.getByText("This conversation is not here.").waitFor();
  await assertAccessible(elsewhere, "a conversation that is not here");
});

journey("at its end it follows what is written, by either, also while the field grows", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await tell(eva, "Line", 30);
  await account.admin.act("open", conversation);
  const page = await open(addressOf(home, conversation), { as: account.admin });
  await message(page, "Line 30.").waitFor();
  const below = () => page.getByRole("log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  for (let n = 1; n <= 5; n += 1) {
    await eva.say(`A longer message\nof several lines\n${n}`);
    await page.getByLabel("Your reply").fill(`An answer\nof\nseveral\nlines\n${n}`);
    await page.getByLabel("Your reply").press("Enter");
    await message(page, `An answer of several lines ${n}`).waitFor();
  }
  await page.locator(".talk-message.sending").first().waitFor({ state: "detached" });
  await eventually("its end is in view", async () => (await below()) < 1);
});
