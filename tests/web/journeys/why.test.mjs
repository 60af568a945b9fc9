// "Why didn't I get an email?": the answer, what decides, and what mends it.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** A check by its sentence. @param {Page} page @param {string | RegExp} text */
const check = (page, text) => page.getByRole("listitem").filter({ hasText: text });
/** @param {Page} page */
const answer = (page) => page.getByRole("region", { name: "The answer" });

journey("who never had anything to be mailed about sees how things stand, and what will appear", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const page = await open(`${home.url}/dashboard#/why`, { as: account.operators[1] });
  await page.getByRole("heading", { name: "Why didn’t I get an email?" }).waitFor();
  await answer(page).getByText("You get offline emails and missed-conversation emails.").waitFor();
  await check(page, "You have offline emails switched on.").getByText("In order:").waitFor();
  await page.getByText("No conversation yet").waitFor();
  assert.equal(await page.getByLabel("About whom").count(), 0, "colleagues are an admin's to ask about");
  await assertAccessible(page, "no conversation yet");
});

journey("a kind that I switched off is the answer, and one click switches it on", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const petr = account.operators[1];
  await petr.patch("/api/v1/me", { notifications: { offline: false } });
  const page = await open(`${home.url}/dashboard#/why`, { as: petr });
  await answer(page).getByText("You get missed-conversation emails, but no offline emails.").waitFor();
  const mine = check(page, "You have offline emails switched off");
  await mine.getByText("In the way:").waitFor();
  await assertAccessible(page, "something in the way");
  await mine.getByRole("button", { name: "Switch on" }).click();
  await check(page, "You have offline emails switched on.").waitFor();
  await answer(page).getByText("You get offline emails and missed-conversation emails.").waitFor();
  assert.equal((await petr.get("/api/v1/me")).notifications.offline, true);
});

journey("what is switched off for the account an admin switches on, and an agent is told who can", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await jana.patch("/api/v1/account", { notifications: { missed: { enabled: false } } });
  const theirs = await open(`${home.url}/dashboard#/why`, { as: petr });
  const off = "Missed-conversation emails are switched off for the whole account.";
  await check(theirs, off).getByText("An admin of your company can change this.").waitFor();
  assert.equal(await check(theirs, off).getByRole("button").count(), 0);
  const page = await open(`${home.url}/dashboard#/why`, { as: jana });
  await check(page, off).getByRole("button", { name: "Switch on for the account" }).click();
  await check(page, "Missed-conversation emails are switched on for the account.").waitFor();
  // It is live for the colleague, too.
  await check(theirs, "Missed-conversation emails are switched on for the account.").waitFor();
});

journey("I am online on a phone that I forgot: it says which and since when, and it can be signed out here", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await jana.lease(600, "iPhone");
  const page = await open(`${home.url}/dashboard#/why`, { as: jana });
  const phone = check(page, /^In the way: You are online on iPhone, since \d+:\d\d/);
  await phone.getByRole("button", { name: "Sign out iPhone" }).click();
  // Whoever has a phone signed out must log in on it again: that is asked before.
  const sure = page.getByRole("dialog", { name: "My devices" }).getByRole("group", { name: "Sign out iPhone" });
  await sure.getByRole("button", { name: "Sign out" }).click();
  await page.keyboard.press("Escape");
  await phone.waitFor({ state: "detached" });
  const here = check(page, /^In the way: You are online on/);
  await here.getByRole("button", { name: "Set this device offline" }).click();
  await check(page, /^In order: You have been offline on all devices since/).first().waitFor();
  const { operators } = await petr.get("/api/v1/presence");
  assert.equal(operators.find((/** @type {any} */ one) => one.id === jana.id).status, "offline");
});

journey("appearing offline everywhere is one click from there, and one back", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard#/why`, { as: account.admin });
  await check(page, /^In the way: You are online on/).getByRole("button", { name: "Appear offline everywhere" }).click();
  await page.getByRole("button", { name: "My status: Offline" }).waitFor();
  await page.getByRole("button", { name: "Stop appearing offline" }).click();
  await page.getByRole("button", { name: "My status: Online" }).waitFor();
});

journey("a colleague who is online keeps offline emails away, and is named", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await petr.lease(600, "iPhone");
  const page = await open(`${home.url}/dashboard#/why`, { as: jana });
  await check(page, /^In the way: Petr is online on iPhone/).getByRole("link", { name: "See who is online" }).click();
  await page.getByRole("heading", { name: "Team" }).waitFor();
});

