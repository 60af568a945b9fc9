// The door of the dashboard: who comes in, and how those do who cannot yet.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { BROKEN_WIRE } from "./world/browser.mjs";
import { addressOf, message, reply } from "./world/desk.mjs";
import { journey } from "./world/journey.mjs";
import { PASSWORD } from "./world/people.mjs";

const NEW_PASSWORD = "four quite unrelated lamps";
/** What a browser notes of answers that refuse. */
const REFUSED = /the server responded with a status of (401|409|422)/;

/** @typedef {import("./world/browser.mjs").Page} Page */

/** @param {Page} page @param {string} email @param {string} [password] */
async function logIn(page, email, password = PASSWORD) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
}

/** Waits until somebody is in. @param {Page} page */
const isIn = (page) => page.getByRole("navigation", { name: "Pages" }).waitFor();
/** @param {Page} page */
const isOut = (page) => page.getByRole("heading", { name: "Log in" }).waitFor();

journey("an operator logs in, is still logged in after a reload, and logs out", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`);
  page.expects(REFUSED);
  await isOut(page);
  await assertAccessible(page, "the log-in");
  assert.equal(await page.getByLabel("Email").evaluate((field) => field === document.activeElement), true);
  await logIn(page, account.admin.email);
  await isIn(page);
  await page.reload();
  await isIn(page);
  await page.getByRole("button", { name: /My status/ }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await isOut(page);
  await page.reload();
  await isOut(page);
});

journey("a password manager finds what it needs: a form, names, and what each field is for", async ({ house, open }) => {
  const home = await house();
  const page = await open(`${home.url}/dashboard`);
  page.expects(REFUSED);
  await isOut(page);
  const fields = () => [...document.querySelectorAll("form input[name]")].map((field) => [field.getAttribute("name"), field.getAttribute("type"), field.getAttribute("autocomplete")]);
  assert.deepEqual(await page.evaluate(fields), [["email", "email", "username"], ["password", "password", "current-password"]]);
  await page.getByLabel("Show the password").check();
  assert.equal(await page.getByLabel("Password", { exact: true }).getAttribute("type"), "text");
});

journey("what a password manager fills in without a word is sent all the same", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`);
  page.expects(REFUSED);
  await isOut(page);
  await page.getByLabel("Show the password").check();
  await page.evaluate(([email, password]) => {
    const [address, secret] = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("form input[name]"));
    address.value = email;
    secret.value = password;
  }, [account.admin.email, PASSWORD]);
  await page.getByLabel("Show the password").uncheck();
  await page.getByRole("button", { name: "Log in" }).click();
  await isIn(page);
});

journey("a wrong password is said in the browser's language", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { lang: "cs", phone: true, dark: true });
  page.expects(REFUSED);
  await page.getByLabel("E-mail").fill(account.admin.email);
  await page.getByLabel("Heslo", { exact: true }).fill("not this one");
  await page.getByRole("button", { name: "Přihlásit se" }).click();
  await page.getByRole("alert").getByText("E-mail nebo heslo nesouhlasí.").waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), account.admin.email);
  await assertAccessible(page, "a wrong password, in Czech, on a phone");
});

journey("of several people with one address one chooses who comes in", async ({ house, open }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana"]);
  const email = "office@shop.test";
  for (const name of ["Petr", "Tomáš"]) await account.admin.post("/api/v1/operators", { name, email, password: PASSWORD, role: "agent" });
  const page = await open(`${home.url}/dashboard`);
  page.expects(REFUSED);
  await logIn(page, email);
  await page.getByRole("heading", { name: "Who are you today?" }).waitFor();
  await assertAccessible(page, "the choice");
  await page.getByRole("button", { name: /^Tomáš/ }).click();
  await isIn(page);
  await page.getByText("Tomáš", { exact: true }).waitFor();
});

journey("whoever is invited sets a password by the link in the mail, and comes in with it", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const email = `nina@${account.domain}`;
  await account.admin.post("/api/v1/operators", { name: "Nina", email, role: "agent" });
  const { links } = await home.relay.letterTo(email);
  const link = links.find((one) => one.includes("#invite=")) ?? "";
  const page = await open(link);
  page.expects(REFUSED);
  await page.getByRole("heading", { name: "Welcome: set a password" }).waitFor();
  assert.equal(await page.evaluate(() => location.hash), "", "nobody who looks at the address finds the token");
  await assertAccessible(page, "an invitation");
  await page.getByLabel("New password").fill("password1");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText(/among the first/).waitFor();
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "The password is set" }).waitFor();
  await page.getByRole("button", { name: "Log in" }).click();
  await logIn(page, email, NEW_PASSWORD);
  await isIn(page);

  const late = await open(link);
  late.expects(REFUSED);
  await late.getByLabel("New password").fill(NEW_PASSWORD);
  await late.keyboard.press("Enter");
  await late.getByRole("alert").getByText(/invitation was used/).waitFor();
  await late.getByRole("button", { name: "Back to the log-in" }).click();
  await isOut(late);
});

