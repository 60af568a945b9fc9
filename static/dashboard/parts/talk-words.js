// Sentences about a conversation: what happened in it, and what its running timer is about to do.

/** @typedef {import("/shared/words.js").Words} Words */
/** @typedef {import("/shared/wire.js").Timer} Timer */

/** More names than these are counted. */
const NAMES_MAX = 3;
/** In the order in which they are told. */
const DEEDS = /** @type {const} */ (["join", "reply", "close", "online"]);

/**
 * A system message in the reader's own language. One that this version does not know is told as the server tells it.
 *
 * @param {Words} words
 * @param {import("/shared/wire.js").Message} message
 * @param {string | undefined} me
 */
export function happened(words, { event, text }, me) {
  if (!event || !words.knows(`talk_event_${event.code}`)) return text;
  const { code, operator, group, name } = event;
  if (group) return words("talk_event_transferred_group", { name });
  return operator === me ? words(`talk_event_${code}_me`) : words(`talk_event_${code}`, { name: name || words("somebody") });
}

/**
 * "Email to Petr and Tomáš in 1:24, unless they open it, or somebody joins or comes online", in pieces, since the time is an element.
 *
 * @param {Words} words
 * @param {Timer} timer
 * @param {object} about
 * @param {string | undefined} about.me
 * @param {(id: string) => string} about.nameOf
 * @param {any} about.left the time that is left; `null`: it is past due
 * @param {boolean} [about.isWhole] names every way to cancel it: whoever replies also joins, and closing is told of apart
 * @returns {any[]}
 */
export function timerPieces(words, { recipients, cancels }, { me, nameOf, left, isWhole = false }) {
  const when = left === null ? "soon" : "in";
  if (!recipients.length) return words.pieces(`talk_timer_${when}_nobody`, { time: left });
  const isMe = recipients.includes(me || "");
  const others = recipients.filter((id) => id !== me).map(nameOf);
  const form = isMe ? (others.length ? "we" : "me") : others.length > 1 ? "many" : "one";
  const names = namesOf(words, isMe ? [words("talk_you"), ...others] : others);
  const clauses = [
    cancels.includes("open") && words(`talk_unless_open_${form}`, { name: names }),
    deeds(words, cancels, isWhole),
    cancels.includes("return") && words("talk_unless_return"),
  ].filter(Boolean);
  const [one, other, third] = clauses;
  const unless = clauses.length ? words(`talk_unless_${clauses.length}`, { one, other, third }) : "";
  return [...words.pieces(`talk_timer_${when}_${form}`, { time: left, names }), unless];
}

/** "somebody joins, replies or comes online". @param {Words} words @param {Timer["cancels"]} cancels @param {boolean} isWhole */
function deeds(words, cancels, isWhole) {
  /** @type {readonly (typeof DEEDS[number])[]} */
  const told = isWhole ? DEEDS : DEEDS.filter((deed) => !cancels.includes("join") || (deed !== "reply" && deed !== "close"));
  /** @type {string[]} */
  const verbs = told.filter((deed) => cancels.includes(deed)).map((deed) => words(`talk_unless_${deed}`));
  if (!verbs.length) return null;
  const last = /** @type {string} */ (verbs.pop());
  const list = verbs.length ? words("talk_unless_verbs", { verbs: verbs.join(", "), last }) : last;
  // Where it stands first in the sentence Czech has another order of words.
  return words(cancels.includes("open") ? "talk_unless_somebody" : "talk_unless_somebody_first", { deeds: list });
}

/** @param {Words} words @param {string[]} names */
export function namesOf(words, names) {
  if (names.length <= NAMES_MAX + 1) return words.list(names);
  return words.list([...names.slice(0, NAMES_MAX), words("talk_more_names", { count: names.length - NAMES_MAX })]);
}
