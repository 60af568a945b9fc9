// The published reference, as somebody reads it who builds a client.
import assert from "node:assert/strict";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";

/** Each colour and each width once: the page is long, and the rules take their time with it. */
const LOOKS = { "at a desk": {}, "on a phone in the dark": { phone: true, dark: true } };

for (const [name, look] of Object.entries(LOOKS)) {
  journey(`the reference can be read and operated by everybody, ${name}`, async ({ house, open }) => {
    const page = await open(`${(await house()).url}/reference`, look);
    await page.locator("#call-logIn > summary").click();
    await page.locator("#call-logIn").getByRole("heading", { name: "Body" }).waitFor();
    await assertAccessible(page, "an entry is open");
  });
}

journey("the filter leaves what has all its words, and says how much that is", async ({ house, open }) => {
  const page = await open(`${(await house()).url}/reference`);
  const found = page.getByRole("status");
  await page.locator("#call-logIn").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("post widget-key");
  await found.getByText("1 with these words").waitFor();
  assert.deepEqual(await page.locator(".entry:visible .name").allTextContents(), ["/api/v1/account/widget-key"]);
  await page.keyboard.type(" and more");
  await found.getByText("Nothing has these words.").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#call-logIn").waitFor();
});

journey("an address opens its entry, whatever the filter hides", async ({ house, open }) => {
  const page = await open(`${(await house()).url}/reference?q=widget-key#call-logIn`);
  await page.locator("#call-logIn[open]").waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  await page.locator("#shape-Operator > summary").click();
  await page.waitForURL(/#shape-Operator$/);
  await page.getByRole("button", { name: "Open all" }).click();
  assert.equal(await page.locator("details.entry:not([open])").count(), 0);
});
