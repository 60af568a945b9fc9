// The relay that takes the server's letters, and the letters as a person reads them.
import net from "node:net";
import PostalMime from "postal-mime";
import { listen } from "./ports.mjs";
import { Arrivals } from "./waiting.mjs";

/**
 * @typedef {object} Letter
 * @property {string} to
 * @property {string} subject
 * @property {Record<string, string>} headers by their name in small letters
 * @property {string} text
 * @property {string} html
 * @property {string[]} links the addresses in the text, in their order
 * @property {string} raw
 */

/** An SMTP server on a free port that accepts what it is not told to refuse. */
export class Relay {
  #server = net.createServer((socket) => this.#talk(socket));
  /** @type {Arrivals<Letter>} */
  #letters = new Arrivals();
  /** @type {Map<string, string[]>} What it answers once instead, by command. */
  #replies = new Map();
  /** @type {Set<net.Socket>} */
  #sockets = new Set();
  port = 0;

  static async start() {
    const relay = new Relay();
    relay.port = await listen(relay.#server);
    return relay;
  }

  get url() {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** All letters so far. */
  get letters() {
    return this.#letters.all;
  }

  /**
   * The next time that the server says so, the answer is this one.
   *
   * @param {"MAIL" | "RCPT" | "DATA" | "."} command `"."`: when the whole letter has come
   * @param {string} reply such as `550 5.1.1 no such user`
   */
  once(command, reply) {
    this.#replies.set(command, [...(this.#replies.get(command) ?? []), reply]);
  }

  /**
   * The n-th letter to somebody, counted from 1; waits for it.
   *
   * @param {string} to
   * @param {number} [n]
   */
  async letterTo(to, n = 1) {
    const isTo = (/** @type {Letter} */ letter) => letter.to === to;
    await this.#letters.first(`letter ${n} to ${to}`, () => this.letters.filter(isTo).length >= n);
    return this.letters.filter(isTo)[n - 1];
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {net.Socket} socket */
  #talk(socket) {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const say = (/** @type {string} */ line) => socket.write(`${line}\r\n`);
    const answer = (/** @type {string} */ command, /** @type {string} */ usual) => {
      const reply = this.#replies.get(command)?.shift() ?? usual;
      say(reply);
      return reply === usual;
    };
    let [to, rest, inBody] = ["", "", false];
    socket.setEncoding("utf8").on("data", (chunk) => {
      rest += chunk;
      for (;;) {
        const end = rest.indexOf(inBody ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const piece = rest.slice(0, end);
        rest = rest.slice(end + (inBody ? 5 : 2));
        if (inBody) {
          inBody = false;
          if (answer(".", "250 2.0.0 taken")) this.#take(to, piece);
          continue;
        }
        const command = piece.slice(0, 4).toUpperCase();
        if (command === "RCPT") to = piece.match(/<(.*?)>/)?.[1] ?? "";
        if (command === "DATA") inBody = answer("DATA", "354 go on");
        else if (command === "QUIT") socket.end("221 2.0.0 bye\r\n");
        else answer(command, "250 2.0.0 ok");
      }
    });
    say("220 relay.test ready");
  }

  /** @param {string} to @param {string} body */
  async #take(to, body) {
    const raw = body.replaceAll("\r\n..", "\r\n.");
    const { subject = "", headers, text = "", html = "" } = await PostalMime.parse(raw);
    const links = text.match(/https?:\/\/[^\s<>"]+/g) ?? [];
    this.#letters.add({ to, subject, headers: Object.fromEntries(headers.map(({ key, value }) => [key, value])), text, html, links, raw });
  }
}

/**
 * The report of a mail server that took a letter and could not deliver it after all (RFC 3464).
 *
 * @param {Letter} letter
 * @param {string} status such as `5.1.1`
 * @param {string} said the answer of the server behind it, in one line
 */
export function reportOf({ to, headers }, status, said) {
  return [
    "From: MAILER-DAEMON@mx.doorbell.test",
    "Subject: Undelivered Mail Returned to Sender",
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="part"',
    `Message-Id: <report.${headers["message-id"].replace(/[<>]/g, "")}>`,
    "",
    "--part",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.doorbell.test",
    "",
    `Final-Recipient: rfc822; ${to}`,
    "Action: failed",
    `Status: ${status}`,
    "Remote-MTA: dns; mx.shop.test",
    `Diagnostic-Code: smtp; ${said}`,
    "",
    "--part",
    "Content-Type: text/rfc822-headers",
    "",
    `Message-ID: ${headers["message-id"]}`,
    `To: ${to}`,
    "",
    "--part--",
    "",
  ].join("\r\n");
}
