// What the chat knows, as a pure reducer, and what follows from it, down to the lines of the conversation.

/** @typedef {import("./types.js").State} State @typedef {import("./types.js").Row} Row @typedef {import("./types.js").Bubble} Bubble */

/** Nothing known yet. @type {State} */
export const nothing = {
  link: { state: "connecting" },
  isBroken: false,
  box: null,
  team: "",
  visitor: null,
  messages: [],
  waiting: [],
  hasOlder: false,
  readSeq: 0,
  seenSeq: 0,
  typing: [],
  isOpen: false,
  isVisible: true,
  isAtEnd: true,
  draft: "",
  hasSound: false,
  form: { isPutOff: false, isEditing: false, isSaving: false, name: "", email: "", error: "" },
};

/**
 * A step.
 *
 * @param {State} state
 * @param {import("./types.js").Event} event
 * @returns {State}
 */
export function reduce(state, event) {
  switch (event.type) {
    case "link": {
      const isOpen = event.link.state === "open";
      const isBroken = !isOpen && (state.isBroken || event.link.state === "waiting");
      return { ...state, link: event.link, isBroken, typing: isOpen ? state.typing : [] };
    }
    case "welcome":
      return welcomed(state, event);
    case "chat":
      return { ...state, box: { status: event.status, stale: event.stale } };
    case "message":
      return { ...state, typing: state.typing.filter((name) => name !== event.author.name) };
    case "thread":
      return { ...state, messages: event.messages, waiting: event.waiting, hasOlder: event.hasOlder };
    case "read":
      return { ...state, readSeq: Math.max(state.readSeq, event.seq) };
    case "seen":
      return { ...state, seenSeq: Math.max(state.seenSeq, event.seq) };
    case "typing": {
      const others = state.typing.filter((name) => name !== event.name);
      return { ...state, typing: event.on ? [...others, event.name] : others };
    }
    case "set":
      return { ...state, ...event.fields };
    case "form":
      return { ...state, form: { ...state.form, error: "", ...event.fields } };
    case "identified":
      return identified(state, event.who);
    default:
      return state;
  }
}

/** @param {State} state @param {Extract<import("./types.js").Event, { type: "welcome" }>} welcome @returns {State} */
function welcomed(state, { account, chat, visitor, conversation }) {
  const form = { ...state.form, name: state.form.name || visitor.name || "", email: state.form.email || visitor.email || "" };
  return { ...state, box: chat, team: account.name, visitor, form, readSeq: conversation?.read_seq || 0, seenSeq: conversation?.seen_seq || 0 };
}

/** @param {State} state @param {{ name?: string, email?: string }} who @returns {State} */
function identified(state, who) {
  const form = { ...state.form, ...who, isSaving: false, isEditing: false, error: /** @type {const} */ ("") };
  return { ...state, form, visitor: state.visitor && { ...state.visitor, ...who } };
}

/** How many of the operators' messages the visitor has not seen, once it is known how far that is. @param {State} state */
export function unreadLen({ messages, seenSeq, visitor }) {
  if (!visitor) return 0;
  return messages.filter(({ author, seq }) => author.kind === "operator" && seq > seenSeq).length;
}

/** Up to where the visitor has now seen what was new; 0 where nothing is, or nobody looks. @param {State} state */
export function toRead(state) {
  const isLookedAt = state.isOpen && state.isVisible && state.isAtEnd && state.link.state === "open";
  return isLookedAt && unreadLen(state) ? state.messages[state.messages.length - 1].seq : 0;
}

/** How the box is: `unknown` without a connection. @param {State} state */
export function statusOf({ link, box }) {
  return link.state === "open" && box ? box.status : "unknown";
}

/**
 * What is asked or said about an answer by mail: nothing before the first message, nor while somebody is there.
 *
 * @param {State} state
 * @returns {"" | "form" | "known"}
 */
export function asksWhere({ messages, waiting, visitor, box, form }) {
  const hasWritten = waiting.length > 0 || messages.some(({ author }) => author.kind === "visitor");
  if (!hasWritten || !visitor || box?.status !== "offline") return "";
  if (visitor.email && !form.isEditing) return "known";
  return form.isPutOff ? "" : "form";
}

/** Server and chat have parted for good; 1000 is the page's own doing, when it is left. @param {State} state */
export function hasEnded({ link }) {
  return link.state === "stopped" && link.code !== 1000;
}

/**
 * The messages as lines: days, notes of who came and went, and runs of bubbles.
 *
 * @param {State} state
 * @param {number} [nowMs]
 * @returns {Row[]}
 */
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
