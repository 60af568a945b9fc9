// What calls somebody: a sound, a notification of the browser, a number in the title of the tab.
import assert from "node:assert/strict";
import { blur, hide, show } from "./world/attention.mjs";
import { journey } from "./world/journey.mjs";

/** @typedef {import("./world/browser.mjs").Page} Page */

/** Counts what would be heard and shown, since no test can hear. @param {import("./world/browser.mjs").Window} window */
async function listen(window) {
  await window.context.addInitScript(() => {
    const calls = { notes: 0, notifications: /** @type {string[]} */ ([]) };
    class Heard extends AudioContext {
      /** @override */
      createOscillator() {
        calls.notes += 1;
        return super.createOscillator();
      }
    }
    class Shown extends Notification {
      /** @param {string} title @param {NotificationOptions} [options] */
      constructor(title, options) {
        super(title, options);
        calls.notifications.push(`${title}: ${options?.body}`);
      }
    }
    Object.assign(globalThis, { calls, AudioContext: Heard, Notification: Shown });
  });
}

/** @param {Page} page */
const heard = (page) => page.evaluate(() => /** @type {any} */ (globalThis).calls);
/** @param {Page} page @param {string} title */
const titled = (page, title) => page.waitForFunction((wanted) => document.title === wanted, title, { polling: 20 });

/** The dashboard, touched once, as browsers want it before they sound. @param {Page} page */
async function ready(page) {
  await page.locator(".inbox-views").waitFor();
  await page.locator(".inbox-views").click({ position: { x: 2, y: 2 } });
}

journey("a new unserved conversation rings once; what was there does not, at the start or after a break", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  await (await account.visitor()).say("From before");
  const own = await window();
  await listen(own);
  await own.logIn(account.admin, home.url);
  const page = await own.tab(`${home.url}/dashboard`);
  page.expects(/WebSocket connection|net::ERR_/);
  await titled(page, "(1) doorbell");
  await ready(page);
  assert.equal((await heard(page)).notes, 0, "nothing new");
  const eva = await account.visitor();
  await eva.say("I am new");
  await titled(page, "(2) doorbell");
  const { notes } = await heard(page);
  assert(notes > 0, "it rings");
  await eva.say("And go on");
  await page.getByText("And go on").waitFor();
  assert.equal((await heard(page)).notes, notes, "once");
  home.wire.refuse();
  await page.getByText("The connection is broken").waitFor();
  await (await account.visitor()).say("During the break");
  home.wire.heal();
  await titled(page, "(3) doorbell");
  assert.equal((await heard(page)).notes, notes, "not for what came meanwhile");
});

journey("two tabs of one browser ring once between them, and what somebody looks at does not ring", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const own = await window();
  await listen(own);
  await own.logIn(account.admin, home.url);
  const tabs = [await own.tab(`${home.url}/dashboard`), await own.tab(`${home.url}/dashboard`)];
  for (const tab of tabs) await ready(tab);
  const eva = await account.visitor();
  const conversation = await eva.say("Hello");
  for (const tab of tabs) await titled(tab, "(1) doorbell");
  const notes = async () => (await heard(tabs[0])).notes + (await heard(tabs[1])).notes;
  const once = await notes();
  assert.equal(once, 2, "the bell has two notes");
  await tabs[1].goto("about:blank");
  await tabs[0].locator(".inbox-row a").click();
  await account.admin.act("join", conversation);
  await titled(tabs[0], "doorbell");
  const before = (await heard(tabs[0])).notes;
  await account.admin.act("leave", conversation);
  await titled(tabs[0], "(1) doorbell");
  assert.equal((await heard(tabs[0])).notes, before, "it is in view");
});

journey("nobody looks: the browser tells who wrote what, if it may and is wished to; the number in the title can be switched off", async ({ house, window }) => {
  const home = await house();
  const account = await home.account();
  const own = await window({ permissions: ["notifications"] });
  await listen(own);
  await own.logIn(account.admin, home.url);
  const page = await own.tab(`${home.url}/dashboard`);
  await ready(page);
  const prefer = (/** @type {object} */ preferences) =>
    page.evaluate(([name, kept]) => localStorage.setItem(name, kept), [`doorbell-preferences-${account.admin.id}`, JSON.stringify(preferences)]);
  await prefer({ notify: true, sound: false, badge: true });
  await page.reload();
  await ready(page);
  const eva = await account.visitor();
  eva.identify({ name: "Eva" });
  await hide(page);
  await eva.say("Are you <b>there</b>?");
  await titled(page, "(1) doorbell");
  assert.deepEqual(await heard(page), { notes: 0, notifications: ["Eva: Are you <b>there</b>?"] });
  await show(page);
  await (await account.visitor()).say("While somebody looks");
  await titled(page, "(2) doorbell");
  assert.equal((await heard(page)).notifications.length, 1);
  await blur(page);
  const karel = await account.visitor();
  karel.identify({ email: "karel@home.test" });
  await karel.say("Beside another window");
  await titled(page, "(3) doorbell");
  assert.equal((await heard(page)).notifications.at(-1), "karel@home.test: Beside another window");
  await show(page);
  await prefer({ badge: false });
  await page.reload();
  await page.locator(".inbox-row").nth(2).waitFor();
  assert.equal(await page.title(), "doorbell");
});

journey("a page that nobody sees piles up no work for the moment at which somebody does", async ({ house, open }) => {
  const home = await house();
  const account = await home.account();
  const eva = await account.visitor();
  const page = await open(`${home.url}/dashboard#/inbox/unserved/${await eva.say("Hello")}`, { as: account.admin });
  const messages = page.locator(".talk-message");
  await messages.first().waitFor();
  await hide(page);
  // A hidden page draws no frames: whatever is asked for waits.
  await page.evaluate(() => {
    const ask = window.requestAnimationFrame.bind(window);
    Object.assign(window, { asked: 0 });
    window.requestAnimationFrame = (run) => (/** @type {any} */ (window).asked++, ask(run));
  });
  for (let n = 1; n <= 20; n += 1) await eva.say(`Message ${n}`);
  await page.waitForFunction(() => document.querySelectorAll(".talk-message").length === 21, undefined, { polling: 20 });
  assert(await page.evaluate(() => /** @type {any} */ (window).asked <= 1), "one look waits, not one a message");
  await show(page);
});
