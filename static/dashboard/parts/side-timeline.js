// The explanation as a timeline: what was decided together stands together, the newest first.

/** @typedef {import("/shared/wire.js").TimerRecord} TimerRecord */
/** @typedef {import("/shared/wire.js").Decision} Decision */
/** @typedef {import("/shared/wire.js").Email} Email */
/**
 * @typedef {{ key: string, at: string, timer: TimerRecord | null, kind: import("/shared/wire.js").Kind, seqs: number[],
 *   decisions: Decision[], emails: Email[] }} Entry `timer`: none where messages started none
 */

/**
 * @param {import("/shared/wire.js").Explanation & { emails: Email[] }} explained
 * @returns {{ running: TimerRecord[], entries: Entry[] }}
 */
export function timelineOf({ timers, decisions, emails }) {
  const entries = [...ended(timers, decisions), ...withoutTimer(decisions)];
  const byId = new Map(emails.map((email) => [email.id, email]));
  for (const entry of entries) {
    for (const { email } of entry.decisions) {
      const found = email && byId.get(email);
      if (found) entry.emails.push(found);
      byId.delete(email || "");
    }
  }
  // An email whose decision is not kept any more is not lost.
  for (const email of byId.values()) entries.push({ key: email.id, at: email.created_at, timer: null, kind: email.kind, seqs: [], decisions: [], emails: [email] });
  entries.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return { running: timers.filter(({ state }) => state === "running"), entries };
}

/** @param {TimerRecord[]} timers @param {Decision[]} decisions @returns {Entry[]} */
function ended(timers, decisions) {
  return timers.flatMap((timer, index) => {
    const own = decisions.filter((decision) => decision.timer === index);
    // One that runs may have put something off already.
    if (timer.state === "running" && !own.length) return [];
    const at = timer.ended_at || own.at(-1)?.at || timer.started_at;
    return [{ key: `timer-${index}`, at, timer, kind: timer.kind, seqs: seqsOf(own), decisions: own, emails: [] }];
  });
}

/** What was decided of a message that started no timer: all people in one entry. @param {Decision[]} decisions @returns {Entry[]} */
function withoutTimer(decisions) {
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  for (const decision of decisions) {
    if (decision.timer !== undefined) continue;
    const key = `${decision.kind}-${decision.at}-${decision.seqs.join("-")}`;
    const entry = entries.get(key) || { key, at: decision.at, timer: null, kind: decision.kind, seqs: decision.seqs, decisions: [], emails: [] };
    entry.decisions.push(decision);
    entries.set(key, entry);
  }
  return [...entries.values()];
}

/** @param {Decision[]} decisions */
function seqsOf(decisions) {
  return [...new Set(decisions.flatMap(({ seqs }) => seqs))].sort((a, b) => a - b);
}
