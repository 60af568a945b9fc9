// Mails that do not arrive: servers that let none in, addresses that nobody has, mails that come back.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { reportOf } from "./world/mail.mjs";
import { assertShows } from "./world/payloads.mjs";
import { eventually } from "./world/waiting.mjs";

const COPIES = ["clipboard-read", "clipboard-write"];
/** As servers answer: in several lines, with an address that has no place to break. */
const BLOCKED = [
  "550-5.7.1 [192.0.2.25] Messages from this sender are not allowed by <b>our policy</b>. See",
  `550 5.7.1 https://help.example.com/?p=PolicyBlocked&id=${"0123456789abcdef".repeat(6)} - mx.example.com`,
];
const INBOUND = { "mail.bounce_address": "bounces@mail.doorbell.test", "mail.inbound_secret": "5d41402abc4b2a76b9719d911017c592" };

/** @param {{ url: string }} home @param {string} where */
const settings = (home, where) => `${home.url}/dashboard#/settings/${where}`;

/** Nothing is wider than the window. @param {import("./world/browser.mjs").Page} page */
async function assertFits(page) {
  const wide = await page.locator(".bars *, .set-page *, .side-body *").evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 120)));
  assert.deepEqual(wide, []);
}

/** Where the focus is, as it is called. @param {import("./world/browser.mjs").Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label") || document.activeElement?.textContent);

/** @param {import("./world/people.mjs").Operator} operator @param {string} state */
const emailIn = (operator, state) =>
  eventually(`an email is ${state}`, async () => {
    const { items } = await operator.get(`/api/v1/emails?state=${state}&operator=${operator.id}`);
    return items[0];
  });

journey("a server that lets no emails in is told of, asked to, and no more once it does", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Tomáš"]);
  const [jana, tomas] = account.operators;
  const page = await open(`${home.url}/dashboard`, { as: jana, permissions: COPIES });
  await page.getByRole("button", { name: /Online/ }).first().waitFor();
  await jana.patch("/api/v1/me", { appear_offline: true });
  account.operators.forEach(() => home.relay.once("RCPT", BLOCKED.join("\r\n")));
  const conversation = await (await account.visitor()).say("Hello");

  const notice = page.getByRole("status").filter({ hasText: `The mail server of ${account.domain} does not let our emails` });
  await notice.waitFor();
  await assertAccessible(page, "a notice of a blocked domain");
  await notice.getByRole("link", { name: "What to ask for" }).click();
  await page.getByRole("heading", { name: "Servers that do not let our emails in" }).waitFor();
  const row = page.locator(".set-blocked").getByRole("listitem");
  await row.getByRole("heading", { name: account.domain }).waitFor();
  await row.getByText(`${jana.email} and ${tomas.email} · since`).or(row.getByText(`${tomas.email} and ${jana.email} · since`)).waitFor();
  await assertShows(row.locator("pre"), BLOCKED.join("\n"));
  await assertAccessible(page, "a blocked domain");

  await jana.patch("/api/v1/me", { locale: "cs" });
  await tomas.patch("/api/v1/me", { locale: "cs" });
  for (const look of [{ phone: true }, { phone: true, dark: true }]) {
    const narrow = await open(settings(home, "emails"), { as: jana, lang: "cs", ...look });
    await narrow.getByRole("heading", { name: "Servery, které naše e-maily nepouštějí" }).waitFor();
    await assertAccessible(narrow, "a blocked domain on a phone");
    await assertFits(narrow);
    await narrow.close();
  }
  await page.getByRole("heading", { name: "Servery, které naše e-maily nepouštějí" }).waitFor();
  await jana.patch("/api/v1/me", { locale: "en" });
  // Whoever may not change it is not told of it, but of their own email.
  const his = await open(settings(home, "emails"), { as: tomas, lang: "cs", phone: true });
  await his.getByRole("listitem").filter({ hasText: "naše e-maily tam nepouštějí · 550-5.7.1" }).getByRole("link").click();
  await assertShows(his.locator(".set-attempts pre"), BLOCKED.join("\n"));
  assert.equal(await his.locator(".set-blocked, .notice-bar").count(), 0);
  await assertFits(his);
  await his.goto(`${home.url}/dashboard#/inbox/unserved/${conversation}/why`);
  await his.getByText("přijímající server naše e-maily nepouští").waitFor();
  await his.getByText("1 pokus a odpověď serveru").click();
  await assertShows(his.locator(".side-reply"), BLOCKED.join("\n"));
  await assertFits(his);

  // All of it by keyboard.
  await row.getByRole("button", { name: "It is allowed now" }).waitFor();
  await page.getByLabel(`For the IT department of ${account.domain}`).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await row.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, new RegExp(`^The mail server of ${account.domain} does not let emails from mail\\.doorbell\\.test to `));
  for (const part of [jana.email, tomas.email, BLOCKED.join("\n"), "Please allow emails from mail.doorbell.test"]) assert(copied.includes(part), copied);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), `It is allowed now: ${account.domain}`);
  await page.keyboard.press("Enter");
  await page.getByText(`Noted. Should ${account.domain} refuse emails again`).waitFor();
  await row.waitFor({ state: "detached" });
  await notice.waitFor({ state: "detached" });
  await eventually("the focus is at the title", async () => (await focused(page)) === "Sent emails");
  assert.deepEqual((await jana.get("/api/v1/blocked-domains")).items, []);
  await page.goto(settings(home, "audit"));
  await page.getByText(`${account.domain} was said to let our emails in again.`).waitFor();
});

