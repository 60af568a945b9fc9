// Whether anybody looks at a page: a tab that is really hidden, a window that really has no focus.
//
// Playwright has every page believe that it is visible and focused (`Emulation.setFocusEmulationEnabled`), and the emulation of
// its own session can be ended only over that session, which it does not offer: `toImpl` reaches it, in the very version that
// package-lock.json names. Each function here waits until the page itself says so, and fails if it does not.
import { DEADLINE_MS } from "./waiting.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** The tab that covers a hidden one. @type {WeakMap<Page, Page>} */
const covers = new WeakMap();

/**
 * Another tab comes to the front: `document.visibilityState` is `hidden`, and the page has no focus. Until it is shown again,
 * look at it with `evaluate`: nothing is drawn, so clicks and screenshots of it would wait for ever.
 *
 * @param {Page} page
 */
export async function hide(page) {
  await emulateFocus(page, false);
  await cover(page);
  await becomes(page, () => document.visibilityState === "hidden" && !document.hasFocus());
}

/** It comes to the front again, and has the focus. @param {Page} page */
export async function show(page) {
  await page.bringToFront();
  await covers.get(page)?.close();
  covers.delete(page);
  await emulateFocus(page, true);
  await becomes(page, () => document.visibilityState === "visible" && document.hasFocus());
}

/** The window loses the focus, as to another window beside it: the page is still visible. `show` gives it back. @param {Page} page */
export async function blur(page) {
  await cover(page);
  const session = await page.context().newCDPSession(page);
  // A second session's word counts for the focus, the first one's for being visible.
  await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
  await session.detach();
  await becomes(page, () => document.visibilityState === "visible" && !document.hasFocus());
}

/** @param {Page} page */
async function cover(page) {
  const tab = covers.get(page) ?? (await page.context().newPage());
  covers.set(page, tab);
  await emulateFocus(tab, false);
  await tab.bringToFront();
}

/** @param {Page} page @param {boolean} enabled */
async function emulateFocus(page, enabled) {
  const { delegate } = /** @type {any} */ (page)._connection.toImpl(page);
  await delegate._mainFrameSession._client.send("Emulation.setFocusEmulationEnabled", { enabled });
}

/** Timers and events still run in a hidden page; frames of an animation do not. @param {Page} page @param {() => boolean} is */
async function becomes(page, is) {
  await page.waitForFunction(is, undefined, { polling: 20, timeout: DEADLINE_MS });
}
