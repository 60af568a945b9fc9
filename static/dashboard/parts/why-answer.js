// What the answers of the server come down to. The rules are the server's (rule W4): here is only counted and sorted.

/**
 * @typedef {import("/shared/wire.js").Kind} Kind
 * @typedef {{ kind: Kind | null, code: string, ok: boolean, text: string, rule: string, reason?: string, by?: string,
 *   device?: { id: string, name?: string }, setting?: string, address?: string, email?: string,
 *   state?: import("/shared/wire.js").EmailState }} Check
 * @typedef {{ items: import("/shared/wire.js").OwnDecision[], next: string | null }} Decisions
 */

/** What keeps emails away until somebody changes it; everything else is so just now. */
const LASTING = new Set(["account_switch", "own_switch", "plan", "own_address", "active", "address"]);
/** What is about an email that was sent, and keeps none away. */
const PAST = new Set(["delivery"]);

/**
 * Which kinds somebody gets at all, and how many things are in the way just now.
 *
 * @param {readonly Check[]} checks
 * @returns {{ gets: "both" | "offline" | "missed" | "none", now: number }}
 */
export function answerOf(checks) {
  const isKept = (/** @type {Kind} */ kind) => checks.some((check) => !check.ok && LASTING.has(check.code) && (check.kind === kind || check.kind === null));
  const [offline, missed] = [!isKept("offline"), !isKept("missed")];
  const gets = offline && missed ? "both" : offline ? "offline" : missed ? "missed" : "none";
  return { gets, now: checks.filter(({ ok, code }) => !ok && !LASTING.has(code) && !PAST.has(code)).length };
}

/** What is in the way comes first; else the server's order. @param {readonly Check[]} checks @param {Kind | null} kind */
export function checksAbout(checks, kind) {
  const about = checks.filter((check) => check.kind === kind);
  return [...about.filter(({ ok }) => !ok), ...about.filter(({ ok }) => ok)];
}

/**
 * The newest page over what was loaded before: older ones stay.
 *
 * @param {Decisions | undefined} before
 * @param {Decisions} newest
 * @returns {Decisions}
 */
export function withNewest(before, newest) {
  const last = newest.items.at(-1);
  if (!before || !newest.next || !last) return newest;
  const older = before.items.filter(({ at }) => Date.parse(at) < Date.parse(last.at));
  return older.length ? { items: [...newest.items, ...older], next: before.next } : newest;
}
