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
 * @returns {Line[]}
 */
export function linesOf(messages, unreadFrom) {
  /** @type {Line[]} */
  const lines = [];
  messages.forEach((message, at) => {
    const [before, after] = [messages[at - 1], messages[at + 1]];
    if (!before || dayOf(before) !== dayOf(message)) lines.push({ kind: "day", at: message.at });
    if (unreadFrom && message.seq === unreadFrom) lines.push({ kind: "unread" });
    if (message.author.kind === "system") lines.push({ kind: "system", message });
    else lines.push({ kind: "message", message, isFirst: !belong(before, message, unreadFrom), isLast: !belong(message, after, unreadFrom) });
  });
  return lines;
}

/** @param {Message | undefined} one @param {Message | undefined} next @param {number} unreadFrom */
function belong(one, next, unreadFrom) {
  if (!one || !next || next.seq === unreadFrom || dayOf(one) !== dayOf(next)) return false;
  const isSame = one.author.kind === next.author.kind && one.author.id === next.author.id;
  return isSame && Date.parse(next.at) - Date.parse(one.at) < TOGETHER_MS;
}

/** In the reader's own zone. @param {Message} message */
function dayOf({ at }) {
  return new Date(at).toDateString();
}
