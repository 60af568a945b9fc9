// The WebSocket, kept up: hello first, requests that are answered, reconnecting with patience, and giving up where the server
// says that trying again is of no use.

/** Close codes after which reconnecting would change nothing, and what to say of them. */
const FINAL = new Map([
  [4001, "You are logged out."],
  [4003, "This page may not connect from here."],
  [4004, "This chat does not exist any more."],
]);

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
/** A connection that lived this long was a good one: the next break starts the waiting anew. */
const STABLE_MS = 30_000;
const HEARTBEAT_DEFAULT_S = 25;

/** A request that was refused, or whose answer never came (`code` is then `disconnected`). */
export class Refused extends Error {
  /** @param {{ code: string, message?: string, retry_after_ms?: number }} frame */
  constructor(frame) {
    super(frame.message || frame.code);
    this.code = frame.code;
    this.retryAfterMs = frame.retry_after_ms;
  }
}

/**
 * @typedef {{ state: "connecting" } | { state: "open" } | { state: "waiting", retryAt: number } | { state: "stopped", why: string }} LinkState
 */
export class Link {
  #socket = null;
  #pending = new Map();
  #nextId = 1;
  #attempts = 0;
  #retryTimer = 0;
  #pingTimer = 0;
  #heardAt = 0;
  #openedAt = 0;
  #stopped = false;

  /**
   * @param {object} options
   * @param {string} options.path `/ws/visitor` or `/ws/operator`
   * @param {() => object} options.hello the first frame of each connection; it holds `after` to resume
   * @param {(frame: object) => void} options.onFrame every frame that is no answer; `welcome` too
   * @param {(state: LinkState) => void} options.onState
   */
  constructor({ path, hello, onFrame, onState }) {
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    this.hello = hello;
    this.onFrame = onFrame;
    this.onState = onState;
    // A network that comes back is worth a try at once.
    this.onOnline = () => this.#retryTimer && this.#connect();
    addEventListener("online", this.onOnline);
    this.#connect();
  }

  /** Whether frames can be sent now. */
  get isOpen() {
    return this.#openedAt > 0;
  }

  /** Asks for something; the promise ends with the server's `ack`, or with `Refused`. */
  request(type, fields = {}) {
    if (!this.isOpen) return Promise.reject(new Refused({ code: "disconnected" }));
    const id = `r${this.#nextId++}`;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#write({ type, id, ...fields });
    });
  }

  /** Sends what needs no answer; without a connection it is dropped. */
  tell(type, fields = {}) {
    if (this.isOpen) this.#write({ type, ...fields });
  }

  /** Ends for good. With `bye` the server counts it at once; without, as a break. */
  stop(why, { bye = false } = {}) {
    if (this.#stopped) return;
    if (bye) this.tell("bye");
    this.#stopped = true;
    removeEventListener("online", this.onOnline);
    this.#socket?.close(1000);
    this.#tearDown();
    this.onState({ state: "stopped", why });
  }

  #write(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    this.onState({ state: "connecting" });
    const socket = new WebSocket(this.url, "doorbell.v1");
    this.#socket = socket;
    socket.onopen = () => this.#write(this.hello());
    socket.onmessage = (event) => socket === this.#socket && this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && !this.#stopped && this.#closed(event.code);
  }

  #receive(frame) {
    this.#heardAt = Date.now();
    if (frame.type === "pong") return;
    if (frame.type === "welcome") {
      this.#openedAt = Date.now();
      this.#keepAlive((frame.heartbeat_s || HEARTBEAT_DEFAULT_S) * 1_000);
      this.onFrame(frame);
      this.onState({ state: "open" });
      return;
    }
    const waiting = frame.id && (frame.type === "ack" || frame.type === "error") ? this.#pending.get(frame.id) : undefined;
    if (!waiting) return this.onFrame(frame);
    this.#pending.delete(frame.id);
    if (frame.type === "ack") waiting.resolve(frame);
    else waiting.reject(new Refused(frame));
  }

  /** A page cannot see the server's pings: it asks itself, and takes two silences for a break. */
  #keepAlive(intervalMs) {
    clearInterval(this.#pingTimer);
    this.#pingTimer = setInterval(() => {
      if (Date.now() - this.#heardAt > 2 * intervalMs + 1_000) {
        // A dead peer would not answer the closing handshake either.
        const socket = this.#socket;
        this.#closed(1006);
        socket.close();
      } else {
        this.#write({ type: "ping" });
      }
    }, intervalMs);
  }

  #closed(code) {
    if (this.#openedAt && Date.now() - this.#openedAt > STABLE_MS) this.#attempts = 0;
    this.#tearDown();
    if (FINAL.has(code)) {
      this.#stopped = true;
      removeEventListener("online", this.onOnline);
      this.onState({ state: "stopped", why: FINAL.get(code) });
      return;
    }
    // Full jitter: thousands of pages that lost the same server do not come back in step.
    const ceilingMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** this.#attempts);
    const waitMs = Math.random() * ceilingMs;
    this.#attempts += 1;
    this.#retryTimer = setTimeout(() => this.#connect(), waitMs);
    this.onState({ state: "waiting", retryAt: Date.now() + waitMs });
  }

  #tearDown() {
    clearTimeout(this.#retryTimer);
    clearInterval(this.#pingTimer);
    this.#retryTimer = 0;
    this.#openedAt = 0;
    this.#socket = null;
    for (const { reject } of this.#pending.values()) reject(new Refused({ code: "disconnected" }));
    this.#pending.clear();
  }
}

/** One line about the link for the bar on top; empty while all is well. */
export function linkSentence(state) {
  switch (state.state) {
    case "open":
      return "";
    case "connecting":
      return "Connecting…";
    case "waiting":
      return "The connection is broken. Trying again…";
    default:
      return state.why;
  }
}
