// The widget as an admin sets it up: its code, the sites that may have it, a preview, a new key.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";
import { eventually } from "./world/waiting.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** @param {{ url: string }} home */
const settings = (home) => `${home.url}/dashboard#/settings/widget`;

journey("the code is copied, and it is the one that a web site needs", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home), { as: account.admin, permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(code, `<script async src="${home.url}/widget.js" data-key="${account.key}"></script>`);
});

journey("the sites that may have it are listed, and what is no site is refused before it is sent", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home), { as: account.admin });
  const site = page.getByLabel("Web site", { exact: true });
  const origins = async () => (await account.admin.get("/api/v1/account")).allowed_origins;
  await page.getByText("Any web site may show your chat").waitFor();
  await assertAccessible(page, "any site");

  await site.fill("https://*.example.com");
  await site.press("Enter");
  await page.getByText("Enter an address such as https://www.example.com").waitFor();
  assert.equal(await site.evaluate((element) => element === document.activeElement), true);
  await assertAccessible(page, "no site");

  await site.fill("shop.example/basket");
  await site.press("Enter");
  await page.getByText("https://shop.example", { exact: true }).waitFor();
  await page.getByText("Not saved yet").first().waitFor();
  assert.deepEqual(await origins(), [], "it is only a list yet");
  // What stands in the field is saved along.
  await site.fill("http://localhost:3000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  assert.deepEqual(await origins(), ["https://shop.example", "http://localhost:3000"]);
  await assertAccessible(page, "two sites");

  await page.getByRole("button", { name: "Remove https://shop.example" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await eventually("one is left", async () => (await origins()).length === 1);
});

journey("the preview begins when it is asked for, and says that it is the real chat", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  // Not even for an account that names its sites is the preview locked out.
  await account.admin.patch("/api/v1/account", { allowed_origins: ["https://shop.example"] });
  const page = await open(settings(home), { as: account.admin });
  await page.getByText("It is the real chat").waitFor();
  assert.equal(await page.locator("iframe").count(), 0);
  await page.getByRole("button", { name: "Show the preview" }).click();
  const isChat = (/** @type {import("playwright-core").Frame} */ frame) => frame.url().includes(`/widget/${account.key}`);
  await eventually("the chat is there", () => page.frames().some(isChat));
  await page.getByRole("button", { name: "Hide the preview" }).click();
  await eventually("it is gone", () => !page.frames().some(isChat));
});

journey("a new key is made after a question, and the old one works on", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const page = await open(settings(home), { as: account.admin });
  const button = page.getByRole("button", { name: "Make a new key" });
  await button.click();
  const dialog = page.getByRole("dialog", { name: "Make a new key?" });
  await dialog.getByText("The old one works for another 24 hours.").waitFor();
  await assertAccessible(page, "the question");
  await dialog.getByRole("button", { name: "Make a new key" }).click();
  await page.getByText("There is a new key.").waitFor();
  const { widget_key } = await account.admin.get("/api/v1/account");
  assert.notEqual(widget_key, account.key);
  assert((await page.getByLabel("Code for your web site").inputValue()).includes(widget_key));
  const visitor = await account.visitor();
  assert(visitor.welcome.visitor.id);
  await eventually("the focus is back", () => button.evaluate((element) => element === document.activeElement));
});
