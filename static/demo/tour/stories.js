// The five stories: what is set before each begins, and the steps, each of which is done when the server says that it has happened.

/** @typedef {import("../world.js").Person} Person */
/** @typedef {"shop" | "first" | "second" | "phone" | "mailbox"} Player two desks among them */
/** @typedef {{ first: Person, second: Person, third: Person, group: { id: string, name: string } | null }} Cast */

/**
 * What is known of the story that is played.
 *
 * @typedef {object} Facts
 * @property {number} nowMs the server's time
 * @property {import("/shared/wire.js").PresenceReport["operators"]} operators
 * @property {import("/shared/wire.js").Conversation | null} talk what the visitor of this story writes
 * @property {import("/shared/wire.js").Explanation} explanation of that
 * @property {Letter[]} letters about that
 * @property {Player[]} ready players who have done what was asked of them first
 * @property {string[]} shown what players say that they show
 *
 * @typedef {{ id: number, to: string, subject: string, at: string, conversation: string | null, operator: string | null }} Letter
 * @typedef {{ to: Player, act: string, [field: string]: any }} Ask
 * @typedef {{ id: string, player: Player, asks?: (cast: Cast, say: (key: string) => string) => Ask[],
 *   isDone: (facts: Facts, cast: Cast) => boolean }} Step
 * @typedef {{ id: string, setting: (cast: Cast) => { desks: "away" | "first-online", phone: "closed" | "away", group: string | null },
 *   ends: "fired" | "cancelled", kind: "offline" | "missed", steps: Step[] }} Story
 */

/** @type {Player[]} */
export const PLAYERS = ["shop", "first", "second", "phone", "mailbox"];

/**
 * Who plays what: two at their desks, the third with a phone.
 *
 * @param {import("../world.js").World} world
 * @returns {Cast}
 */
export function castOf({ operators, groups }) {
  const [first, second, third] = operators;
  const group = groups.find(({ name }) => first.groups.includes(name) && !third.groups.includes(name));
  return { first, second, third, group: group || null };
}

/** @param {Facts} facts @param {Person} person */
const stateOf = ({ operators }, { id }) => operators.find((one) => one.id === id)?.status || "offline";
/** @param {Facts} facts */
const isShopReady = ({ ready }) => ready.includes("shop");
/** @param {Facts} facts */
const isNobodyThere = (facts) => isShopReady(facts) && facts.operators.length > 0 && facts.operators.every(({ status }) => status !== "online");
/** @param {Facts} facts @param {"running" | "cancelled" | "fired"} state */
const hasTimer = ({ explanation }, state) => explanation.timers.some((timer) => timer.state === state);
/** @param {Facts} facts @param {Person} person @param {string} code */
const isDecided = ({ explanation }, { id }, code) => explanation.decisions.some((one) => one.operator === id && one.code === code);
/** @param {Facts} facts */
const isMailed = ({ explanation, letters }) => {
  const due = explanation.decisions.filter(({ code }) => code === "emailed").length;
  return due > 0 && letters.length >= due;
};

/** @type {Step} */
const nobodyThere = { id: "set_nobody", player: "shop", isDone: isNobodyThere };

/** @param {string} text @returns {Step} */
const writes = (text) => ({
  id: "writes",
  player: "shop",
  asks: (_, say) => [{ to: "shop", act: "say", text: say(text) }],
  isDone: ({ talk, explanation }) => talk?.last_message?.author.kind === "visitor" || explanation.timers.length > 0,
});

/** @type {Step} */
const clockRuns = { id: "clock", player: "first", isDone: ({ explanation }) => explanation.timers.length > 0 };

