// Operators, invitations and groups, as an admin keeps them.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, assertShows, NAMES } from "./world/payloads.mjs";
import { PASSWORD } from "./world/people.mjs";
import { eventually } from "./world/waiting.mjs";

/** @param {{ url: string }} home @param {string} where */
const settings = (home, where) => `${home.url}/dashboard#/settings/${where}`;

journey("somebody new is invited by email, and the link is shown once to be copied", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro");
  const sales = await account.group("Sales", []);
  const page = await open(settings(home, "operators"), { as: account.admin, permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("link", { name: "Add an operator" }).click();
  await page.getByLabel("Name").fill("Eva Dvořáková");
  await page.getByLabel("Email address").fill(`eva@${account.domain}`);
  await page.getByLabel("Sales").check();
  await assertAccessible(page, "a new operator");
  await page.getByRole("button", { name: "Add", exact: true }).click();

  const link = page.getByLabel("Link of the invitation");
  await link.waitFor();
  const url = await link.inputValue();
  const letter = await home.relay.letterTo(`eva@${account.domain}`);
  assert(letter.links.includes(url), `${url} is not in the letter`);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
  await assertAccessible(page, "an invitation");

  const { items } = await account.admin.get("/api/v1/operators");
  assert.deepEqual(items.find((/** @type {any} */ one) => one.name === "Eva Dvořáková").groups, [sales]);
  await page.getByRole("link", { name: "Operators" }).first().click();
  await page.getByRole("link", { name: "Edit Eva Dvořáková" }).click();
  await page.getByRole("button", { name: "Send a new invitation" }).waitFor();
  assert.equal(await link.count(), 0);
  await page.getByRole("button", { name: "Send a new invitation" }).click();
  await link.waitFor();
  assert.notEqual(await link.inputValue(), url);
});

journey("what is wrong with a new operator is said at its field", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard");
  const page = await open(settings(home, "operators%2Fnew"), { as: account.admin });
  page.expects(/422/);
  await page.getByLabel("Name").fill("Petr");
  await page.getByLabel("Email address").fill("o'brien@shop.test");
  await page.getByLabel("Password").fill("petr1234");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Enter one email address, such as").waitFor();
  await page.getByLabel("Email address").fill(`petr@${account.domain}`);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Take a longer one that nobody guesses").waitFor();
  await assertAccessible(page, "a refused operator");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Petr was added and can log in.").waitFor();
  await page.getByRole("link", { name: "Edit Petr" }).waitFor();
});

journey("an operator is changed, deactivated after a question, and activated again", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const page = await open(settings(home, "operators"), { as: account.admin });
  await page.getByRole("link", { name: "Edit Petr" }).click();
  await page.getByLabel("Name").fill("Petr Svoboda");
  await page.getByLabel("Admin").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  const known = async () => (await account.admin.get("/api/v1/operators")).items.find((/** @type {any} */ one) => one.email === account.operators[1].email);
  assert.deepEqual([(await known()).name, (await known()).role], ["Petr Svoboda", "admin"]);

  const button = page.getByRole("button", { name: "Deactivate" });
  await button.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Deactivate Petr Svoboda?" });
  await dialog.waitFor();
  await assertAccessible(page, "a question");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await eventually("the focus is back", () => button.evaluate((element) => element === document.activeElement));
  await button.click();
  await dialog.getByRole("button", { name: "Deactivate" }).click();
  await page.getByText("Petr Svoboda is deactivated.").waitFor();
  assert.equal((await known()).active, false);
  await page.getByRole("button", { name: "Activate" }).click();
  await page.getByText("Petr Svoboda is active again.").waitFor();
  assert.equal((await known()).active, true);
});

journey("the last admin stays one, and who has a password is not invited", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const page = await open(settings(home, "operators"), { as: account.admin });
  page.expects(/409/);
  await page.getByRole("link", { name: "Edit Jana" }).click();
  await page.getByLabel("Agent").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("An account keeps at least one active admin.").waitFor();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.goto(settings(home, `operators%2F${account.operators[1].id}`));
  await page.getByRole("button", { name: "Send a new invitation" }).click();
  await page.getByText("They have a password already").waitFor();
});

journey("a group is made, filled, renamed and deleted", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro", ["Jana", "Petr"]);
  const page = await open(settings(home, "groups"), { as: account.admin });
  await page.getByText("There are no groups yet").waitFor();
  await assertAccessible(page, "no groups");
  await page.getByRole("link", { name: "Add a group" }).click();
  await page.getByLabel("Name").fill("Sales");
  await page.getByLabel("Petr").check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("link", { name: "Edit Sales" }).click();
  const groups = async () => (await account.admin.get("/api/v1/groups")).items;
  assert.deepEqual((await groups())[0].operators, [account.operators[1].id]);
  await page.getByLabel("Name").fill("Prodej");
  await page.getByLabel("Jana").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.equal((await groups())[0].name, "Prodej");
  assert.equal((await groups())[0].operators.length, 2);
  await page.getByText(`data-group="${(await groups())[0].id}"`).waitFor();
  await assertAccessible(page, "a group");
  await page.getByRole("button", { name: "Delete group" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete group" }).click();
  await page.getByText("Prodej was deleted.").waitFor();
  await page.getByText("There are no groups yet").waitFor();
  assert.deepEqual(await groups(), []);
});

journey("without the plan pro groups are explained, and nothing there can fail", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard");
  const page = await open(settings(home, "groups"), { as: account.admin });
  await page.getByText("Groups need the plan Pro").waitFor();
  await page.getByText("A group answers for its own pages").waitFor();
  assert.equal(await page.locator(".set-page").getByRole("button").count(), 0);
  assert.equal(await page.locator(".set-page").getByRole("link", { name: "Add a group" }).count(), 0);
});

journey("two clicks on a slow line add one operator", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard");
  const page = await open(settings(home, "operators%2Fnew"), { as: account.admin });
  await page.getByLabel("Name").fill("Petr");
  await page.getByLabel("Email address").fill(`petr@${account.domain}`);
  await page.getByLabel("Password").fill(PASSWORD);
  /** @type {string[]} */
  const sent = [];
  page.on("request", (request) => void (request.method() === "POST" && sent.push(request.url())));
  home.wire.slow(150);
  await page.getByRole("button", { name: "Add", exact: true }).dblclick();
  await page.getByText("Petr was added and can log in.").waitFor();
  home.wire.heal();
  assert.deepEqual(sent, [`${home.url}/api/v1/operators`]);
  assert.equal((await account.admin.get("/api/v1/operators")).items.length, 2);
});

journey("whatever an operator is called, it stays a name", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro");
  const names = NAMES.slice(0, 12);
  for (const [at, name] of names.entries()) await account.admin.post("/api/v1/operators", { name, email: `n${at}@${account.domain}`, role: "agent", password: PASSWORD });
  await account.admin.post("/api/v1/groups", { name: names[0], operators: [] });
  const page = await open(settings(home, "operators"), { as: account.admin });
  await page.getByRole("link", { name: "Edit Jana" }).waitFor();
  for (const name of names) await assertShows(page.getByRole("listitem"), name);
  await page.goto(settings(home, "audit"));
  await page.getByText("was added as an operator").first().waitFor();
  await page.goto(settings(home, "groups"));
  await assertShows(page.getByRole("listitem"), names[0]);
  await assertHarmless(page);
});
