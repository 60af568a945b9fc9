// The dashboard's inbox and conversation, as journeys look at them.

/** @typedef {import("./browser.mjs").Page} Page */

/** Where a conversation is, with a panel beside it or without. @param {import("./house.mjs").House} home @param {string | null} conversation @param {string} [panel] */
export const addressOf = (home, conversation, panel) => `${home.url}/dashboard#/inbox/unserved/${[conversation, panel].filter(Boolean).join("/")}`;

/** The rows of the list, by what they say. @param {Page} page @param {string | RegExp} [text] */
export const rows = (page, text) => page.locator(".inbox-row").filter(text ? { hasText: text } : {});

/** A message, by what it says. @param {Page} page @param {string | RegExp} text */
export const message = (page, text) => page.locator(".talk-message").filter({ hasText: text });

/** What the system says in a conversation. @param {Page} page @param {string} text */
export const happened = (page, text) => page.locator(".talk-system").filter({ hasText: text }).last();

/** Types an answer, and sends it by its key. @param {Page} page @param {string} text */
export async function reply(page, text) {
  await page.getByLabel("Your reply").fill(text);
  await page.getByLabel("Your reply").press("Enter");
}