journey("recent conversations say why, what became of the email, and lead to the whole explanation", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await petr.patch("/api/v1/me", { notifications: { offline: false } });
  const eva = await account.visitor();
  eva.identify({ name: "Eva" });
  const conversation = await eva.say("Is anybody there?");
  await home.relay.letterTo(jana.email);
  await petr.decided(conversation, "not_activated_operator");

  const theirs = await open(`${home.url}/dashboard#/why`, { as: petr });
  const reason = check(theirs, "Eva").filter({ has: theirs.getByRole("link", { name: "Eva" }) });
  await reason.getByText(/switched off/).waitFor();
  await answer(theirs).getByText(/The newest decision, about Eva/).waitFor();
  assert.equal(await reason.getByRole("button", { name: "What became of the email" }).count(), 0, "there was none");
  await reason.getByRole("link", { name: "Eva" }).click();
  await theirs.getByRole("log").getByText("Is anybody there?").waitFor();
  assert.match(theirs.url(), new RegExp(`${conversation}/why$`));

  const page = await open(`${home.url}/dashboard#/why`, { as: jana });
  const mailed = check(page, "Eva").filter({ has: page.getByRole("link", { name: "Eva" }) });
  await mailed.getByRole("button", { name: "What became of the email" }).click();
  await mailed.getByText(/Accepted by/).waitFor();
  await mailed.getByText("250 2.0.0 taken").waitFor();
  await mailed.getByText(/spam folder, and mark it/).waitFor();
  await assertAccessible(page, "what became of an email");
  await mailed.getByRole("button", { name: "Less" }).click();
  await mailed.getByText("250 2.0.0 taken").waitFor({ state: "detached" });
});

journey("an admin asks about a colleague", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("free", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await petr.lease(600, "iPhone");
  const page = await open(`${home.url}/dashboard#/why`, { as: jana });
  await page.getByLabel("About whom").selectOption({ label: "Petr" });
  await page.getByRole("heading", { name: "Why did Petr get no email?" }).waitFor();
  await answer(page).getByText("Petr gets offline emails, but no missed-conversation emails.").waitFor();
  await check(page, "Missed-conversation emails come with the plans Standard and Pro").getByText("Plans are changed by whoever runs the server.").waitFor();
  await check(page, /^In the way: Petr is online on iPhone/).getByRole("button", { name: "Show as offline" }).click();
  await check(page, "Petr has appeared offline since").first().waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Why did Petr get no email?" }).waitFor();
  await page.getByLabel("About whom").selectOption({ label: "Jana (you)" });
  await page.getByRole("heading", { name: "Why didn’t I get an email?" }).waitFor();
});

journey("a letter that a server refused is said to be so, with the answer, and is sent again from here", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const { admin } = account;
  home.relay.once("RCPT", "554 5.7.1 not from you");
  await (await account.visitor()).say("Hello");
  await eventually("the letter failed", async () => {
    const { items } = await admin.get("/api/v1/emails");
    return items.some((/** @type {any} */ email) => email.state === "failed");
  });
  const page = await open(`${home.url}/dashboard#/why`, { as: admin });
  const failed = check(page, /^In the way: The newest email.*554 5\.7\.1 not from you/);
  await failed.getByRole("button", { name: "Send again now" }).click();
  await home.relay.letterTo(admin.email);
  await check(page, /^In order: The newest email/).waitFor();
});

journey("an address that nothing is sent to is allowed again by an admin, and changed by oneself", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const own = await window();
  await own.logIn(account.admin, home.url);
  const address = "jana+shop@mail.test";
  const refused = { kind: null, code: "address", ok: false, text: `Nothing is sent to ${address}.`, rule: "D5", reason: "suppressed", address };
  let isSuppressed = true;
  /** @type {string[]} */
  const cleared = [];
  await own.context.route("**/api/v1/me/checks?*", (route) => route.fulfill({ json: { items: [{ ...refused, ok: !isSuppressed }], next: null } }));
  await own.context.route("**/api/v1/suppressions/*", (route) => {
    cleared.push(`${route.request().method()} ${decodeURIComponent(route.request().url().split("/").at(-1) ?? "")}`);
    isSuppressed = false;
    return route.fulfill({ status: 204 });
  });
  const page = await own.tab(`${home.url}/dashboard#/why`);
  await answer(page).getByText("As things stand you get no emails.").waitFor();
  const item = check(page, `Nothing is sent to ${address}`);
  assert.equal(await item.getByRole("link", { name: "Change the address" }).getAttribute("href"), "#/settings/profile");
  await item.getByRole("button", { name: "Allow the address again" }).click();
  await answer(page).getByText("You get offline emails and missed-conversation emails.").waitFor();
  assert.deepEqual(cleared, [`DELETE ${address}`]);
});

journey("in Czech, on a phone, in the dark, it is as plain", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const petr = account.operators[1];
  await petr.patch("/api/v1/me", { locale: "cs", notifications: { missed: false } });
  const page = await open(`${home.url}/dashboard#/why`, { as: petr, lang: "cs", phone: true, dark: true });
  await page.getByRole("heading", { name: "Proč mi nepřišel e-mail?" }).waitFor();
  await page.getByText("Chodí vám e-maily o offline zprávách, ale ne o zmeškaných konverzacích.").waitFor();
  await assertAccessible(page, "the why in Czech, on a phone, in the dark");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, "nothing is wider than the phone");
});
