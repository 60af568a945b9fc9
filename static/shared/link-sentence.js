// What a page says of its link.

/** Close codes after which the link stays down, and what to say of them. */
const FINAL = new Map([
  [4001, "You are logged out."],
  [4003, "This page may not connect from here."],
  [4004, "This chat does not exist any more."],
]);

/**
 * One line for the bar on top; empty while all is well.
 *
 * @param {import("./link.js").Status} status
 */
export function linkSentence(status) {
  switch (status.state) {
    case "open":
      return "";
    case "connecting":
      return "Connecting…";
    case "waiting":
      return "The connection is broken. Trying again…";
    default:
      return FINAL.get(status.code) ?? status.reason;
  }
}
