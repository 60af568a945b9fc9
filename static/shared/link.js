// One WebSocket to doorbell, kept up: the hello first, requests that are answered, reconnecting with patience, noticing a dead
// connection, and giving up where the server says that trying again is of no use. docs/link.md tells how to use it.
//
// It stands alone: no other file, no page, no global but what `world` may replace. Messages that must arrive once, in order and
// without gaps are the business of thread.js, on top of it.

/** The longest frame that the server takes, in bytes; it closes the connection over a longer one (1009). */
export const FRAME_LEN_MAX = 32_768;

/** Close codes after which coming back would change nothing: log in again, or ask whoever put the key there. */
const FINAL = new Set([4001, 4003, 4004]);
/** The server goes away, and everybody is told at once: come back spread out. */
const LEAVING = new Set([1001, 1012]);
/** The server has no room, or has had enough of us: it is not to be hurried. */
const FULL = new Set([1013, 4029]);
/** What a connection ends with that broke without a word, or that we gave up. */
const BROKEN = 1006;

/** How patient a link is. @type {import("./link-types.js").Manners} */
const MANNERS = {
  firstWaitMs: 1_000,
  maxWaitMs: 60_000,
  leavingWaitMs: 5_000,
  fullWaitMs: 15_000,
  stableMs: 30_000,
  welcomeMs: 30_000,
  quietMs: null,
  pongMs: 10_000,
  wakePongMs: 4_000,
  answerMs: 20_000,
};
const HEARTBEAT_DEFAULT_S = 25;

/** @returns {import("./link-types.js").World} */
function defaultWorld() {
  return {
    WebSocket: globalThis.WebSocket,
    now: () => Date.now(),
    random: () => Math.random(),
    newId,
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    onWake: onBrowserWake,
  };
}

/** A name that nobody else gives. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, "0")).join("-");
}

/** A page that comes back from the background, from the browser's cache of pages, or to a network. @param {() => void} wake */
function onBrowserWake(wake) {
  const page = typeof document === "undefined" ? null : document;
  const seen = () => page?.visibilityState === "visible" && wake();
  globalThis.addEventListener?.("online", wake);
  globalThis.addEventListener?.("pageshow", wake);
  page?.addEventListener("visibilitychange", seen);
  return () => {
    globalThis.removeEventListener?.("online", wake);
    globalThis.removeEventListener?.("pageshow", wake);
    page?.removeEventListener("visibilitychange", seen);
  };
}

/** A request that was refused, or that has no answer: `code` is the server's, or `disconnected`, or `timed_out`. */
export class Refused extends Error {
  /** @param {{ code: string, message?: string, field?: string, retry_after_ms?: number } | Frame} frame */
  constructor(frame) {
    super(frame.message || frame.code);
    this.name = "Refused";
    this.code = frame.code;
    this.field = frame.field;
    /** When it may be worth trying again, where the server says so. */
    this.retryAfterMs = frame.retry_after_ms;
  }
}

/** Listeners by event. One that throws is reported and disturbs nobody. @template {Record<string, any>} Events */
export class Emitter {
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();

  /**
   * Listens, until what is returned is called.
   *
   * @template {keyof Events & string} K
   * @param {K} type
   * @param {(event: Events[K]) => void} listener
   * @returns {() => void}
   */
  on(type, listener) {
    const set = this.#listeners.get(type) || new Set();
    this.#listeners.set(type, set.add(listener));
    return () => set.delete(listener);
  }

