// The link at the foot of an email: a page that asks, a page that says that it is done, and the way back. `PICTURES=folder` keeps
// pictures of both.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { assertAccessible } from "./world/accessible.mjs";
import { journey } from "./world/journey.mjs";

/** @type {[string, import("./world/browser.mjs").Look][]} */
const LOOKS = [
  ["at a desk, in English", { width: 1000 }],
  ["on a phone in the dark, in Czech", { phone: true, dark: true, lang: "cs" }],
];
const WORDS = {
  en: { act: "Unsubscribe from offline emails", done: "Done:", settings: "Open the settings", broken: "This link does not work" },
  cs: { act: /Nechci dostávat e-maily o.offline zprávách/, done: "Hotovo.", settings: "Otevřít nastavení", broken: "Tento odkaz neplatí" },
};

for (const [where, look] of LOOKS) {
  journey(`unsubscribing takes one press, and says how to undo it, ${where}`, async ({ house, open }) => {
    const words = WORDS[look.lang ?? "en"];
    const home = await house();
    const account = await home.account("standard", ["Jana"]);
    await (await account.visitor()).say("Is anybody there?");
    const { links } = await home.relay.letterTo(account.admin.email);
    const link = links.find((one) => one.includes("/unsubscribe/")) ?? "";
    const page = await open(link, { ...look, as: account.admin });
    const picture = async (/** @type {string} */ name) => {
      await assertAccessible(page, name);
      if (!process.env.PICTURES) return;
      await mkdir(process.env.PICTURES, { recursive: true });
      await page.screenshot({ path: path.join(process.env.PICTURES, `unsubscribe ${name} ${where}.png`) });
    };
    const isOn = async () => (await account.admin.get("/api/v1/me")).notifications.offline;
    const button = page.getByRole("button", { name: words.act });
    await button.waitFor();
    await picture("asks");
    assert.equal(await isOn(), true, "looking changes nothing");

    await button.click();
    await page.getByText(words.done).waitFor();
    await picture("is done");
    assert.equal(await isOn(), false);

    // Whose account it is reads English.
    await page.getByRole("link", { name: words.settings }).click();
    await page.getByRole("heading", { name: "Notifications", exact: true }).first().waitFor();

    page.expects(/404/);
    await page.goto(`${link.slice(0, -3)}AAA`);
    await page.getByText(words.broken).waitFor();
    await picture("is broken");
  });
}
