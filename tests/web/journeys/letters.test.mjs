// What a visitor types, in the letters that tell of it: opened as a mail program without any caution would open them.
import assert from "node:assert/strict";
import { journey } from "./world/journey.mjs";
import { assertHarmless, NAMES, PAYLOADS } from "./world/payloads.mjs";

/** A letter quotes at most so many messages. */
const QUOTED_LEN = 20;
/** The plain text without the marks of what it quotes. @param {string} text */
const unquoted = (text) => text.replace(/^>( |$)/gm, "");
/** What can be read of a text: lines are wrapped anew, and what cannot be seen is left out. @param {string} text */
const legible = (text) => text.replace(/[\s\p{C}]+/gu, "");

journey("what a visitor types is text in the letter, whatever it was meant to be", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const typed = PAYLOADS.filter((payload) => payload.trim());
  for (let from = 0, n = 1; from < typed.length; from += QUOTED_LEN, n += 1) {
    const texts = typed.slice(from, from + QUOTED_LEN);
    const visitor = await account.visitor();
    visitor.identify({ name: NAMES[n] });
    for (const text of texts) await visitor.say(text);
    const { html, text: plain, headers } = await home.relay.letterTo(account.admin.email, n);
    // A page of nobody, in which everything may run.
    const page = await open("about:blank");
    await page.setContent(html);
    const shown = legible(await page.locator("body").innerText());
    for (const text of texts) assert(shown.includes(legible(text).slice(0, 1_000)), `${JSON.stringify(text)} is shown as it was typed`);
    await assertHarmless(page);
    for (const text of texts) assert(legible(unquoted(plain)).includes(legible(text).slice(0, 1_000)), `${JSON.stringify(text)} is in the plain text`);
    assert.deepEqual([headers.bcc, headers["x-evil"]], [undefined, undefined], "no line of it is a header");
  }
});
