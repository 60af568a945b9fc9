// The inbox: who waits, whose they are, how to find somebody.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { rows } from "./world/desk.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, NAMES } from "./world/payloads.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** A list, by its name. @param {Page} page @param {string} name */
const list = (page, name) => page.locator(".inbox-views a", { hasText: name });
/** Waits until a list says how many it has. @param {Page} page @param {string} name @param {string} count */
const counts = (page, name, count) => list(page, name).locator(".inbox-count", { hasText: new RegExp(`^${count}$`) }).waitFor();

journey("who writes stands in Unserved, and moves to Mine for whoever joins and to the others for their colleagues", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Tomáš"]);
  const [jana, tomas] = account.operators;
  const page = await open(`${home.url}/dashboard`, { as: jana });
  const other = await open(`${home.url}/dashboard`, { as: tomas });
  await page.getByText("Nobody is waiting").waitFor();
  const eva = await account.visitor();
  eva.identify({ name: "Eva" });
  await eva.say("Is anybody there?");
  await rows(page, "Eva").getByText("Is anybody there?").waitFor();
  await counts(page, "Unserved", "1");
  await rows(page, "Eva").getByRole("link").click();
  await page.getByRole("button", { name: "Join" }).click();
  await counts(page, "Mine", "1");
  await page.getByText("Nobody is waiting").waitFor();
  await list(page, "Mine").click();
  await rows(page, "Eva").waitFor();
  await counts(other, "Others", "1");
  await list(other, "Others").click();
  await rows(other, "Eva").waitFor();
  await page.getByRole("button", { name: "Close conversation" }).click();
  await page.getByText("You serve nobody just now").waitFor();
  await list(page, "Closed").click();
  await rows(page, "Eva").getByText("You closed the conversation").waitFor();
});

journey("the newest activity is first, and the list goes on as somebody scrolls, or by a key", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const visitors = [];
  for (let n = 1; n <= 65; n += 1) {
    const visitor = await account.visitor();
    await visitor.say(`Question ${n}`);
    visitors.push(visitor);
  }
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await counts(page, "Unserved", "65");
  assert.match(await rows(page).first().innerText(), /Question 65/);
  await eventually("all of them are loaded", async () => {
    // News of an email may put another row in the place of this one meanwhile: then it is scrolled to again.
    await rows(page).last().scrollIntoViewIfNeeded().catch(() => {});
    return (await rows(page).count()) === 65;
  });
  assert.match(await rows(page).last().innerText(), /Question 1$/m);
  await visitors[0].say("Still waiting");
  await rows(page).first().getByText("Still waiting").waitFor();
  assert.equal(await rows(page).count(), 65, "it moved, and is there once");
  await rows(page).first().getByRole("link").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".talk-message", { hasText: "Question 65" }).waitFor();
});

journey("a row says who is there, who left, who writes just now, and what is unread", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  const eva = await account.visitor();
  eva.identify({ email: "eva@home.test" });
  await eva.say("One");
  await eva.say("Two");
  const row = rows(page, "eva@home.test");
  await row.getByText("2 unread messages").waitFor();
  await row.getByText("On the web site now").waitFor();
  eva.typing(true);
  await row.getByText("is writing…").waitFor();
  eva.typing(false);
  await row.getByText("Two").waitFor();
  await eva.leave();
  await row.getByText("left", { exact: true }).waitFor();
  const nobody = await account.visitor();
  await nobody.say("Without a name");
  await rows(page, /Visitor [0-9A-F]{4}/).getByText("Without a name").waitFor();
  await assertAccessible(page, "an inbox with rows");
});

journey("the search finds by the beginning of a name or an address, says when there is nothing, and leads back", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  for (const [name, email] of [["Eva Nováková", "eva@home.test"], ["Žofie", "zofie@home.test"], ["Karel", "karel@work.test"]]) {
    const visitor = await account.visitor();
    visitor.identify({ name, email });
    await account.admin.act("close", await visitor.say(`From ${name}`));
  }
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await list(page, "Closed").click();
  await rows(page, "Karel").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("zof");
  await page.getByText("1 conversation", { exact: true }).waitFor();
  await rows(page, "Žofie").waitFor();
  await page.getByRole("searchbox").fill("karel@w");
  await rows(page, "Karel").waitFor();
  await rows(page, "Žofie").waitFor({ state: "detached" });
  await assertAccessible(page, "what a search found");
  await page.getByRole("searchbox").fill("nobody at all");
  await page.getByText("Nothing found for “nobody at all”").waitFor();
  await assertAccessible(page, "a search that found nothing");
  await page.getByRole("button", { name: "Clear the search" }).click();
  await rows(page, "Eva").waitFor();
  assert.equal(await rows(page).count(), 3, "back in the list that one came from");
});

