// What is said in a conversation, line by line: days, the mark of what is unread, and messages that belong together.

/** @typedef {import("/shared/wire.js").Message} Message */
/**
 * @typedef {{ kind: "day", at: string } | { kind: "unread" } | { kind: "system", message: Message }
 *   | { kind: "message", message: Message, isFirst: boolean, isLast: boolean }} Line `isFirst`, `isLast`: of its author's
 */

/** Messages of one author belong together unless so much time passed between them. */
const TOGETHER_MS = 5 * 60_000;

/**
 * @param {readonly Message[]} messages
 * @param {number} unreadFrom the first one that was unread, or 0
 * @param {(at: string) => unknown} dayOf the day of a time, in the zone in which times are told
 * @returns {Line[]}
 */
export function linesOf(messages, unreadFrom, dayOf) {
  /** @type {Line[]} */
  const lines = [];
  const isOneDay = (/** @type {Message} */ one, /** @type {Message} */ next) => dayOf(one.at) === dayOf(next.at);
  const belong = (/** @type {Message | undefined} */ one, /** @type {Message | undefined} */ next) => one && next && next.seq !== unreadFrom && isOneDay(one, next) && areTogether(one, next);
  messages.forEach((message, at) => {
    const [before, after] = [messages[at - 1], messages[at + 1]];
    if (!before || !isOneDay(before, message)) lines.push({ kind: "day", at: message.at });
    if (unreadFrom && message.seq === unreadFrom) lines.push({ kind: "unread" });
    if (message.author.kind === "system") lines.push({ kind: "system", message });
    else lines.push({ kind: "message", message, isFirst: !belong(before, message), isLast: !belong(message, after) });
  });
  return lines;
}

/** @param {Message} one @param {Message} next */
function areTogether(one, next) {
  const isSame = one.author.kind === next.author.kind && one.author.id === next.author.id;
  return isSame && Date.parse(next.at) - Date.parse(one.at) < TOGETHER_MS;
}
