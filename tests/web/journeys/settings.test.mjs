// The settings of one's own and of the account: notifications, profile, company, this browser.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { PASSWORD } from "./world/people.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** @type {import("./world/browser.mjs").Look[]} */
const SIZES = [{}, { phone: true, dark: true }];

/** @param {Page} page @param {string} name */
const section = (page, name) => page.locator("section", { has: page.getByRole("heading", { name, exact: true }) });
/** @param {{ url: string }} home @param {string} [where] */
const settings = (home, where = "") => `${home.url}/dashboard#/settings/${where}`;

journey("an admin sets when emails go, and what is typed stays until it is saved", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard");
  const page = await open(settings(home, "notifications"), { as: account.admin });
  const form = section(page, "Emails of the whole account");
  await form.getByRole("textbox", { name: "Delay", exact: true }).first().fill("3");
  await form.getByLabel("Unit: Delay").first().selectOption("min");
  await form.getByLabel("Nobody gets one any more").check();
  await form.getByRole("switch", { name: "With the visitor’s messages" }).uncheck();
  await form.getByText("Not saved yet").waitFor();

  await page.getByRole("link", { name: "Profile" }).click();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  await page.getByRole("link", { name: "Notifications Not saved yet" }).click();
  assert.equal(await form.getByRole("textbox", { name: "Delay", exact: true }).first().inputValue(), "3");
  await assertAccessible(page, "unsaved settings");

  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText("Saved", { exact: true }).waitFor();
  const { notifications } = await account.admin.get("/api/v1/account");
  assert.equal(notifications.offline.delay_s, 180);
  assert.equal(notifications.read_cancels, "everyone");
  assert.equal(notifications.include_text, false);
  await page.getByRole("link", { name: "Notifications", exact: true }).waitFor();
});

journey("what is no time is said at its field, and nothing is sent", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard");
  const before = await account.admin.get("/api/v1/account");
  const page = await open(settings(home, "notifications"), { as: account.admin });
  const pause = page.getByRole("textbox", { name: "Pause between two emails" });
  await pause.fill("soon");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Enter 0 or more, at most 7 days.").waitFor();
  assert.equal(await pause.getAttribute("aria-invalid"), "true");
  await eventually("the focus is where it is wrong", () => pause.evaluate((element) => element === document.activeElement));
  await assertAccessible(page, "a field with an error");
  await page.getByRole("button", { name: "Discard" }).click();
  assert.notEqual(await pause.inputValue(), "soon");
  assert.deepEqual(await account.admin.get("/api/v1/account"), before);
});

for (const look of SIZES) {
  journey(`an agent sees what holds, switches off their own emails and is told who changes the rest${look.phone ? " on a phone" : ""}`, async ({ house, open }) => {
    const home = await house();
    const account = await home.account("free", ["Jana", "Tomáš"]);
    const tomas = account.operators[1];
    const page = await open(settings(home, look.phone ? "" : "notifications"), { as: tomas, ...look });
    if (look.phone) await page.getByRole("link", { name: "Notifications", exact: true }).click();
    await section(page, "Emails of the whole account").getByText("Only its admins can change them").waitFor();
    await section(page, "Emails to me").getByText("need the plan Standard or Pro").waitFor();
    await section(page, "Emails to me").getByRole("switch", { name: "Offline messages" }).uncheck();
    await section(page, "Emails to me").getByText("Saved").waitFor();
    assert.equal((await tomas.get("/api/v1/me")).notifications.offline, false);
    await assertAccessible(page, "an agent's notifications");
    for (const name of ["operators", "groups", "widget", "suppressions", "audit"]) {
      await page.goto(settings(home, name));
      await page.getByRole("note").filter({ hasText: /Only admins|need the plan Pro/ }).first().waitFor();
      await assertAccessible(page, `an agent's ${name}`);
    }
  });
}

