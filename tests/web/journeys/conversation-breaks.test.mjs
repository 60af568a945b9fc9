// Connections break, pages are loaded again, tabs are many: nothing that somebody wrote is lost or said twice.
import assert from "node:assert/strict";
import { addressOf, message, reply, rows } from "./world/desk.mjs";
import { journey } from "./world/journey.mjs";

/** What a broken connection leaves on a console. */
const BREAK = /WebSocket connection|net::ERR_/;

journey("what is written while the connection is down waits, survives a reload, and goes out exactly once", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  const other = await (await account.visitor()).say("Somebody else");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  page.expects(BREAK);
  await message(page, "Hello").waitFor();
  home.wire.refuse();
  await page.getByText("The connection is broken").waitFor();
  await reply(page, "Into the void");
  await reply(page, "And once more");
  await message(page, "And once more").getByText("as soon as the connection is back").waitFor();
  await eva.say("Are you there?");
  // The page itself comes again, and shows another conversation.
  home.wire.heal();
  await page.goto("about:blank");
  await page.goto(addressOf(home, other));
  await message(page, "Somebody else").waitFor();
  await eva.socket.wait("message", ({ text }) => text === "And once more");
  await page.goto(addressOf(home, conversation));
  await message(page, "And once more").getByText("Sent").waitFor();
  await page.reload();
  await message(page, "Are you there?").waitFor();
  const texts = await account.admin.texts(conversation);
  for (const text of ["Into the void", "And once more", "Are you there?"]) {
    assert.equal(texts.filter((one) => one === text).length, 1, text);
    assert.equal(await message(page, text).count(), 1, text);
  }
});

journey("a draft stays with its conversation, over others and over a reload", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const [eva, karel] = [await account.visitor(), await account.visitor()];
  eva.identify({ name: "Eva" });
  karel.identify({ name: "Karel" });
  await eva.say("From Eva");
  await karel.say("From Karel");
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await rows(page, "Eva").getByRole("link").click();
  await page.getByLabel("Your reply").fill("Dear Eva,\nwe");
  await rows(page, "Karel").getByRole("link").click();
  await message(page, "From Karel").waitFor();
  assert.equal(await page.getByLabel("Your reply").inputValue(), "");
  await rows(page, "Eva").getByText("Draft:").waitFor();
  await page.reload();
  await rows(page, "Eva").getByText("Draft:").waitFor();
  await rows(page, "Eva").getByRole("link").click();
  await message(page, "From Eva").waitFor();
  assert.equal(await page.getByLabel("Your reply").inputValue(), "Dear Eva,\nwe");
});

journey("a cut connection comes back by itself: nothing is lost, nothing doubled", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await eva.say("Before");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  page.expects(BREAK);
  await message(page, "Before").waitFor();
  for (let n = 1; n <= 3; n += 1) {
    home.wire.cut();
    await eva.say(`During break ${n}`);
    await reply(page, `Answer ${n}`);
    await message(page, `Answer ${n}`).getByText("Sent").waitFor();
    await message(page, `During break ${n}`).waitFor();
  }
  const said = (await account.admin.texts(conversation)).filter((text) => /^(Before|During|Answer)/.test(text));
  assert.deepEqual((await page.locator(".talk-bubble").allInnerTexts()).map((text) => text.trim()), said);
});

journey("two tabs of one operator show the same conversation, and what one writes", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  const own = await window();
  await own.logIn(account.admin, home.url);
  const [one, other] = [await own.tab(addressOf(home, conversation)), await own.tab(addressOf(home, conversation))];
  await message(one, "Hello").waitFor();
  await message(other, "Hello").waitFor();
  await reply(one, "From the first tab");
  await message(other, "From the first tab").waitFor();
  assert.equal(await message(other, "From the first tab").count(), 1);
});


journey("what a tab wrote that is closed meanwhile goes out by another one, once", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const conversation = await (await account.visitor()).say("Hello");
  const browser = await window();
  await browser.logIn(account.admin, home.url);
  const [other, first] = [await browser.tab(addressOf(home, conversation)), await browser.tab(addressOf(home, conversation))];
  for (const page of [other, first]) {
    page.expects(BREAK);
    await message(page, "Hello").waitFor();
  }
  home.wire.refuse();
  await first.getByText("The connection is broken").waitFor();
  await reply(first, "Good morning");
  await message(first, "Good morning").waitFor();
  await first.close();
  home.wire.heal();
  await message(other, "Good morning").getByText("Sent").waitFor();
  assert.deepEqual((await account.admin.texts(conversation)).filter((text) => text === "Good morning"), ["Good morning"]);
});

journey("a log-out that would lose what is not sent yet says so first", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const conversation = await (await account.visitor()).say("Hello");
  const page = await open(addressOf(home, conversation), { as: account.admin });
  page.expects(BREAK);
  await message(page, "Hello").waitFor();
  home.wire.refuse();
  await page.getByText("The connection is broken").waitFor();
  await reply(page, "Good morning");
  await message(page, "Good morning").waitFor();
  await page.getByRole("button", { name: /My status/ }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByText("has not been sent yet").waitFor();
  home.wire.heal();
  await message(page, "Good morning").getByText("Sent").waitFor();
});
