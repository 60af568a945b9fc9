// A web site of somebody else: what stands on it, and with which headers, is the journey's business.
import http from "node:http";
import { listen } from "./ports.mjs";

/**
 * What the site answers on a path: a text, or more of it. `wait` holds the answer back until it is settled.
 *
 * @typedef {string | { body: string, type?: string, status?: number, headers?: Record<string, string>, wait?: Promise<unknown> }} Content
 */

export class Site {
  #server;
  /** The paths that were asked for, in their order. @type {string[]} */
  asked = [];
  port = 0;

  /** @param {Record<string, Content>} pages by path; may be changed later */
  constructor(pages) {
    this.pages = pages;
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  /** @param {Record<string, Content>} pages */
  static async open(pages) {
    const site = new Site(pages);
    site.port = await listen(site.#server);
    return site;
  }

  /** Its origin. @param {string} [host] `localhost` is another site than `127.0.0.1` */
  url(host = "127.0.0.1") {
    return `http://${host}:${this.port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async #answer(request, response) {
    const path = new URL(request.url ?? "/", "http://site.test").pathname;
    // Every browser asks for it, and no journey is about it.
    if (path === "/favicon.ico") return response.writeHead(204).end();
    this.asked.push(path);
    const content = this.pages[path] ?? { body: `nothing at ${path}`, type: "text/plain", status: 404 };
    const { body, type = typeOf(path), status = 200, headers = {}, wait } = typeof content === "string" ? { body: content } : content;
    await wait;
    response.writeHead(status, { "Content-Type": `${type}; charset=utf-8`, ...headers }).end(body);
  }
}

/** @param {string} path */
function typeOf(path) {
  if (path.endsWith(".css")) return "text/css";
  return /\.m?js$/.test(path) ? "text/javascript" : "text/html";
}