/** @type {Story[]} */
export const STORIES = [
  {
    id: "nobody",
    setting: () => ({ desks: "away", phone: "closed", group: null }),
    ends: "fired",
    kind: "offline",
    steps: [nobodyThere, writes("say_nobody"), clockRuns, { id: "all_mailed", player: "mailbox", isDone: isMailed }],
  },
  {
    id: "back",
    setting: () => ({ desks: "away", phone: "closed", group: null }),
    ends: "cancelled",
    kind: "offline",
    steps: [
      nobodyThere,
      writes("say_back"),
      {
        id: "back_online",
        player: "phone",
        asks: () => [{ to: "phone", act: "open", state: "online" }],
        isDone: (facts) => hasTimer(facts, "cancelled"),
      },
      {
        id: "pocket",
        player: "phone",
        asks: () => [{ to: "phone", act: "pocket" }],
        isDone: ({ operators, shown }, { third }) => shown.includes("pocket") && isKeptByLease(operators, third),
      },
      { id: "none_mailed", player: "mailbox", isDone: isQuietAfterwards },
    ],
  },
  {
    id: "read",
    setting: () => ({ desks: "away", phone: "away", group: null }),
    ends: "fired",
    kind: "offline",
    steps: [
      { id: "set_phone", player: "phone", isDone: (facts, { third }) => isNobodyThere(facts) && stateOf(facts, third) === "away" },
      writes("say_read"),
      {
        id: "opened",
        player: "phone",
        asks: () => [{ to: "phone", act: "read" }],
        isDone: (facts, { third }) => isDecided(facts, third, "read") || isSpared(facts.talk, third),
      },
      { id: "others_mailed", player: "mailbox", isDone: (facts, { third }) => isMailed(facts) && isDecided(facts, third, "read") },
    ],
  },
  {
    id: "left",
    setting: () => ({ desks: "first-online", phone: "closed", group: null }),
    ends: "fired",
    kind: "missed",
    steps: [
      { id: "set_online", player: "first", isDone: (facts, { first }) => isShopReady(facts) && stateOf(facts, first) === "online" },
      writes("say_left"),
      { id: "leaves", player: "shop", asks: () => [{ to: "shop", act: "leave" }], isDone: ({ talk }) => talk?.visitor.online === false },
      { ...clockRuns, id: "clock_missed" },
      { id: "first_mailed", player: "mailbox", isDone: (facts, { second }) => isMailed(facts) && isDecided(facts, second, "was_not_online") },
    ],
  },
  {
    id: "why",
    setting: ({ group }) => ({ desks: "away", phone: "closed", group: group?.id || null }),
    ends: "fired",
    kind: "offline",
    steps: [
      { ...nobodyThere, id: "set_group" },
      writes("say_why"),
      { id: "group_mailed", player: "mailbox", isDone: (facts, { third }) => isMailed(facts) && isDecided(facts, third, "not_in_group") },
      {
        id: "asks_why",
        player: "phone",
        asks: () => [{ to: "phone", act: "why" }],
        isDone: ({ shown }) => shown.includes("why"),
      },
    ],
  },
];

/** @param {string} id */
export function storyOf(id) {
  const story = STORIES.find((one) => one.id === id);
  if (!story) throw new Error(`there is no story ${id}`);
  return story;
}

/** The story took another way than it tells. @param {Story} story @param {Facts} facts */
export function isAstray({ ends, kind }, { talk, explanation: { timers } }) {
  const isOther = timers.some((timer) => timer.kind === kind && timer.state !== "running" && timer.state !== ends);
  const isOtherKind = timers.some((timer) => timer.kind !== kind && timer.state === "fired");
  const isOver = ends === "fired" && talk !== null && talk.status !== "unserved" && !timers.some(({ state }) => state === "fired");
  return isOther || isOtherKind || isOver;
}

/** Online without a socket: by what the app promised. @param {Facts["operators"]} operators @param {Person} person */
function isKeptByLease(operators, { id }) {
  const devices = operators.find((one) => one.id === id)?.devices || [];
  return devices.some(({ state, until }) => state === "online" && until);
}

/** A clock runs, and they are not among those whom it mails. @param {Facts["talk"]} talk @param {Person} person */
function isSpared(talk, { id }) {
  return Boolean(talk?.timer) && !talk?.timer?.recipients.includes(id);
}

/** The time of the email has passed, and there was none. @param {Facts} facts */
function isQuietAfterwards({ explanation: { timers }, letters, nowMs }) {
  const last = timers.at(-1);
  return last !== undefined && last.state !== "running" && nowMs > Date.parse(last.due_at) && letters.length === 0;
}
