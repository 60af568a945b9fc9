// My status: what I count as, because of which device, and what I can do about it.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { BROKEN_WIRE } from "./world/browser.mjs";
import { journey } from "./world/journey.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */
/** @typedef {import("./world/people.mjs").Operator} Operator */

/** @param {Page} page */
const me = (page) => page.getByRole("region", { name: "My status" });
/** @param {Page} page @param {string} word */
const countsAs = (page, word) => me(page).getByRole("button", { name: `My status: ${word}` }).waitFor();
/** @param {Page} page */
const openMenu = (page) => me(page).getByRole("button", { name: /^My status/ }).click();

/** @param {Page} page @param {string} state */
async function choose(page, state) {
  await openMenu(page);
  await page.getByRole("group", { name: "On this device" }).getByRole("button", { name: new RegExp(`^${state}`) }).click();
}

/** What others are told. @param {Operator} asked @param {Operator} about */
async function statusOf(asked, about) {
  const { operators } = await asked.get("/api/v1/presence");
  return operators.find((/** @type {any} */ one) => one.id === about.id);
}

/** @param {Operator} asked @param {Operator} about @param {string} status */
const isSeenAs = (asked, about, status) => eventually(`${about.name} is ${status}`, async () => (await statusOf(asked, about)).status === status);

journey("it is plain that I count as online because of this browser, and one click changes it", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const page = await open(`${home.url}/dashboard`, { as: jana });
  await countsAs(page, "Online");
  await me(page).getByText(/^on this browser, since \d/).waitFor();
  await isSeenAs(petr, jana, "online");
  await choose(page, "Away");
  await countsAs(page, "Away");
  await isSeenAs(petr, jana, "away");
  await choose(page, "Offline");
  await countsAs(page, "Offline");
  await isSeenAs(petr, jana, "offline");
  await page.reload();
  await countsAs(page, "Offline");
});

journey("who chose offline here and still counts as online by a phone is told so, and until when", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await countsAs(page, "Online");
  await account.admin.lease(600, "iPhone");
  await me(page).getByText(/^on .*iPhone.*, since/).waitFor();
  await choose(page, "Offline");
  await me(page).getByText(/^You still count as online, because of iPhone \(until \d+:\d\d\)\.$/).waitFor();
  await countsAs(page, "Online");
  await assertAccessible(page, "online by another device");
});

journey("appearing offline wins over every device, also after a reload, until it is switched off", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await jana.lease(600, "iPhone");
  const page = await open(`${home.url}/dashboard`, { as: jana });
  await countsAs(page, "Online");
  await openMenu(page);
  await page.getByRole("switch", { name: "Appear offline everywhere" }).check();
  await countsAs(page, "Offline");
  await me(page).getByText("You appear offline everywhere", { exact: false }).first().waitFor();
  await me(page).getByText(/^You chose Online here\. It counts again/).waitFor();
  await assertAccessible(page, "appearing offline");
  await isSeenAs(petr, jana, "offline");
  await page.reload();
  await countsAs(page, "Offline");
  assert.equal((await statusOf(petr, jana)).appear_offline, true);
  await openMenu(page);
  await page.getByRole("switch", { name: "Appear offline everywhere" }).uncheck();
  await countsAs(page, "Online");
  await isSeenAs(petr, jana, "online");
});

journey("my devices say what each says and since when, and one can be signed out", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await jana.lease(600, "iPhone");
  const page = await open(`${home.url}/dashboard`, { as: jana });
  await countsAs(page, "Online");
  await choose(page, "Away");
  await openMenu(page);
  await page.getByRole("button", { name: "My devices" }).click();
  const dialog = page.getByRole("dialog", { name: "My devices" });
  const phone = dialog.getByRole("listitem").filter({ hasText: "iPhone" });
  await phone.getByText(/^stays so in the background until/).waitFor();
  await phone.getByText(/^last sign of life/).waitFor();
  const here = dialog.getByRole("listitem").filter({ hasText: "this browser" });
  await here.getByText("Away", { exact: true }).waitFor();
  await assertAccessible(page, "my devices");
  await phone.getByRole("button", { name: "Sign out iPhone" }).click();
  await assertAccessible(page, "whether that is meant");
  await phone.getByRole("button", { name: "Cancel" }).click();
  await phone.getByRole("button", { name: "Sign out iPhone" }).click();
  await phone.getByRole("button", { name: "Sign out", exact: true }).click();
  await phone.waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await countsAs(page, "Away");
  await isSeenAs(petr, jana, "away");
});

journey("to sign this browser out is to log out", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await countsAs(page, "Online");
  await openMenu(page);
  await page.getByRole("button", { name: "My devices" }).click();
  const dialog = page.getByRole("dialog", { name: "My devices" });
  await dialog.getByRole("button", { name: "Log out" }).click();
  await dialog.getByText(/you are logged out/).waitFor();
  await dialog.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
});

