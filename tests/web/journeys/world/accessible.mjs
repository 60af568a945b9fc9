// The accessibility rules of axe-core, on whatever a page and its frames show now.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** So many of the things that are wrong are told: the same thing is often wrong many times. */
const TOLD_MAX = 12;

/**
 * What the rules say against a page and its frames, a line each.
 *
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>}
 */
export async function violationsOf(page) {
  await settled(page);
  // Frames answer the top one; a page's own rules about scripts do not hold for what comes from the debugger.
  for (const frame of page.frames()) {
    await frame.evaluate(`${AXE}; axe.configure({ allowedOrigins: ["<unsafe_all_origins>"] });`);
  }
  const { violations, incomplete } = await page.evaluate((rules) => {
    const { axe } = /** @type {any} */ (globalThis);
    // A frame may take its time to answer on a machine that is busy.
    return axe.run(document, { runOnly: rules, resultTypes: ["violations", "incomplete"], pingWaitTime: 10_000 });
  }, RULES);
  const unreached = incomplete.filter((/** @type {any} */ { id }) => id === "frame-tested");
  return [...violations, ...unreached].flatMap(sentences);
}

/**
 * Fails if the rules say anything against it.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} [state] what the page shows, for the message
 */
export async function assertAccessible(page, state = page.url()) {
  const found = await violationsOf(page);
  const more = found.length > TOLD_MAX ? `\nand ${found.length - TOLD_MAX} more` : "";
  assert.equal(found.length, 0, `not accessible: ${state}\n${found.slice(0, TOLD_MAX).join("\n")}${more}`);
}

/** Lets what moves come to rest: half-faded text has no contrast. @param {import("playwright-core").Page} page */
async function settled(page) {
  const rests = async () => {
    const ending = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((animation) => animation.finished));
  };
  for (const frame of page.frames()) await frame.evaluate(rests);
}

/** @param {any} violation @returns {string[]} */
function sentences({ id, impact, help, nodes }) {
  return nodes.map((/** @type {any} */ { target, html, failureSummary = "" }) => {
    const why = failureSummary.split("\n").slice(1).map((/** @type {string} */ line) => line.trim());
    return `- ${id} (${impact}): ${help}\n    at ${target.flat().join(" > ")}: ${html}\n    ${why.join("; ")}`;
  });
}
