// What will happen, and why it did: the running timer as what it is, and the whole explanation beside the conversation.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { addressOf } from "./world/desk.mjs";
import { journey } from "./world/journey.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** @param {Page} page */
const outlook = (page) => page.locator(".talk-outlook");
/** @param {Page} page */
const panel = (page) => page.locator(".side");
/** An email, by what became of it. @param {Page} page @param {string} state @param {import("./world/people.mjs").Operator} operator */
const email = (page, state, operator) => panel(page).locator(".side-email-head").getByText(`${state} ${operator.email}`, { exact: true });
/** Long enough to be looked at. */
const SLOW = { "notifications.offline_delay": "90s", "notifications.missed_delay": "90s" };

/** This dashboard's own device is no reason for the box to be online. @param {import("./world/people.mjs").Operator} operator */
const appearOffline = (operator) => operator.patch("/api/v1/me", { appear_offline: true });

journey("a running timer says to whom, in how long, and what would cancel it", async ({ house, open }) => {
  const home = await house(SLOW);
  const account = await home.account("standard", ["Jana", "Petr", "Tomáš"]);
  const [jana, petr, tomas] = account.operators;
  await appearOffline(jana);
  const eva = await account.visitor();
  const conversation = await eva.say("Is anybody there?");
  const page = await open(`${home.url}/dashboard`, { as: jana });
  await page.locator(".inbox-row .inbox-mark.timer").getByText(/^1:[0-2]\d$/).waitFor();
  await page.locator(".inbox-row a").click();
  // She reads it, and is out of it.
  await outlook(page).getByText(/^Email to Petr and Tomáš in 1:\d\d, unless they open it, or somebody joins or comes online$/).waitFor();
  await assertAccessible(page, "a running timer");
  await petr.act("open", conversation);
  await outlook(page).getByText(/^Email to Tomáš in 1:\d\d, unless Tomáš opens it, or somebody joins or comes online$/).waitFor();
  await tomas.at("iPhone", { kind: "mobile" });
  await outlook(page).waitFor({ state: "detached" });
});

journey("in Czech the timer has the right forms, for one, for several and for oneself", async ({ house, open }) => {
  const home = await house(SLOW);
  const account = await home.account("standard", ["Jana", "Petr", "Tomáš"]);
  const [jana, petr] = account.operators;
  for (const one of account.operators) await one.patch("/api/v1/me", { locale: "cs" });
  await appearOffline(jana);
  await appearOffline(petr);
  const conversation = await (await account.visitor()).say("Je tam někdo?");
  const page = await open(addressOf(home, conversation), { as: jana, lang: "cs" });
  await outlook(page).getByText(/^Za 1:\d\d dostanou e-mail Petr\sa\sTomáš, pokud konverzaci neotevřou a nikdo se nepřipojí ani nepřijde online$/).waitFor();
  const other = await open(`${home.url}/dashboard`, { as: petr, lang: "cs", phone: true });
  await other.locator(".inbox-row .inbox-mark.timer").waitFor();
  await account.operators[2].act("open", conversation);
  await outlook(page).getByText(/^Za 1:\d\d dostane e-mail Petr, pokud konverzaci neotevře a nikdo se nepřipojí ani nepřijde online$/).waitFor();
});

journey("the why says for each person what was decided, with the rule and all reasons on demand, and follows what happens", async ({ house, open }) => {
  const home = await house({ "notifications.offline_delay": "12s" });
  const account = await home.account("standard", ["Jana", "Petr", "Tomáš"]);
  const [jana, petr, tomas] = account.operators;
  await appearOffline(jana);
  await tomas.patch("/api/v1/me", { notifications: { offline: false } });
  const conversation = await (await account.visitor()).say("Is anybody there?");
  const page = await open(addressOf(home, conversation, "why"), { as: jana });
  await panel(page).getByText(/or somebody joins, replies, closes it or comes online/).waitFor();
  await assertAccessible(page, "the why of a running timer");
  await home.relay.letterTo(petr.email);
  const person = (/** @type {string} */ name) => panel(page).locator(".side-people > li").filter({ hasText: name });
  await person("Petr").locator("p").getByText(/mailed\. An email to Petr was queued/).waitFor();
  await person("Tomáš").locator("p").getByText(/not mailed\. Tomáš has .* switched off/).waitFor();
  await person("Jana (you)").locator("p").getByText(/not mailed\. Jana had seen every waiting message/).waitFor();
  await person("Tomáš").getByText(/^Rule \w+/).click();
  await email(page, "Sent to", petr).waitFor();
  await panel(page).getByText("1 attempt and the server’s answer").click();
  await panel(page).getByText("250 2.0.0 taken").waitFor();
  await assertAccessible(page, "the why of a sent email");
  // What holds on the server holds on the page.
  const { decisions } = await jana.get(`/api/v1/conversations/${conversation}/notifications?lang=en`);
  const shown = await panel(page).innerText();
  for (const decision of decisions) assert(shown.includes(decision.text), decision.text);
});

journey("a refused email shows the server’s whole answer, and may be tried again by the admin", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await appearOffline(jana);
  await jana.patch("/api/v1/me", { notifications: { offline: false } });
  home.relay.once("RCPT", "554 5.6.0 <petr> no <b>such</b> email here");
  const conversation = await (await account.visitor()).say("Hello");
  const page = await open(addressOf(home, conversation, "why"), { as: jana });
  await email(page, "Not delivered to", petr).waitFor();
  await outlook(page).getByText("An email about this could not be delivered.").waitFor();
  await panel(page).getByText("1 attempt and the server’s answer").click();
  await panel(page).getByText("554 5.6.0 <petr> no <b>such</b> email here").first().waitFor();
  await assertAccessible(page, "the why of a refused email");
  await panel(page).getByRole("button", { name: "Retry now" }).click();
  await email(page, "Sent to", petr).waitFor();
  await home.relay.letterTo(petr.email);
  // An agent sees what was decided of everybody, and the attempts of their own emails.
  await appearOffline(petr);
  const own = await open(addressOf(home, conversation, "why"), { as: petr, phone: true });
  await email(own, "Sent to", petr).waitFor();
  await panel(own).getByText("an admin sees everybody’s").waitFor();
  await assertAccessible(own, "the why on a phone");
  await own.getByRole("button", { name: "Back" }).click();
  await own.locator(".talk-message", { hasText: "Hello" }).waitFor();
});

journey("who was online when the message came is told, though no timer ran", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana"]);
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  await page.getByText("Nobody is waiting").waitFor();
  const conversation = await (await account.visitor()).say("Hello");
  await page.goto(addressOf(home, conversation, "why"));
  await panel(page).getByText("No email was called for.").waitFor();
  await panel(page).locator(".side-people > li > div > p").getByText(/The chat box was online when the message came: Jana was online on/).waitFor();
});
