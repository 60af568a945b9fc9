// The network between the browsers and the server, and what can become of it. The journeys' own people do not go over it.
import { once } from "node:events";
import net from "node:net";
import { listen } from "./ports.mjs";

export class Wire {
  #server = net.createServer((socket) => this.#connect(socket));
  /** @type {Set<net.Socket>} */
  #ends = new Set();
  #refuses = false;
  #delayMs = 0;
  #isMute = false;
  /** Open, unless frozen: what passes waits for it. */
  #gate = Promise.resolve();
  #openGate = () => {};
  port = 0;

  /** @param {number} target the port that it leads to */
  constructor(target) {
    this.target = target;
  }

  /** @param {number} target */
  static async to(target) {
    const wire = new Wire(target);
    wire.port = await listen(wire.#server);
    return wire;
  }

  /** Every connection is reset. New ones pass. */
  cut() {
    // One that is being closed already cannot be reset: Node would wait for it for ever when it ends.
    for (const end of this.#ends) end.writableEnded ? end.destroy() : end.resetAndDestroy();
    this.#ends.clear();
  }

  /** Every connection is reset, and new ones likewise, until it heals. */
  refuse() {
    this.#refuses = true;
    this.cut();
  }

  /** Half-open: connections stay, new ones are taken, and nothing passes until it heals. */
  freeze() {
    this.#openGate();
    this.#gate = new Promise((resolve) => (this.#openGate = () => resolve()));
  }

  /** What the server says is lost on the way; what browsers say arrives. */
  mute() {
    this.#isMute = true;
  }

  /** Whatever passes takes longer, in each direction. @param {number} delayMs */
  slow(delayMs) {
    this.#delayMs = delayMs;
  }

  /** As it should be; what was held back goes on. */
  heal() {
    this.#refuses = false;
    this.#delayMs = 0;
    this.#isMute = false;
    this.#openGate();
  }

  stop() {
    this.heal();
    this.cut();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {net.Socket} near */
  #connect(near) {
    if (this.#refuses) return near.resetAndDestroy();
    const far = net.connect({ port: this.target, host: "127.0.0.1", noDelay: true });
    near.setNoDelay(true);
    for (const [end, other] of [[near, far], [far, near]]) {
      this.#ends.add(end);
      end.on("error", () => {});
      end.on("close", () => {
        this.#ends.delete(end);
        if (!other.destroyed && !other.writableEnded) other.destroy();
      });
      this.#pass(end, other, end === far).catch(() => other.destroy());
    }
  }

  /** @param {net.Socket} from @param {net.Socket} to @param {boolean} isAnswer */
  async #pass(from, to, isAnswer) {
    for await (const chunk of from) {
      if (this.#delayMs) await new Promise((resolve) => setTimeout(resolve, this.#delayMs));
      await this.#gate;
      if (isAnswer && this.#isMute) continue;
      if (!to.write(chunk)) await once(to, "drain");
    }
    await this.#gate;
    to.end();
  }
}
