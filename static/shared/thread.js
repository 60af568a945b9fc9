// The messages of one conversation over a link: each once, in order, without gaps; and what is written reaches the server once,
// whatever breaks in between. docs/link.md tells how to use it.
import { Emitter, Refused } from "./link.js";

/** Refusals after which the same message may well go through later. */
const PASSING = new Set(["unavailable", "rate_limited", "timed_out"]);
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 30_000;
/** How many older messages are asked for at once. */
const PAGE_LEN = 100;

/** @typedef {import("./link-types.js").Message} Message @typedef {import("./link-types.js").Unsent} Unsent */

/** @extends {Emitter<import("./link-types.js").ThreadEvents>} */
export class Thread extends Emitter {
  /** Which conversation, once it is known. @type {string | null} */
  id = null;
  /** From some message on all of them, in order. @type {readonly Message[]} */
  messages = [];
  /** What the server has not acknowledged, in order. @type {readonly Unsent[]} */
  waiting = [];
  #link;
  #side;
  /** Those behind a gap, by number. @type {Map<number, Message>} */
  #early = new Map();
  /** The newest that is known to exist. */
  #lastSeq = 0;
  /** The asking for what is missing, while it goes on. @type {Promise<void> | null} */
  #filling = null;
  #isSending = false;
  /** Where the messages begin, once an answer has told. @type {number | null} */
  #firstSeq = null;
  #ends;
  /** @type {Map<string, { resolve: (ack: { seq: number, at: string }) => void, reject: (why: Refused) => void }>} */
  #promised = new Map();

  /**
   * For a visitor's link. Its hello is to bear `after: thread.lastSeq`.
   *
   * @param {import("./link.js").Link} link
   * @param {{ waiting?: Unsent[] }} [options] `waiting`: kept from before a reload
   */
  static ofVisitor(link, options) {
    return new Thread(link, {
      address: {},
      author: "visitor",
      isOurs: () => true,
      resume: (welcome) => welcome.conversation,
      between: async ({ before }) => (await link.request({ type: "history", before, limit: PAGE_LEN })).messages,
    }, options);
  }

  /**
   * For one conversation over an operator's link. The conversation is opened now, and after each break.
   *
   * @param {import("./link.js").Link} link
   * @param {string} conversation
   * @param {{ waiting?: Unsent[], isLookedAt?: () => boolean }} [options] `isLookedAt`: opening counts as having seen it only
   *   then (rule A4); by default it does not: tell `read` when somebody looks
   */
  static ofOperator(link, conversation, { isLookedAt = () => false, ...options } = {}) {
    /** @param {object} fields */
    const open = (fields) => link.request({ type: "open", conversation, ...fields });
    const thread = new Thread(link, {
      address: { conversation },
      author: "operator",
      isOurs: (frame) => frame.conversation === conversation,
      resume: async (_, { lastSeq }) => {
        const ack = await open({ ...(lastSeq && { after: lastSeq }), ...(!isLookedAt() && { peek: true }) });
        return { ...ack.conversation, messages: ack.messages };
      },
      between: async ({ after, before }) => {
        const ack = await open({ after: Math.max(after, before - 1 - PAGE_LEN), peek: true });
        return ack.messages.filter((/** @type {Message} */ message) => message.seq < before);
      },
    }, options);
    if (link.isOpen) thread.resume();
    return thread;
  }

  /** @param {import("./link.js").Link} link @param {import("./link-types.js").Side} side @param {{ waiting?: Unsent[] }} [options] */
  constructor(link, side, { waiting = [] } = {}) {
    super();
    this.#link = link;
    this.#side = side;
    this.waiting = waiting.map(({ client_id, text, failed }) => ({ client_id, text, ...(failed && { failed }) }));
    this.#ends = [
      link.on("welcome", (welcome) => this.resume(welcome)),
      link.on("message", (frame) => side.isOurs(frame) && this.#take([frame])),
    ];
  }

  /** The number of the last message without a gap before it; 0 where there is none. It belongs into a visitor's hello. */
  get lastSeq() {
    return this.messages.at(-1)?.seq || 0;
  }

