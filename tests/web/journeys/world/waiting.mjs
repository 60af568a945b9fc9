// Waiting for what happens elsewhere: never for a time, always for a thing.

/** After this much, what a journey waits for does not come any more. Nothing takes so long on any machine that can run it. */
export const DEADLINE_MS = 20_000;
/** Between two looks at what tells nobody that it changed: a process, an answer over HTTP. */
const LOOK_EVERY_MS = 20;

/**
 * Asks again and again until there is an answer.
 *
 * @template T
 * @param {string} what for the message
 * @param {() => T | Promise<T>} look
 * @param {number} [deadlineMs] for what takes its time by itself
 * @returns {Promise<NonNullable<T>>}
 */
export async function eventually(what, look, deadlineMs = DEADLINE_MS) {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error(`within ${deadlineMs} ms it was not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Things that came one after the other, and whoever waits for the next one that is so. @template T */
export class Arrivals {
  /** @type {T[]} */
  all = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** @type {string | null} Why no more will come. */
  #ended = null;

  /** @param {T} arrival */
  add(arrival) {
    this.all.push(arrival);
    this.#look();
  }

  /** No more will come. @param {string} why */
  end(why) {
    this.#ended ??= why;
    this.#look();
  }

  get hasEnded() {
    return this.#ended !== null;
  }

  /**
   * The first one that is so, from a number on; waits for it.
   *
   * @param {string} what for the message
   * @param {(arrival: T) => unknown} is
   * @param {number} [from]
   * @returns {Promise<T>}
   */
  first(what, is, from = 0) {
    return new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) => done(() => reject(new Error(`${what}: ${why}; came: ${this.#told()}`)));
      const timer = setTimeout(() => fail(`not within ${DEADLINE_MS} ms`), DEADLINE_MS);
      const look = () => {
        const found = this.all.slice(from).find(is);
        if (found !== undefined) done(() => resolve(found));
        else if (this.#ended) fail(this.#ended);
      };
      const done = (/** @type {() => void} */ settle) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Waits until no more will come. */
  async ended() {
    await new Promise((resolve) => {
      const look = () => this.hasEnded && (this.#waiting.delete(look), resolve(undefined));
      this.#waiting.add(look);
      look();
    });
  }

  #look() {
    for (const look of [...this.#waiting]) look();
  }

  #told() {
    return JSON.stringify(this.all.slice(-8), null, 1);
  }
}
