// The types of link.js and thread.js. There is nothing here that runs, and no browser fetches it.

/** @typedef {import("./link.js").Status} Status @typedef {import("./link.js").Frame} Frame */

/**
 * How patient a link is. All in milliseconds.
 *
 * @typedef {object} Manners
 * @property {number} firstWaitMs the first wait is anything up to this; each further one up to twice as much
 * @property {number} maxWaitMs no wait is longer
 * @property {number} leavingWaitMs after 1001 and 1012 the first wait is anything up to this
 * @property {number} fullWaitMs after 1013 and 4029 likewise
 * @property {number} stableMs a connection that was welcome for so long was a good one: the waits start anew
 * @property {number} welcomeMs how long connecting may take, up to the welcome
 * @property {number | null} quietMs after so long without a frame the link pings; `null`: the welcome's `heartbeat_s`
 * @property {number} pongMs how long anything may take to be heard after that ping
 * @property {number} wakePongMs the same after a wake-up, when somebody is looking
 * @property {number} answerMs how long an answer to a request may take
 */

/**
 * What a link needs of its surroundings. Everything has a default in a browser; tests and other places give their own.
 *
 * @typedef {object} World
 * @property {new (url: string, protocols?: string | string[]) => any} WebSocket
 * @property {() => number} now milliseconds since 1970
 * @property {() => number} random from 0 to 1, without 1
 * @property {() => string} newId a name that nobody else gives
 * @property {(run: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {(wake: () => void) => (() => void)} onWake calls `wake` whenever the network or the user may be back; gives what
 *   ends that
 */

/**
 * The events of a link: `status`, each of the server's frames under its type, and `frame` for all of them. An `ack` is none, and
 * an `error` only if it answers no request. Which frames a visitor gets, and which an operator: docs/protocol.md.
 *
 * @typedef {object} LinkEvents
 * @property {Status} status
 * @property {Frame} frame
 * @property {Frame & { heartbeat_s: number }} welcome
 * @property {Frame & { code: string, message: string }} error
 * @property {Frame & { status: "online" | "offline", since: string, group?: string | null, stale?: boolean }} chat
 * @property {Frame & Message & { conversation?: string }} message
 * @property {Frame & { on: boolean, name?: string | null, conversation?: string }} typing
 * @property {Frame & { seq: number, conversation?: string }} read
 * @property {Frame & { name: string }} operator_joined
 * @property {Frame & { name: string }} operator_left
 * @property {Frame} closed
 * @property {Frame & { operator: string, status: "online" | "away" | "offline", since: string, appear_offline: boolean }} presence
 * @property {Frame & { operator: string, devices: object[] }} devices
 * @property {Frame & { unserved: number, mine: number, served: number }} counts
 * @property {Frame & { code: string, text: string, since: string, on: boolean }} notice
 * @property {Frame & { id: string, status: "unserved" | "served" | "closed" }} conversation
 * @property {Frame & { conversation: string, online: boolean }} visitor
 * @property {Frame & { conversation: string, kind: string, state: "running" | "cancelled" | "fired", due_at?: string }} timer
 * @property {Frame & { conversation: string, operator: string, state: string }} email
 * @property {Frame & { account: object }} settings
 */

/**
 * @typedef {{ seq: number, at: string, author: { kind: "operator" | "visitor" | "system", id?: string, name?: string | null },
 *   text: string, client_id?: string, event?: { code: string, name?: string, operator?: any, group?: any } }} Message
 * @typedef {{ client_id: string, text: string, failed?: string }} Unsent `failed`: the code of its refusal; it waits for `retry`
 *
 * @typedef {object} ThreadEvents
 * @property {Message} message one more at the end
 * @property {Unsent} failed a message of ours that was refused for good
 * @property {import("./link.js").Refused} trouble the conversation cannot be shown: it is gone, say
 * @property {import("./thread.js").Thread} change `messages` or `waiting` are others than before
 */

/**
 * The part that differs between the two sides.
 *
 * @typedef {object} Side
 * @property {object} address what a frame about this conversation bears
 * @property {"visitor" | "operator"} author whose messages are ours
 * @property {(frame: any) => boolean} isOurs whether a `message` belongs here
 * @property {(welcome: any, thread: import("./thread.js").Thread) => Promise<any> | any} resume the conversation as the server has
 *   it, with `id`, `messages` and `last_seq`; `null`: there is none yet
 * @property {(range: { after: number, before: number }) => Promise<Message[]>} between messages after one and before the other
 */

export {};