journey("the box says why it is online, by names and devices, and who could make it so when it is offline", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro", ["Jana", "Petr", "Tomáš"]);
  const [jana, petr, tomas] = account.operators;
  await account.group("Sales", [jana, petr]);
  await account.group("Service", [tomas]);
  await petr.lease(600, "Petr’s phone");
  const page = await open(`${home.url}/dashboard`, { as: jana });
  const boxes = page.getByRole("region", { name: "Chat box" });
  await boxes.getByRole("button", { name: /^Sales Online/ }).click();
  const why = page.getByRole("dialog", { name: "Why is the box online? · Sales" });
  await why.getByText("Jana on this browser").waitFor();
  await why.getByText("Petr on Petr’s phone").waitFor();
  await assertAccessible(page, "why a box is online");
  await page.keyboard.press("Escape");
  await boxes.getByRole("button", { name: /^Service Offline/ }).click();
  const whyNot = page.getByRole("dialog", { name: "Why is the box offline? · Service" });
  await whyNot.getByRole("listitem").filter({ hasText: "Tomáš" }).getByText("Offline").waitFor();
  assert.equal(await whyNot.getByRole("listitem").count(), 1, "nobody else answers there");
  // It is live: the box comes online while one looks.
  const laptop = await tomas.at("Laptop");
  await page.getByRole("dialog", { name: "Why is the box online? · Service" }).getByText("Tomáš on Laptop").waitFor();
  await laptop.leave();
  await whyNot.waitFor();
});

journey("while the connection is broken a bar says so, and afterwards everything is as it is now", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const page = await open(`${home.url}/dashboard#/team`, { as: jana });
  page.expects(BROKEN_WIRE);
  const row = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Petr" }) });
  await row.getByText("Offline", { exact: true }).waitFor();
  home.wire.refuse();
  home.wire.cut();
  await page.getByText("The connection is broken. Trying again…").waitFor();
  await petr.lease(600);
  home.wire.heal();
  await row.getByText("Online", { exact: true }).first().waitFor();
  await page.getByText("The connection is broken. Trying again…").waitFor({ state: "hidden" });
  await countsAs(page, "Online");
});

journey("with the keyboard alone one gets to the page, and out of a menu to where one was", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard#/team`, { as: account.admin });
  await countsAs(page, "Online");
  await page.getByRole("heading", { name: "Team" }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.closest("main, .me, .skip")?.className ?? "nowhere");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "wide");
  assert.match(page.url(), /#\/team$/);
  await me(page).getByRole("button", { name: /^My status/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("switch", { name: "Appear offline everywhere" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("switch", { name: "Appear offline everywhere" }).waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.className), "me-button");
});

journey("a menu goes when one goes on elsewhere, and a page that is chosen by its link is where one goes on", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await countsAs(page, "Online");
  await openMenu(page);
  await page.getByRole("switch", { name: "Appear offline everywhere" }).waitFor();
  await page.getByRole("region", { name: "Conversation" }).click();
  await page.getByRole("switch", { name: "Appear offline everywhere" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Team" }).click();
  await page.getByRole("heading", { name: "Team" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "MAIN");
});

journey("an admin is told what to mend and where, and need not read it all day", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const theirs = await open(`${home.url}/dashboard`, { as: petr });
  await countsAs(theirs, "Online");
  assert.equal(await theirs.getByText(/^Any web site may show/).count(), 0, "agents cannot mend it");
  const page = await open(`${home.url}/dashboard#/team`, { as: jana });
  const notice = page.getByText(/^Any web site may show/);
  await notice.waitFor();
  assert.equal(await page.getByRole("link", { name: "Choose the web sites" }).getAttribute("href"), "#/settings/widget");
  await page.getByRole("button", { name: "Hide this notice" }).click();
  await notice.waitFor({ state: "detached" });
  await page.reload();
  await countsAs(page, "Online");
  assert.equal(await notice.count(), 0);
});

journey("a box whose state the server cannot confirm says that it is as it was known last", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const own = await window();
  await own.logIn(account.admin, home.url);
  const page = await own.tab();
  await page.routeWebSocket(/\/ws\/operator$/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const frame = JSON.parse(String(text));
      for (const box of frame.type === "welcome" ? frame.chat : frame.type === "chat" ? [frame] : []) box.stale = true;
      socket.send(JSON.stringify(frame));
    });
  });
  await page.goto(`${home.url}/dashboard`);
  await page.getByRole("region", { name: "Chat box" }).getByRole("button", { name: /as known last/ }).waitFor();
  await assertAccessible(page, "a box as it was known last");
});

journey("without a connection nobody is told that they are online: it says what was known last, and nothing on the page goes missing", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  page.expects(BROKEN_WIRE);
  await countsAs(page, "Online");
  await page.locator("#icon-laptop").waitFor({ state: "attached" });
  home.wire.refuse();
  await countsAs(page, "Reconnecting");
  await page.getByText("Last known: Online").waitFor();
  await page.getByText("as known last").waitFor();
  await assertAccessible(page, "without a connection");
  await openMenu(page);
  await page.getByRole("button", { name: "My devices" }).click();
  // Every icon is drawn, also one that was not there before.
  const empty = () => [...document.querySelectorAll("svg.icon use")].filter((use) => !(/** @type {SVGGraphicsElement} */ (use).getBBox().width)).length;
  await page.getByRole("dialog").locator("svg.icon").first().waitFor();
  assert.equal(await page.evaluate(empty), 0);
  home.wire.heal();
  await page.keyboard.press("Escape");
  await countsAs(page, "Online");
  await page.getByText(/on this browser, since/).waitFor();
});
