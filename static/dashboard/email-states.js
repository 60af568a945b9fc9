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
