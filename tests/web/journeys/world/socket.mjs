// A WebSocket as a well-behaved client holds it: it keeps what it heard, and waits for frames.
import assert from "node:assert/strict";
import WebSocket from "ws";
import { Arrivals } from "./waiting.mjs";

/** @typedef {Record<string, any> & { type: string }} Frame a frame of docs/protocol.md */

export class Socket {
  /** @type {Arrivals<Frame>} */
  #heard = new Arrivals();
  #asked = 0;
  #mark = 0;

  /** @param {string} url @param {string} name how failures call it */
  constructor(url, name) {
    this.name = name;
    this.ws = new WebSocket(url, "doorbell.v1");
    this.ws.on("message", (data) => this.#heard.add(JSON.parse(String(data))));
    this.ws.on("close", (code) => this.#heard.end(`closed with ${code}`));
    this.ws.on("error", (error) => this.#heard.end(error.message));
  }

  /**
   * Connects, says the hello, and waits for the welcome.
   *
   * @param {string} url
   * @param {string} name
   * @param {Frame} hello
   */
  static async open(url, name, hello) {
    const socket = new Socket(url, name);
    socket.ws.on("open", () => socket.tell(hello));
    return { socket, welcome: await socket.wait("welcome") };
  }

  /** Sends what nobody answers. @param {Frame} frame */
  tell(frame) {
    this.ws.send(JSON.stringify(frame));
  }

  /** Asks for something that must be granted: the `ack`. @param {Frame} frame */
  async ask(frame) {
    const id = `a${++this.#asked}`;
    this.tell({ ...frame, id });
    const isAnswer = (/** @type {Frame} */ heard) => heard.id === id && ["ack", "error"].includes(heard.type);
    const answer = await this.#heard.first(`${this.name}: an answer to ${frame.type}`, isAnswer);
    assert.equal(answer.type, "ack", `${this.name}: ${JSON.stringify(frame)}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** From now on `wait` looks only at what comes later. */
  mark() {
    this.#mark = this.#heard.all.length;
  }

  /**
   * The first frame of a type since the last mark that is so; waits for it.
   *
   * @param {string} type
   * @param {(frame: Frame) => unknown} [is]
   */
  wait(type, is = () => true) {
    return this.#heard.first(`${this.name}: ${type}`, (frame) => frame.type === type && is(frame), this.#mark);
  }

  /** The frames of a type so far. @param {string} type */
  heard(type) {
    return this.#heard.all.filter((frame) => frame.type === type);
  }

  /** Says that it leaves for good, and waits until it is over. */
  async bye() {
    this.tell({ type: "bye" });
    await this.#heard.ended();
  }

  /** Breaks the connection without a farewell. */
  vanish() {
    this.ws.terminate();
  }
}