journey("a forgotten password is set anew by mail, and every other log-in ends with a sentence why", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const { email } = account.admin;
  const other = await open(`${home.url}/dashboard`, { as: account.admin });
  await isIn(other);
  other.expects(REFUSED);

  const page = await open(`${home.url}/dashboard`);
  page.expects(REFUSED);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Forgot your password?" }).click();
  assert.equal(await page.getByLabel("Email").inputValue(), email, "the address comes along");
  await page.getByRole("button", { name: "Send the link" }).click();
  await page.getByRole("status").getByText(/a mail with a link is on its way/).waitFor();
  await assertAccessible(page, "a link that is on its way");
  const { links } = await home.relay.letterTo(email);
  await page.goto(links.find((link) => link.includes("#reset=")) ?? "");
  await page.getByRole("heading", { name: "Set a new password" }).waitFor();
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("heading", { name: "The password is set" }).waitFor();
  await page.getByRole("button", { name: "Log in" }).click();
  await logIn(page, email, NEW_PASSWORD);
  await isIn(page);

  await other.getByText(/^Your log-in has ended/).waitFor();
  await assertAccessible(other, "a log-in that ended elsewhere");
});

journey("the link in an email opens its conversation, after a log-in if need be", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const conversation = await (await account.visitor()).say("Is anybody there?");
  const { links } = await home.relay.letterTo(account.admin.email);
  const page = await open(links.find((link) => link.includes(conversation)) ?? "");
  page.expects(REFUSED);
  await logIn(page, account.admin.email);
  await page.getByRole("log").getByText("Is anybody there?").waitFor();
  assert.match(page.url(), new RegExp(`/dashboard#/inbox/.*${conversation}`));
});

journey("a server that is away is said to be, is tried again by itself, and lets in whoever is logged in", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const own = await window();
  await own.logIn(account.admin, home.url);
  await own.context.route("**/api/v1/me", (route) => route.abort("connectionrefused"));
  const page = await own.tab();
  page.expects(/ERR_CONNECTION_REFUSED|connectionrefused/i);
  await page.goto(`${home.url}/dashboard`);
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
  await assertAccessible(page, "a server that is away");
  await own.context.unroute("**/api/v1/me");
  await isIn(page);
});

journey("the front page leads to the dashboard, and to the demo where there is one", async ({ house, demo, open }) => {
  const home = await house();
  const page = await open(home.url);
  await page.getByRole("navigation", { name: "Pages of this server" }).waitFor();
  await assertAccessible(page, "the front page");
  const made = await demo();
  const other = await open(made.url, { lang: "cs", phone: true, dark: true });
  const pages = other.getByRole("navigation", { name: "Stránky tohoto serveru" });
  await pages.getByRole("link", { name: /^Ukázka/ }).waitFor();
  await assertAccessible(other, "the front page of a demo, in Czech");
  assert.equal(await page.getByRole("link", { name: /^Demo/ }).count(), 0, "a server that is no demo has none to show");
  await page.getByRole("link", { name: /^Dashboard/ }).click();
  page.expects(REFUSED);
  await isOut(page);
});

journey("a log-out that does not reach the server is none, and says so", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  page.expects(BROKEN_WIRE);
  page.expects(REFUSED);
  await isIn(page);
  home.wire.refuse();
  await page.getByText("The connection is broken").waitFor();
  await page.getByRole("button", { name: /My status/ }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByText("You are still logged in").waitFor();
  home.wire.heal();
  await page.getByRole("button", { name: "My status: Online" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await isOut(page);
});

journey("what somebody wrote is not sent by whoever logged in meanwhile in another tab", async ({ house, window }) => {
  const home = await house();
  const account = await home.account("standard", ["Jana", "Petr"]);
  const [jana, petr] = account.operators;
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  const browser = await window();
  await browser.logIn(jana, home.url);
  const page = await browser.tab(addressOf(home, conversation));
  page.expects(BROKEN_WIRE);
  await message(page, "Hello").waitFor();
  home.wire.refuse();
  await page.getByText("The connection is broken").waitFor();
  await reply(page, "Jana’s own words");
  // The other tab's log-in, as if only this one were cut off.
  const data = { email: petr.email, password: petr.password };
  assert.equal((await browser.context.request.post(`${home.address}/api/v1/login`, { data, headers: { Origin: home.url } })).status(), 200);
  home.wire.heal();
  await page.getByRole("region", { name: "My status" }).getByText("Petr").waitFor();
  await message(page, "Hello").waitFor();
  await eva.say("Anybody?");
  await message(page, "Anybody?").waitFor();
  assert.deepEqual(await jana.texts(conversation), ["Hello", "Anybody?"]);
});

journey("after a log-out the tab counts nothing any more, whatever comes late", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  await (await account.visitor()).say("Hello");
  const page = await open(`${home.url}/dashboard`, { as: account.admin });
  page.expects(REFUSED);
  await page.waitForFunction(() => document.title.startsWith("(1)"));
  // What was asked is answered when nobody is there any more.
  const asked = page.waitForRequest("**/api/v1/presence");
  const answered = page.waitForResponse("**/api/v1/presence");
  await page.route("**/api/v1/presence", async (route) => {
    await isOut(page);
    await route.fulfill({ json: { chat: [], operators: [] } });
  });
  await page.getByRole("link", { name: "Team" }).click();
  await asked;
  await page.getByRole("button", { name: /My status/ }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await (await answered).finished();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  assert.equal(await page.title(), "Log in · doorbell");
  // The team may have been asked for once more.
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
