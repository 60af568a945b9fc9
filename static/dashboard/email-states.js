// What the state of an email means to those who look at it.

/** What stands for the state of an email. @type {Record<string, { symbol: string, kind: string }>} */
export const EMAIL_MARKS = {
  queued: { symbol: "mail", kind: "busy" },
  sending: { symbol: "mail", kind: "busy" },
  sent: { symbol: "mail-done", kind: "good" },
  deferred: { symbol: "mail-alert", kind: "bad" },
  failed: { symbol: "mail-alert", kind: "bad" },
  uncertain: { symbol: "mail-alert", kind: "bad" },
  expired: { symbol: "mail-alert", kind: "bad" },
};

/** Whether another try may help; the server decides again first. @param {string | undefined} state */
export function isRetriable(state) {
  return state === "deferred" || state === "failed" || state === "uncertain";
}

/**
 * What was answered; where the email had become needless instead, the reason, for which the server has a code there.
 *
 * @param {import("/shared/words.js").Words} words
 * @param {Pick<import("/shared/wire.js").Email["attempts"][number], "server" | "reply">} attempt
 */
export function answerOf(words, { server, reply }) {
  const key = `set_dropped_${reply}`;
  return !server && words.knows(key) ? words(key) : reply;
}

/** @typedef {import("/shared/wire.js").Email["attempts"][number] & { outcome: "accepted" | "returned" | null }} Try */

/**
 * Every try of an email, the oldest first, with what became of it: what is told of one that was accepted is that it came back.
 *
 * @param {Pick<import("/shared/wire.js").Email, "attempts">} email
 * @returns {Try[]}
 */
export function triesOf({ attempts }) {
  /** @type {Try[]} */
  const tries = [];
  for (const attempt of attempts) {
    const isAccepted = !attempt.class && /^2\d\d/.test(attempt.reply);
    const isReturned = !isAccepted && tries.at(-1)?.outcome === "accepted";
    tries.push({ ...attempt, outcome: isAccepted ? "accepted" : isReturned ? "returned" : null });
  }
  return tries;
}
