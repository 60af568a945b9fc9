// Delays as people say them: a number and a unit. The server counts in seconds.

/** @typedef {"s" | "min" | "h"} Unit */
/** @typedef {{ amount: string, unit: Unit }} Duration as it is typed */

/** @type {Record<Unit, number>} */
const SECONDS = { s: 1, min: 60, h: 3_600 };
/** @type {Unit[]} */
export const UNITS = ["s", "min", "h"];
/** The longest that the server takes: a week. */
const MAX_S = 7 * 24 * 3_600;

/** The largest unit that it is a whole number of. @param {number} seconds @returns {Duration} */
export function durationOf(seconds) {
  const unit = [...UNITS].reverse().find((one) => seconds >= SECONDS[one] && seconds % SECONDS[one] === 0) || "s";
  return { amount: String(seconds / SECONDS[unit]), unit };
}

/**
 * What was typed, in seconds; `null` for what is no such time.
 *
 * @param {Duration} duration
 * @param {{ mayBeNone?: boolean }} [options] whether no time at all is one
 */
export function secondsOf({ amount, unit }, { mayBeNone = false } = {}) {
  const text = amount.trim().replace(",", ".");
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  const seconds = Math.round(Number(text) * SECONDS[unit] * 1_000) / 1_000;
  return seconds <= MAX_S && (seconds > 0 || mayBeNone) ? seconds : null;
}