journey("an address that nobody has gets no emails, until it is allowed again", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const jana = account.admin;
  home.relay.once("RCPT", "550-5.1.1 <jana>: Recipient address rejected\r\n550 5.1.1 User unknown in virtual mailbox table");
  await (await account.visitor()).say("Hello");
  await emailIn(jana, "failed");
  const page = await open(settings(home, "emails"), { as: jana, phone: true });
  await page.getByRole("link", { name: "Offline message to Jana" }).click();
  await page.getByText("While the address is blocked, this email is not sent either").waitFor();
  await assertAccessible(page, "an email to a blocked address");
  await page.getByRole("link", { name: "Blocked addresses" }).click();
  const row = page.getByRole("listitem").filter({ hasText: jana.email });
  await assertShows(row.locator("pre"), "550-5.1.1 <jana>: Recipient address rejected\n550 5.1.1 User unknown in virtual mailbox table");
  await row.getByText(/Jana · wrong address · since/).waitFor();
  await assertAccessible(page, "a blocked address");
  await assertFits(page);
  await row.getByRole("button", { name: `Allow again: ${jana.email}` }).click();
  await page.getByText(`${jana.email} gets emails again.`).waitFor();
  await page.getByText("No address is blocked").waitFor();
  await jana.patch("/api/v1/me", { appear_offline: true });
  await (await account.visitor()).say("Is anybody there?");
  await home.relay.letterTo(jana.email);
});

journey("an email that comes back says so beside its acceptance, and may be tried again", async ({ house, open }) => {
  const home = await house(INBOUND);
  const account = await home.account();
  const jana = account.admin;
  await (await account.visitor()).say("Hello");
  const letter = await home.relay.letterTo(jana.email);
  const { id } = await emailIn(jana, "sent");
  const page = await open(settings(home, `emails%2F${encodeURIComponent(id)}`), { as: jana, phone: true });
  await page.locator(".set-state").filter({ hasText: "Accepted" }).waitFor();
  const said = "550 5.7.1 This message was classified as spam and was not delivered";
  const headers = { Authorization: `Bearer ${INBOUND["mail.inbound_secret"]}`, "Content-Type": "message/rfc822" };
  const answer = await fetch(`${home.address}/api/v1/inbound/dsn`, { method: "POST", headers, body: reportOf(letter, "5.7.1", said) });
  assert.equal(answer.status, 200, await answer.text());

  await page.locator(".set-state").filter({ hasText: "Refused" }).waitFor();
  const tries = page.locator(".set-attempts > li");
  await tries.first().getByText(/mx\.shop\.test · came back afterwards · taken for spam/).waitFor();
  await assertShows(tries.first().locator("pre"), said);
  await tries.last().getByText(/relay\.test · accepted/).waitFor();
  await assertAccessible(page, "an email that came back");
  await assertFits(page);
  await jana.patch("/api/v1/me", { appear_offline: true });
  await page.getByRole("button", { name: "Retry now" }).click();
  await home.relay.letterTo(jana.email, 2);
  await page.locator(".set-state").filter({ hasText: "Accepted" }).waitFor();
  assert.equal(await tries.count(), 3);
});

journey("a relay that refuses the log-in is no address's fault", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const jana = account.admin;
  home.relay.once("MAIL", "530 5.7.0 Authentication required");
  await (await account.visitor()).say("Hello");
  await emailIn(jana, "deferred");
  const page = await open(`${home.url}/dashboard`, { as: jana, phone: true });
  const notice = page.getByRole("status").filter({ hasText: "The mail relay has refused the server's log-in" });
  await notice.waitFor();
  await assertAccessible(page, "a notice of the relay");
  await jana.patch("/api/v1/me", { appear_offline: true });
  await notice.getByRole("link", { name: "See the mails" }).click();
  await page.getByText("our own relay, not the address · 530 5.7.0 Authentication required").waitFor();
  await page.getByRole("link", { name: "Offline message to Jana" }).click();
  await page.getByRole("button", { name: "Retry now" }).click();
  await home.relay.letterTo(jana.email);
  await notice.waitFor({ state: "detached" });
  await page.locator(".set-state").filter({ hasText: "Accepted" }).waitFor();
});
