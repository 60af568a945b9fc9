// Sent emails with the servers' answers, addresses that get none, and what admins did.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, assertShows } from "./world/payloads.mjs";
import { eventually } from "./world/waiting.mjs";

/** @param {{ url: string }} home @param {string} where */
const settings = (home, where) => `${home.url}/dashboard#/settings/${where}`;

/** @param {import("./world/people.mjs").Operator} operator @param {string} state */
const emailIn = (operator, state) =>
  eventually(`an email is ${state}`, async () => {
    const { items } = await operator.get("/api/v1/emails");
    return items.find((/** @type {any} */ email) => email.state === state);
  });

journey("an email that a server refuses is in the list with its whole answer, and is tried again", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home, "emails"), { as: account.admin });
  await page.getByText("No email was sent yet").waitFor();
  await assertAccessible(page, "no emails");
  await page.getByRole("button", { name: /Online/ }).first().waitFor();
  // Nobody is there when the visitor writes.
  await account.admin.patch("/api/v1/me", { appear_offline: true });
  home.relay.once("RCPT", "554 5.6.0 <b>not taken</b> & more");
  const conversation = await (await account.visitor()).say("Hello");
  await emailIn(account.admin, "failed");

  // The list is told of it by itself.
  const row = page.getByRole("listitem").filter({ hasText: "Refused" });
  await assertShows(row, "554 5.6.0 <b>not taken</b> & more");
  await row.getByRole("link", { name: "Offline message to Jana" }).click();
  await assertShows(page.locator(".set-attempts"), "554 5.6.0 <b>not taken</b> & more");
  await page.getByLabel("Message-ID").waitFor();
  await assertAccessible(page, "a refused email");
  await assertHarmless(page);

  await page.getByRole("button", { name: "Retry now" }).click();
  await page.getByText("It is tried again now.").waitFor();
  await home.relay.letterTo(account.admin.email);
  await page.locator(".set-state").filter({ hasText: "Accepted" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Retry now" }).count(), 0);
  await page.getByRole("link", { name: "Open the conversation" }).click();
  await page.waitForURL(new RegExp(conversation));
});

journey("emails are filtered by state and by operator, and an agent sees their own", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Tomáš"]);
  const [jana, tomas] = account.operators;
  await (await account.visitor()).say("Hello");
  for (const one of [jana, tomas]) await emailIn(one, "sent");
  const page = await open(settings(home, "emails"), { as: jana });
  const rows = page.locator(".set-page").getByRole("listitem");
  await rows.filter({ hasText: "Tomáš" }).waitFor();
  assert.equal(await rows.count(), 2);
  await page.getByLabel("To", { exact: true }).selectOption({ label: "Jana" });
  await rows.filter({ hasText: "Tomáš" }).waitFor({ state: "detached" });
  await rows.filter({ hasText: "Jana" }).waitFor();
  await assertAccessible(page, "filtered emails");
  await page.getByLabel("State").selectOption({ label: "Refused" });
  await page.getByText("There are no such emails").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await rows.filter({ hasText: "Tomáš" }).waitFor();

  const his = await open(settings(home, "emails"), { as: tomas, phone: true, lang: "cs" });
  const own = his.locator(".set-page").getByRole("listitem");
  await own.first().waitFor();
  assert.equal(await own.count(), 1);
  assert.equal(await his.getByLabel("To", { exact: true }).count(), 0);
  await assertAccessible(his, "an agent's emails");
});

journey("a list that cannot be loaded says so, and is there on the next try", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home, "suppressions"), { as: account.admin });
  await page.getByText("No address is blocked").waitFor();
  await assertAccessible(page, "no blocked address");
  page.expects(/503/);
  const answer = { status: 503, contentType: "application/problem+json", body: JSON.stringify({ status: 503, code: "unavailable" }) };
  let isAway = true;
  let answerNow = () => {};
  const isHeld = new Promise((resolve) => (answerNow = () => resolve(undefined)));
  // However often the page asks: it is refused until somebody tries again, and then kept waiting.
  await page.route("**/api/v1/audit*", (route) => (isAway ? route.fulfill(answer) : isHeld.then(() => route.continue())));
  await page.getByRole("link", { name: "Changes" }).click();
  await page.getByRole("alert").getByText("The server cannot do this just now.").waitFor();
  await assertAccessible(page, "a list that failed");
  isAway = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("status").filter({ hasText: "Loading…" }).waitFor();
  await assertAccessible(page, "a list that is loading");
  answerNow();
  await page.getByText("Nothing was changed yet").waitFor();
  await assertAccessible(page, "nothing changed");
});

journey("a long list is shown further, and stays so when something is added to it", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  for (let at = 0; at < 60; at++) await account.admin.patch("/api/v1/account", { name: `Shop ${at}` });
  const page = await open(settings(home, "audit"), { as: account.admin });
  const rows = page.locator(".set-page").getByRole("listitem");
  await eventually("the first page", async () => (await rows.count()) === 50);
  await page.getByRole("button", { name: "Show more" }).click();
  await eventually("all of it", async () => (await rows.count()) === 60);
  assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
  await account.admin.patch("/api/v1/account", { name: "Shop" });
  await eventually("one more", async () => (await rows.count()) === 61);
});

journey("what admins did stands there in sentences, in both languages", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const sales = await account.group("Sales", [petr]);
  await jana.patch(`/api/v1/operators/${petr.id}`, { role: "admin" });
  await jana.patch(`/api/v1/operators/${petr.id}`, { appear_offline: true });
  await jana.patch("/api/v1/account", { timezone: "Europe/London", notifications: { offline: { delay_s: 60 } } });
  await jana.delete(`/api/v1/groups/${sales}`);
  const page = await open(settings(home, "audit"), { as: jana });
  for (const sentence of [
    "Petr was added as an operator.",
    "The group Sales was made.",
    "Petr was changed: role.",
    "Petr was made to appear offline.",
    "The account’s settings were changed: time zone and delay for offline messages.",
    "The group Sales was deleted.",
  ]) await page.getByText(sentence, { exact: true }).waitFor();
  await assertAccessible(page, "what was changed");
  await jana.patch("/api/v1/me", { locale: "cs" });
  await page.reload();
  await page.getByText("V nastavení účtu se změnilo: časové pásmo a prodleva u zpráv offline.", { exact: true }).waitFor();
});