journey("after a break the lists are right: what was closed and joined elsewhere, and what came meanwhile", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Tomáš"]);
  const [jana, tomas] = account.operators;
  const ids = [];
  for (const name of ["Eva", "Karel", "Ota"]) {
    const visitor = await account.visitor();
    visitor.identify({ name });
    ids.push(await visitor.say(`From ${name}`));
  }
  const page = await open(`${home.url}/dashboard`, { as: jana });
  page.expects(/WebSocket connection|net::ERR_/);
  await counts(page, "Unserved", "3");
  home.wire.refuse();
  await page.getByText("The connection is broken").waitFor();
  await tomas.act("close", ids[0]);
  await tomas.act("join", ids[1]);
  const late = await account.visitor();
  late.identify({ name: "Lenka" });
  await late.say("From Lenka");
  home.wire.heal();
  await rows(page, "Lenka").waitFor();
  await counts(page, "Unserved", "2");
  await counts(page, "Others", "1");
  assert.deepEqual((await rows(page).allInnerTexts()).map((text) => text.match(/From (\w+)/)?.[1]), ["Lenka", "Ota"]);
  await list(page, "Closed").click();
  await rows(page, "Eva").waitFor();
});

journey("a list that cannot be loaded says so, and can be asked for again", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await page.getByText("Nobody is waiting").waitFor();
  page.expects(/503|net::ERR_/);
  await page.route("**/api/v1/conversations?view=closed*", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: `{"code":"unavailable","title":"no"}` }));
  await list(page, "Closed").click();
  await page.getByText("The server cannot do this just now").waitFor();
  await assertAccessible(page, "a list that failed");
  await page.unroute("**/api/v1/conversations?view=closed*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Nothing is closed yet").waitFor();
  await assertAccessible(page, "an empty list");
});

journey("names that mean harm stay names, on a phone in Czech", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  await account.admin.patch("/api/v1/me", { locale: "cs" });
  const page = await open(`${home.url}/dashboard`, { as: account.admin, phone: true, lang: "cs" });
  await page.getByText("Nikdo nečeká").waitFor();
  for (const name of NAMES.slice(0, 12)) {
    const visitor = await account.visitor({ page: { url: `javascript:alert("${name.length}")`, title: name } });
    visitor.identify({ name });
    await visitor.say(name);
  }
  await counts(page, "Nevyřízené", "12");
  await assertHarmless(page);
  await rows(page).first().getByRole("link").click();
  await page.locator(".talk-message").waitFor();
  assert.equal(await page.locator(".talk-facts a").count(), 0, "an address that is none of the web is not linked");
  await assertHarmless(page);
  await assertAccessible(page, "a conversation on a phone");
});

journey("a conversation stands in the lists of those who answer for it, wherever it is handed and whoever changes groups", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const sales = await account.group("Sales", [jana]);
  const service = await account.group("Service", [petr]);
  const page = await open(`${home.url}/dashboard`, { as: jana });
  await page.getByText("Nobody is waiting").waitFor();
  const eva = await account.visitor({ group: sales });
  eva.identify({ name: "Eva" });
  const conversation = await eva.say("For sales");
  await rows(page, "Eva").waitFor();
  await petr.post(`/api/v1/conversations/${conversation}/transfer`, { group: service });
  await page.getByText("Nobody is waiting").waitFor();
  // Whoever has it open hears of it all the same, and has it in no list.
  await page.goto(`${home.url}/dashboard#/inbox/unserved/${conversation}`);
  await page.locator(".talk-message", { hasText: "For sales" }).waitFor();
  await eva.say("Still for service");
  await page.locator(".talk-message", { hasText: "Still for service" }).waitFor();
  await page.getByText("Nobody is waiting").waitFor();
  await petr.post(`/api/v1/conversations/${conversation}/transfer`, { group: sales });
  await rows(page, "Eva").waitFor();
  const karel = await account.visitor({ group: service });
  karel.identify({ name: "Karel" });
  await karel.say("For service");
  await jana.patch(`/api/v1/groups/${service}`, { operators: [petr.id, jana.id] });
  await rows(page, "Karel").waitFor();
  await counts(page, "Unserved", "2");
  await jana.patch(`/api/v1/groups/${service}`, { operators: [petr.id] });
  await rows(page, "Karel").waitFor({ state: "detached" });
  await counts(page, "Unserved", "1");
});