  /** Whether there are messages before the first one that is here. */
  get hasOlder() {
    return (this.messages[0]?.seq || 1) > 1;
  }

  /** Listens no more; what waits stays in `waiting`. */
  end() {
    for (const end of this.#ends) end();
  }

  /**
   * Writes. The promise ends when the server has stored it, which may be after a break, or with `Refused` when it never will.
   * It need not be waited for: `waiting` shows the same.
   *
   * @param {string} text
   * @param {string} [client_id] the message's name: a repeat under the same name counts once
   * @returns {Promise<{ seq: number, at: string }>}
   */
  send(text, client_id = this.#link.world.newId()) {
    const promise = new Promise((resolve, reject) => this.#promised.set(client_id, { resolve, reject }));
    promise.catch(() => {});
    this.waiting = [...this.waiting.filter((unsent) => unsent.client_id !== client_id), { client_id, text }];
    this.emit("change", this);
    this.#flush();
    return promise;
  }

  /** Tries a message again that failed. @param {string} client_id */
  retry(client_id) {
    const unsent = this.waiting.find((one) => one.client_id === client_id);
    return unsent ? this.send(unsent.text, client_id) : Promise.reject(new Refused({ code: "not_found" }));
  }

  /** Forgets a message that was not stored yet. @param {string} client_id */
  discard(client_id) {
    this.waiting = this.waiting.filter((unsent) => unsent.client_id !== client_id);
    this.#promised.delete(client_id);
    this.emit("change", this);
  }

  /** Fetches older messages, as they are wanted. */
  async older() {
    const first = this.messages[0]?.seq;
    if (!first || first === 1) return;
    const id = this.id;
    const before = await this.#side.between({ after: 0, before: first });
    if (this.id !== id || this.messages[0]?.seq !== first) return;
    const found = new Map(before.map((message) => [message.seq, message]));
    let messages = this.messages;
    for (let seq = first - 1; found.has(seq); seq -= 1) messages = [/** @type {Message} */ (found.get(seq)), ...messages];
    this.messages = messages;
    this.emit("change", this);
  }

  /** The link is open: what was missed, then what waits. A thread calls this itself. */
  async resume(welcome = {}) {
    try {
      const resumed = this.#side.resume(welcome, this);
      // A visitor's is in the welcome itself: whoever hears of that next finds the messages here.
      this.#begin(resumed instanceof Promise ? await resumed : resumed);
    } catch (/** @type {any} */ error) {
      if (PASSING.has(error.code)) this.#later(() => this.resume(welcome), error);
      else if (error.code !== "disconnected") this.emit("trouble", error);
      return;
    }
    // What waits may be among what was missed: the server remembers only the newest hundred names.
    await this.#fill();
    this.#flush();
  }

  /** @param {any} talk */
  #begin(talk) {
    // Another visitor, since the server did not know the token any more, has another conversation.
    if (this.id && talk?.id !== this.id) {
      this.messages = [];
      this.#early.clear();
      this.#lastSeq = 0;
      this.#firstSeq = null;
    }
    this.id = talk?.id || null;
    this.#firstSeq ??= talk?.messages[0]?.seq || (talk?.last_seq || 0) + 1;
    this.#take(talk?.messages || [], talk?.last_seq);
  }

  /** @param {Message[]} found @param {number} [lastSeq] how far the server says that they go */
  #take(found, lastSeq = 0) {
    for (const { type, conversation, ...message } of /** @type {any[]} */ (found)) {
      this.id ??= conversation || null;
      this.#early.set(message.seq, { ...this.#early.get(message.seq), ...message });
      this.#lastSeq = Math.max(this.#lastSeq, message.seq);
    }
    this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
    if (this.#firstSeq === null) return;
    const added = this.#append();
    this.#settle(added);
    this.emit("change", this);
    for (const message of added) this.emit("message", message);
    this.#fill();
  }

  /** The number that the end of the list waits for. */
  get #nextSeq() {
    return this.messages.length ? this.lastSeq + 1 : /** @type {number} */ (this.#firstSeq);
  }

  /** Moves what has no gap before it to the messages: it. */
  #append() {
    /** @type {Message[]} */
    const added = [];
    let next = this.#nextSeq;
    for (; this.#early.has(next); next += 1) added.push(/** @type {Message} */ (this.#early.get(next)));
    // What is known already may be told anew, with more in it.
    const known = this.messages.map((one) => (this.#early.has(one.seq) ? { ...one, ...this.#early.get(one.seq) } : one));
    this.messages = [...known, ...added];
    for (const seq of [...this.#early.keys()]) if (seq < next) this.#early.delete(seq);
    return added;
  }

  /** What is stored waits no longer, even if its acknowledgement was lost. @param {Message[]} added */
  #settle(added) {
    for (const { author, client_id = "", seq, at } of added) {
      if (author.kind !== this.#side.author || !this.waiting.some((unsent) => unsent.client_id === client_id)) continue;
      this.waiting = this.waiting.filter((unsent) => unsent.client_id !== client_id);
      this.#keepPromise(client_id, { seq, at });
    }
  }

  /** @param {string} client_id @param {{ seq: number, at: string }} ack */
  #keepPromise(client_id, ack) {
    this.#promised.get(client_id)?.resolve(ack);
    this.#promised.delete(client_id);
  }

  /** Asks for what is missing; ends when nothing is, or when it cannot be had now. */
  #fill() {
    if (this.#nextSeq > this.#lastSeq) return Promise.resolve();
    return (this.#filling ??= this.#fillAll());
  }

  async #fillAll() {
    try {
      while (this.#nextSeq <= this.#lastSeq) {
        const before = Math.min(this.#lastSeq + 1, ...this.#early.keys());
        const found = await this.#side.between({ after: this.#nextSeq - 1, before });
        // A server that has nothing there would be asked for ever.
        if (!found.some(({ seq }) => seq >= this.#nextSeq && seq < before)) return;
        this.#take(found);
      }
    } catch (/** @type {any} */ error) {
      // After a break the next welcome goes on from here.
      if (PASSING.has(error.code)) this.#later(() => this.#fill(), error);
    } finally {
      this.#filling = null;
    }
  }

  /** One after the other: a message that must wait a little is not overtaken by the next. */
  async #flush() {
    if (this.#isSending) return;
    this.#isSending = true;
    let pauses = 0;
    for (let next = this.#next(); next; next = this.#next()) {
      const { client_id, text } = next;
      try {
        const { seq, at, conversation } = await this.#link.request({ type: "message", ...this.#side.address, text, client_id });
        pauses = 0;
        this.id ??= conversation || null;
        this.#stored({ seq, at, author: { kind: this.#side.author }, text, client_id });
      } catch (/** @type {any} */ error) {
        if (error.code === "disconnected") break;
        if (!PASSING.has(error.code)) this.#refused(next, error);
        else await new Promise((wake) => this.#later(wake, error, pauses++));
      }
    }
    this.#isSending = false;
  }

  #next() {
    return this.#link.isOpen ? this.waiting.find((unsent) => !unsent.failed) : undefined;
  }

  /** @param {Message} message */
  #stored(message) {
    const { client_id = "", seq, at } = message;
    this.waiting = this.waiting.filter((unsent) => unsent.client_id !== client_id);
    this.#keepPromise(client_id, { seq, at });
    if (seq > this.lastSeq) this.#take([message]);
    else this.emit("change", this);
  }

  /** @param {Unsent} refused @param {Refused} error */
  #refused({ client_id, text }, error) {
    const unsent = { client_id, text, failed: error.code };
    this.waiting = this.waiting.map((one) => (one.client_id === client_id ? unsent : one));
    this.#promised.get(client_id)?.reject(error);
    this.#promised.delete(client_id);
    this.emit("failed", unsent);
    this.emit("change", this);
  }

  /** @param {(done?: any) => void} run @param {Refused} error */
  #later(run, error, pauses = 0) {
    const ceilingMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** pauses);
    this.#link.world.setTimeout(run, error.retryAfterMs ?? this.#link.world.random() * ceilingMs);
  }
}
