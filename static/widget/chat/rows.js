// The messages as lines of the conversation: days, notes of who came and went, and runs of bubbles.

/** @typedef {import("./types.js").State} State @typedef {import("./types.js").Row} Row @typedef {import("./types.js").Bubble} Bubble */

/** @param {State} state @param {number} [nowMs] @returns {Row[]} */
export function rowsOf({ messages, waiting, readSeq, link }, nowMs = Date.now()) {
  /** @type {Row[]} */
  const rows = [];
  // Of today's messages nobody needs to be told the day.
  let day = new Date(nowMs).toDateString();
  for (const message of messages) {
    const itsDay = new Date(message.at).toDateString();
    if (itsDay !== day) rows.push({ kind: "day", key: itsDay, at: message.at });
    day = itsDay;
    const isNote = message.author.kind === "system";
    rows.push(isNote ? { kind: "note", key: `s${message.seq}`, message } : bubbleOf(message, readSeq));
  }
  const now = link.state === "open" ? "sending" : "waits";
  for (const { client_id, text, failed } of waiting) {
    rows.push({ kind: "bubble", key: client_id, isOwn: true, text, client_id, failed, mark: failed ? "failed" : now, isLast: true });
  }
  return inRuns(rows);
}

/** @param {import("./types.js").Message} message @param {number} readSeq @returns {Bubble} */
function bubbleOf({ seq, at, author, text, client_id }, readSeq) {
  if (author.kind !== "visitor") return { kind: "bubble", key: `s${seq}`, isOwn: false, text, at, name: author.name, isLast: true };
  const mark = seq <= readSeq ? "read" : "sent";
  return { kind: "bubble", key: client_id || `s${seq}`, isOwn: true, text, at, mark, isLast: true };
}

/**
 * Of a run only the first says whose it is, and only the last what became of it, unless that is another than of the next.
 *
 * @param {Row[]} rows
 * @returns {Row[]}
 */
function inRuns(rows) {
  return rows.map((row, at) => {
    if (row.kind !== "bubble") return row;
    const [before, after] = [rows[at - 1], rows[at + 1]];
    const isLast = !isRun(row, after) || row.mark === "failed" || row.mark !== after.mark;
    return { ...row, name: isRun(row, before) ? undefined : row.name, isLast };
  });
}

/** Whether its neighbour is of the same run. @param {Bubble} row @param {Row | undefined} other @returns {other is Bubble} */
function isRun(row, other) {
  return other?.kind === "bubble" && row.isOwn === other.isOwn && (row.isOwn || row.name === other.name);
}