journey("a new name, address and password, and the old address is told", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const jana = account.admin;
  const page = await open(settings(home, "profile"), { as: jana });
  await page.getByLabel("Name", { exact: true }).fill("Jana Nováková");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.equal((await jana.get("/api/v1/me")).name, "Jana Nováková");

  const address = section(page, "Email address");
  await address.getByLabel("Email address", { exact: true }).fill(`novakova@${account.domain}`);
  await address.getByLabel("Present password").fill("not this one");
  page.expects(/422/);
  await address.getByRole("button", { name: "Change address" }).click();
  await address.getByText("That is not your present password.").waitFor();
  await address.getByLabel("Present password").fill(PASSWORD);
  await address.getByRole("button", { name: "Change address" }).click();
  await address.getByText("Saved", { exact: true }).waitFor();
  assert.equal((await jana.get("/api/v1/me")).email, `novakova@${account.domain}`);
  await home.relay.letterTo(jana.email);

  const password = section(page, "Password");
  await password.getByLabel("Present password").fill(PASSWORD);
  await password.getByLabel("New password").fill("password1");
  await password.getByRole("button", { name: "Change password" }).click();
  await password.getByText("Take a longer one that nobody guesses").waitFor();
  await password.getByLabel("New password").fill("purple lantern in the rain 3");
  await password.getByRole("button", { name: "Change password" }).click();
  await password.getByText("Changed. All other log-ins have ended.").waitFor();
  assert.equal(await password.getByLabel("New password").inputValue(), "");
  await eventually("one log-in is left", async () => (await section(page, "Log-ins").getByRole("listitem").count()) === 1);
});

journey("a log-in that one does not know is ended, and the language is spoken at once", async ({ house, open, window }) => {
  const home = await house();
  const account = await home.account();
  const other = await window();
  await other.logIn(account.admin, home.url);
  const page = await open(settings(home, "profile"), { as: account.admin });
  const logins = section(page, "Log-ins");
  await logins.getByText("This one").waitFor();
  const before = await logins.getByRole("listitem").count();
  await logins.getByRole("button", { name: /^End the log-in on/ }).first().click();
  await page.getByText("That log-in has ended.").waitFor();
  await eventually("it is gone from the list", async () => (await logins.getByRole("listitem").count()) === before - 1);

  await page.getByLabel("I read").selectOption("cs");
  await page.getByRole("heading", { name: "Profil", exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "cs");
  assert.equal((await account.operators[0].get("/api/v1/me")).locale, "cs");
  await assertAccessible(page, "the profile in Czech");
});

journey("the account has a name, a language and a time zone, and tells its plan", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("pro");
  const page = await open(settings(home, "company"), { as: account.admin });
  await page.getByLabel("Name of the company").fill("Shop & <b>Sons</b>");
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  page.expects(/422/);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("This time zone is not known.").waitFor();
  await page.getByLabel("Time zone").fill("America/New_York");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  const { name, timezone } = await account.admin.get("/api/v1/account");
  assert.deepEqual({ name, timezone }, { name: "Shop & <b>Sons</b>", timezone: "America/New_York" });
  await page.getByText("Only the administrator of this server changes plans.").waitFor();
  await assertAccessible(page, "the company");
});

journey("sound, notification, count and the enter key are kept by this browser", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home, "notifications"), { as: account.admin, permissions: ["notifications"] });
  const of = (/** @type {string} */ name) => page.getByRole("switch", { name, exact: true });
  await of("Notification of the browser").check();
  await of("Sound").uncheck();
  await of("Count in the tab’s title").uncheck();
  await of("Enter sends").uncheck();
  await page.reload();
  await of("Sound").waitFor();
  assert.equal(await of("Notification of the browser").isChecked(), true);
  for (const name of ["Sound", "Count in the tab’s title", "Enter sends"]) assert.equal(await of(name).isChecked(), false, name);
});

for (const answer of /** @type {const} */ (["granted", "denied"])) {
  journey(`the browser is asked for notifications once, and they are ${answer}`, async ({ house, window }) => {
    const home = await house();
    const account = await home.account();
    const own = await window();
    await own.logIn(account.admin, home.url);
    const page = await own.tab();
    await page.addInitScript((granted) => {
      /** @type {NotificationPermission} */
      let permission = "default";
      Object.defineProperty(Notification, "permission", { get: () => permission });
      Notification.requestPermission = async () => (permission = granted);
    }, answer);
    await page.goto(settings(home, "notifications"));
    const notify = page.getByRole("switch", { name: "Notification of the browser" });
    await page.getByText("Your browser asks you first.").waitFor();
    assert.equal(await notify.isChecked(), false);
    await notify.click();
    if (answer === "denied") await page.getByText("Your browser forbids it for this page.").waitFor();
    await eventually("the switch says what was answered", async () => (await notify.isChecked()) === (answer === "granted"));
    assert.equal(await notify.isDisabled(), answer === "denied");
  });
}

journey("a form that finds no connection says so, keeps what was typed, and is saved once there is one", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home, "profile"), { as: account.admin });
  await page.getByLabel("Name", { exact: true }).fill("Jana II.");
  page.expects(/net::ERR_|WebSocket/);
  home.wire.refuse();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").filter({ hasText: "There is no connection just now" }).first().waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Jana II.");
  home.wire.heal();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.equal((await account.operators[0].get("/api/v1/me")).name, "Jana II.");
});
