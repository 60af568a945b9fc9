// Who answers for whom (RULES.md 1), as the server has it in its lists and boxes.

/** @typedef {import("./index.js").State} State */
/** @typedef {import("/shared/wire.js").Group} Group */

/**
 * Who answers for a group's visitors: the group's people and those who are in no group, else everybody.
 *
 * @template {{ id: string }} P
 * @param {string | null} group
 * @param {readonly P[]} operators
 * @param {readonly Group[]} groups
 * @returns {P[]}
 */
export function answering(group, operators, groups) {
  const own = groups.find(({ id }) => id === group);
  const isGrouped = (/** @type {string} */ id) => groups.some((one) => one.operators.includes(id));
  const found = own ? operators.filter(({ id }) => own.operators.includes(id) || !isGrouped(id)) : [];
  return found.length ? found : [...operators];
}

/**
 * Whether a conversation belongs into one's own lists: one answers for it, or has joined. Whoever only opened or found it hears of
 * it, too.
 *
 * @param {State} state
 * @returns {(conversation: { group: string | null, operators: { id: string }[] }) => boolean}
 */
export function ownOf({ me, operators, groups }) {
  const people = Object.values(operators);
  /** @type {Map<string | null, boolean>} */
  const answers = new Map();
  const isMe = (/** @type {{ id: string }} */ { id }) => id === me?.id;
  return ({ group, operators: joined }) => {
    if (!answers.has(group)) answers.set(group, !groups.some(({ id }) => id === group) || answering(group, people, groups).some(isMe));
    return Boolean(answers.get(group)) || joined.some(isMe);
  };
}
