// The team: who is online, where, since when; what an admin can do about it, and an agent cannot.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, assertShows, NAMES } from "./world/payloads.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** @param {Page} page @param {string} name */
const rowOf = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });

journey("everybody is there with their devices, and it is live", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  await account.group("Sales", [petr]);
  const laptop = await petr.at("Firefox on the laptop", { state: "away" });
  const page = await open(`${home.url}/dashboard#/team`, { as: jana });
  await page.getByText("2 people, of whom 1 online").waitFor();
  const row = rowOf(page, "Petr");
  await row.getByText("Away", { exact: true }).first().waitFor();
  await row.getByText("Firefox on the laptop").waitFor();
  await row.getByText("Sales", { exact: true }).waitFor();
  await row.getByText("Agent", { exact: true }).waitFor();
  await rowOf(page, "Jana (you)").getByText("In no group: answers for everybody").waitFor();
  await assertAccessible(page, "the team");
  await laptop.set("online");
  await page.getByText("2 people, of whom 2 online").waitFor();
  await laptop.leave();
  await page.getByText("2 people, of whom 1 online").waitFor();
  await row.getByText("1 further device, offline").click();
  await row.getByText("Firefox on the laptop").waitFor();
});

journey("an admin shows a colleague as offline, who is told so, and lets them appear again", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const theirs = await open(`${home.url}/dashboard`, { as: petr });
  await theirs.getByRole("button", { name: "My status: Online" }).waitFor();
  const page = await open(`${home.url}/dashboard#/team`, { as: jana });
  const row = rowOf(page, "Petr");
  await row.getByRole("button", { name: /^Show as offline/ }).click();
  await row.getByText("appears offline everywhere").waitFor();
  await theirs.getByRole("button", { name: "My status: Offline" }).waitFor();
  await theirs.getByText(/^You appear offline everywhere/).waitFor();
  await row.getByRole("button", { name: /^Let appear again/ }).click();
  await row.getByText("appears offline everywhere").waitFor({ state: "detached" });
  await theirs.getByRole("button", { name: "My status: Online" }).waitFor();
});

journey("an agent sees the same and why they can change nothing, in Czech on a phone in the dark", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const petr = account.operators[1];
  await petr.patch("/api/v1/me", { locale: "cs" });
  const page = await open(`${home.url}/dashboard#/team`, { as: petr, lang: "cs", phone: true, dark: true });
  await page.getByText("2 lidé, online 1").waitFor();
  await page.getByText("Zobrazit kolegu jako offline může jen správce.").waitFor();
  assert.equal(await page.getByRole("button", { name: /Zobrazit jako offline/ }).count(), 0);
  await page.getByRole("heading", { name: "Celý web" }).waitFor();
  await assertAccessible(page, "the team in Czech, on a phone, in the dark");
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(overflow, 0, "nothing is wider than the phone");
});

journey("whoever is alone is told how not to be", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard#/team`, { as: account.admin });
  await page.getByText("Nobody else is here yet.").waitFor();
  assert.match(String(await page.getByRole("link", { name: "Invite a colleague" }).getAttribute("href")), /^#\/settings\/operators$/);
  await assertAccessible(page, "alone");
});

journey("what cannot be fetched says so, and can be asked for again", async ({ house, window }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const own = await window();
  await own.logIn(account.admin, home.url);
  await own.context.route("**/api/v1/presence", (route) => route.fulfill({ status: 503, json: { code: "unavailable", title: "away" } }));
  const page = await own.tab();
  page.expects(/status of 503/);
  await page.goto(`${home.url}/dashboard#/team`);
  await page.getByRole("alert").getByText(/The server cannot do this just now/).waitFor();
  await assertAccessible(page, "a team that cannot be fetched");
  await own.context.unroute("**/api/v1/presence");
  await page.getByRole("button", { name: "Try again" }).click();
  await rowOf(page, "Petr").waitFor();
});

journey("a name or a device's name is a text, whatever it looks like", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const page = await open(`${home.url}/dashboard#/team`, { as: jana });
  await rowOf(page, "Petr").waitFor();
  for (const name of NAMES.filter((one) => one.trim() === one && one.length <= 60).slice(0, 6)) {
    const device = await petr.at(name);
    await assertShows(page.locator(".person .device-name"), name);
    await device.leave();
  }
  await assertHarmless(page);
});

journey("who comes to the team, gets another name or leaves it is known wherever one is", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  const page = await open(`${home.url}/dashboard#/inbox/unserved/${conversation}`, { as: jana });
  await page.getByRole("button", { name: "Hand over" }).click();
  const colleague = (/** @type {string} */ name) => page.getByRole("button", { name: new RegExp(`^${name}`) });
  await colleague("Petr").waitFor();
  const tomas = await account.hire("Tomas");
  await tomas.at("Phone");
  await colleague("Tomas ?Online").waitFor();
  await petr.patch("/api/v1/me", { name: "Petr Novák" });
  await colleague("Petr Novák").waitFor();
  await jana.delete(`/api/v1/operators/${petr.id}`);
  await colleague("Petr Novák").waitFor({ state: "detached" });
  await page.goto(`${home.url}/dashboard#/why`);
  await page.getByLabel("About whom").getByText("Tomas").waitFor({ state: "attached" });
});

journey("what an admin makes of me, and what a link in a mail switched off, is known without a reload", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const page = await open(`${home.url}/dashboard#/team`, { as: petr });
  await page.getByText("Only admins can show").waitFor();
  await jana.patch(`/api/v1/operators/${petr.id}`, { role: "admin", name: "Petr Novák" });
  await rowOf(page, "Petr Novák (you)").waitFor();
  await page.getByText("Only admins can show").waitFor({ state: "detached" });
  await page.goto(`${home.url}/dashboard#/settings/notifications`);
  const mine = page.getByRole("switch", { name: "Offline messages" }).first();
  await mine.and(page.locator(":checked")).waitFor();
  await petr.patch("/api/v1/me", { notifications: { offline: false } });
  await mine.and(page.locator(":not(:checked)")).waitFor();
});