  /** @protected @param {string} type @param {any} event */
  emit(type, event) {
    for (const listener of [...(this.#listeners.get(type) || [])]) {
      try {
        listener(event);
      } catch (error) {
        (globalThis.reportError || console.error)(error);
      }
    }
  }
}

/**
 * How things are with a link. `until` is when it will try again (milliseconds since 1970); `code` is what the last connection
 * ended with, `reason` what the server said to it.
 *
 * @typedef {{ state: "connecting" } | { state: "open" } | { state: "waiting", until: number, code: number }
 *   | { state: "stopped", code: number, reason: string }} Status
 * @typedef {{ type: string, [field: string]: any }} Frame a frame of docs/protocol.md
 */

/**
 * The events of a link: `status`, each of the server's frames under its type, and `frame` for all of them. An `ack` is none, and
 * an `error` only if it answers no request.
 *
 * @extends {Emitter<import("./link-types.js").LinkEvents>}
 */
export class Link extends Emitter {
  #hello;
  #url;
  #world;
  /** @type {any} */
  #socket = null;
  /** @type {Map<string, { settle: (frame: Frame | null, code?: string) => void }>} */
  #asked = new Map();
  #lastId = 0;
  /** How many connections in a row were none. */
  #failures = 0;
  #triedAt = -Infinity;
  #mayHurry = true;
  #quietMs = HEARTBEAT_DEFAULT_S * 1_000;
  /** The deadline that runs for a pong; of two the shorter one stays. */
  #pongMs = Infinity;
  /** @type {Record<string, any>} The timers that run, by what they are for. */
  #timers = {};
  /** @type {(() => void) | null} */
  #endWakes = null;
  /** @type {Status} */
  #status = { state: "stopped", code: 1000, reason: "" };

  /**
   * @param {object} options
   * @param {string} options.url `wss://HOST/ws/visitor` or `/ws/operator`; a path alone is one of the page's own server
   * @param {() => object | Promise<object>} options.hello the first frame of each connection, asked for each time
   * @param {Partial<import("./link-types.js").Manners>} [options.manners]
   * @param {Partial<import("./link-types.js").World>} [options.world]
   */
  constructor({ url, hello, manners = {}, world = {} }) {
    super();
    this.#url = url.startsWith("/") ? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${url}` : url;
    this.#hello = hello;
    this.#world = { ...defaultWorld(), ...world };
    /** @type {Readonly<import("./link-types.js").Manners>} */
    this.manners = { ...MANNERS, ...manners };
  }

  /** How things are now. */
  get status() {
    return this.#status;
  }

  /** Whether frames can be sent now: connected, and welcome. */
  get isOpen() {
    return this.#status.state === "open";
  }

  /** What it was given of its surroundings; a thread lives in the same. */
  get world() {
    return this.#world;
  }

  /** Connects, and stays connected. Also the way back after `stopped`, with a new token, say. */
  start() {
    if (this.#status.state !== "stopped") return this;
    this.#failures = 0;
    this.#endWakes = this.#world.onWake(() => this.wake());
    this.#connect();
    return this;
  }

  /** Ends for good. With `bye` the server counts it at once; without, it may be a reload, and lingers. */
  stop({ bye = false, reason = "" } = {}) {
    if (this.#status.state === "stopped") return;
    if (bye) this.tell({ type: "bye" });
    this.#letGo((socket) => socket.close(1000));
    this.#halt(1000, reason);
  }

  /**
   * Asks for something. The promise ends with the server's `ack`, or with `Refused`.
   *
   * @param {Frame} frame without `id`
   * @param {{ timeoutMs?: number }} [options]
   * @returns {Promise<Frame>}
   */
  request(frame, { timeoutMs = this.manners.answerMs } = {}) {
    if (!this.isOpen) return Promise.reject(new Refused({ code: "disconnected" }));
    const id = `r${++this.#lastId}`;
    const text = JSON.stringify({ ...frame, id });
    if (new TextEncoder().encode(text).length > FRAME_LEN_MAX) {
      return Promise.reject(new Refused({ code: "too_long", message: `a frame has at most ${FRAME_LEN_MAX} bytes` }));
    }
    return new Promise((resolve, reject) => {
      const timer = this.#world.setTimeout(() => {
        settle(null, "timed_out");
        // The server answers everything: where it does not, the connection may be dead.
        this.#ping(this.manners.pongMs);
      }, timeoutMs);
      /** @param {Frame | null} answer */
      const settle = (answer, code = "disconnected") => {
        this.#world.clearTimeout(timer);
        this.#asked.delete(id);
        if (answer?.type === "ack") resolve(answer);
        else reject(new Refused(answer || { code }));
      };
      this.#asked.set(id, { settle });
      this.#socket.send(text);
    });
  }

  /** Sends what needs no answer. Without a connection it is dropped: `false`. @param {Frame} frame */
  tell(frame) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** The network or the user may be back: tries at once, or finds out at once whether the connection still lives. */
  wake() {
    if (this.isOpen) this.#ping(this.manners.wakePongMs);
    const rested = this.#world.now() - this.#triedAt >= this.manners.firstWaitMs;
    if (this.#status.state === "waiting" && this.#mayHurry && rested) this.#connect();
  }

  /** @param {string} name @param {() => void} run @param {number} ms */
  #set(name, run, ms) {
    this.#clear(name);
    this.#timers[name] = this.#world.setTimeout(run, ms);
  }

  /** @param {string} name */
  #clear(name) {
    this.#world.clearTimeout(this.#timers[name]);
    delete this.#timers[name];
  }

  #connect() {
    this.#clear("retry");
    this.#triedAt = this.#world.now();
    const socket = new this.#world.WebSocket(this.#url, "doorbell.v1");
    this.#socket = socket;
    /** @param {(event: any) => void} run */
    const ifCurrent = (run) => (/** @type {any} */ event) => socket === this.#socket && run(event);
    socket.onopen = ifCurrent(() => this.#greet(socket));
    socket.onmessage = ifCurrent(({ data }) => this.#receive(data));
    socket.onclose = ifCurrent(({ code, reason }) => this.#ended(code, reason || ""));
    socket.onerror = () => {};
    this.#set("welcome", () => this.#giveUp(), this.manners.welcomeMs);
    this.#status = { state: "connecting" };
    this.emit("status", this.#status);
  }

  /** @param {any} socket */
  async #greet(socket) {
    try {
      const hello = await this.#hello();
      if (socket === this.#socket) socket.send(JSON.stringify(hello));
    } catch (error) {
      (globalThis.reportError || console.error)(error);
      if (socket === this.#socket) this.#giveUp();
    }
  }

  /** @param {string} data */
  #receive(data) {
    if (this.isOpen) this.#listen();
    const frame = parse(data);
    if (!frame || frame.type === "pong") return;
    if (frame.type === "welcome") return this.#welcomed(frame);
    const asked = frame.type === "ack" || frame.type === "error" ? this.#asked.get(frame.id) : undefined;
    if (asked) return asked.settle(frame);
    this.emit(frame.type, frame);
    this.emit("frame", frame);
  }

  /** @param {Frame} frame */
  #welcomed(frame) {
    const { quietMs, stableMs } = this.manners;
    const socket = this.#socket;
    this.#clear("welcome");
    this.#quietMs = quietMs ?? (frame.heartbeat_s || HEARTBEAT_DEFAULT_S) * 1_000;
    this.#set("stable", () => (this.#failures = 0), stableMs);
    this.#status = { state: "open" };
    this.#listen();
    this.emit("welcome", frame);
    this.emit("frame", frame);
    // A listener may have ended it meanwhile.
    if (socket === this.#socket) this.emit("status", this.#status);
  }

  /** Something was heard: the silence starts anew. A page cannot see the server's own pings. */
  #listen() {
    this.#clear("pong");
    this.#pongMs = Infinity;
    this.#set("quiet", () => this.#ping(this.manners.pongMs), this.#quietMs);
  }

  /** @param {number} deadlineMs */
  #ping(deadlineMs) {
    if (!this.tell({ type: "ping" }) || deadlineMs >= this.#pongMs) return;
    this.#pongMs = deadlineMs;
    this.#set("pong", () => this.#giveUp(), deadlineMs);
  }

  /** A dead peer would not answer the closing handshake either: nobody waits for it. */
  #giveUp() {
    this.#letGo((socket) => socket.close());
    this.#ended(BROKEN, "");
  }

  /** @param {(socket: any) => void} close */
  #letGo(close) {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) close(socket);
  }

  /** @param {number} code @param {string} reason */
  #ended(code, reason) {
    this.#socket = null;
    if (FINAL.has(code)) return this.#halt(code, reason);
    const waitMs = this.#waitMs(code);
    this.#failures += 1;
    this.#mayHurry = !FULL.has(code);
    const retry = () => this.#set("retry", () => this.#connect(), waitMs);
    this.#tearDown({ state: "waiting", until: this.#world.now() + waitMs, code }, retry);
  }

  /** Full jitter: thousands of pages that lost the same server do not come back in step. @param {number} code */
  #waitMs(code) {
    const { firstWaitMs, maxWaitMs, leavingWaitMs, fullWaitMs } = this.manners;
    const least = LEAVING.has(code) ? leavingWaitMs : FULL.has(code) ? fullWaitMs : 0;
    const ceilingMs = Math.min(maxWaitMs, Math.max(least, firstWaitMs * 2 ** this.#failures));
    return this.#world.random() * ceilingMs;
  }

  /** @param {number} code @param {string} reason */
  #halt(code, reason) {
    this.#endWakes?.();
    this.#endWakes = null;
    this.#tearDown({ state: "stopped", code, reason }, () => {});
  }

  /** @param {Status} status @param {() => void} next before anybody is told: who is told may start or stop it */
  #tearDown(status, next) {
    for (const name of Object.keys(this.#timers)) this.#clear(name);
    this.#status = status;
    next();
    for (const { settle } of [...this.#asked.values()]) settle(null);
    this.emit("status", status);
  }
}

/** @returns {Frame | null} @param {string} data */
function parse(data) {
  try {
    const frame = JSON.parse(data);
    return frame && typeof frame.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
