// A world for links in which time passes only when a test says so, and the other end of each socket is the test.

/** Lets everything run that waits for nothing but its turn. */
export async function settled() {
  for (let turn = 0; turn < 50; turn += 1) await null;
}

class FakeSocket {
  sent = [];
  /** How our side closed it: its arguments, or `null`. */
  closedWith = null;

  constructor(url, protocol) {
    Object.assign(this, { url, protocol });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(...how) {
    this.closedWith = how;
  }

  /** The frames of a type that were sent. */
  sentOf(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

export class FakeWorld {
  time = 1_000_000;
  /** What the next draws give; then 1, as nearly as it gets. */
  draws = [];
  sockets = [];
  #timers = new Map();
  #wakes = new Set();
  #made = 0;

  /** What a link takes. */
  get parts() {
    const world = this;
    return {
      WebSocket: class extends FakeSocket {
        constructor(...how) {
          super(...how);
          world.sockets.push(this);
        }
      },
      now: () => this.time,
      random: () => (this.draws.length ? this.draws.shift() : 1 - Number.EPSILON),
      newId: () => `c${++this.#made}`,
      setTimeout: (run, ms) => {
        const timer = ++this.#made;
        this.#timers.set(timer, { run, at: this.time + ms });
        return timer;
      },
      clearTimeout: (timer) => this.#timers.delete(timer),
      onWake: (wake) => {
        this.#wakes.add(wake);
        return () => this.#wakes.delete(wake);
      },
    };
  }

  /** The newest socket. */
  get socket() {
    return this.sockets.at(-1);
  }

  get timersLen() {
    return this.#timers.size;
  }

  get wakesLen() {
    return this.#wakes.size;
  }

  /** Time passes, and what is due happens in its order. */
  async pass(ms) {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
      await settled();
    }
    this.time = end;
    await settled();
  }

  /** The machine sleeps: the clock goes on, and no timer runs before the next `pass`. */
  sleep(ms) {
    this.time += ms;
  }

  /** The network is back, or the page is looked at again. */
  async wake() {
    for (const wake of [...this.#wakes]) wake();
    await settled();
  }

  /** The newest socket is connected: the hello comes. */
  async open() {
    this.socket.onopen({});
    await settled();
  }

  /** The other end says something. */
  async hear(frame, socket = this.socket) {
    socket.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
    await settled();
  }

  /** The other end closes the newest socket. */
  async close(code, reason = "", socket = this.socket) {
    socket.onclose({ code, reason });
    await settled();
  }

  /** Connects and is welcome. */
  async welcome(frame = {}) {
    await this.open();
    await this.hear({ type: "welcome", heartbeat_s: 25, ...frame });
  }

  /** The other end grants what was asked last. */
  async ack(fields = {}, socket = this.socket) {
    const { id } = socket.sent.filter((frame) => frame.id).at(-1);
    await this.hear({ type: "ack", id, ...fields }, socket);
  }

  /** The other end refuses what was asked last. */
  async refuse(code, fields = {}) {
    const { id } = this.socket.sent.filter((frame) => frame.id).at(-1);
    await this.hear({ type: "error", id, code, message: code, ...fields });
  }
}
