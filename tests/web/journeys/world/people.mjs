// Those who use the server without a browser: an account's operators at their devices, visitors on its web site.
import assert from "node:assert/strict";
import { Socket } from "./socket.mjs";
import { eventually } from "./waiting.mjs";

export const PASSWORD = "correct horse battery 7";

/** @typedef {{ address: string }} Server a house, or a demo */

/** Everybody whose socket may still be open. @type {Set<Socket>} */
const sockets = new Set();

/** Ends all sockets that journeys left open. */
export function everybodyGoesHome() {
  for (const socket of sockets) socket.vanish();
  sockets.clear();
}

/** @param {Parameters<typeof Socket.open>} how */
async function connect(...how) {
  const opened = await Socket.open(...how);
  sockets.add(opened.socket);
  return opened;
}

/** A name that nobody else gives. */
let lastNumber = 0;
const newId = (/** @type {string} */ what) => `${what}-${process.pid}-${++lastNumber}`;

/** @param {string} name */
const mailName = (name) => name.normalize("NFD").replace(/[^a-z]/gi, "").toLowerCase();

/** A company. */
export class Account {
  /** @type {Operator[]} */
  operators = [];

  /** @param {import("./house.mjs").House} house @param {{ account: string, widget_key: string }} made @param {string} domain */
  constructor(house, made, domain) {
    this.house = house;
    this.domain = domain;
    this.id = made.account;
    /** Of its widget. */
    this.key = made.widget_key;
  }

  /**
   * Made by the command line, its further people over HTTP.
   *
   * @param {import("./house.mjs").House} house
   * @param {string} plan
   * @param {string[]} names
   * @param {string} domain
   */
  static async open(house, plan, [first, ...others], domain) {
    const email = `${mailName(first)}@${domain}`;
    const args = ["account", "create", "--name", domain, "--plan", plan, "--email", email, "--password-stdin"];
    const account = new Account(house, await house.command(args, `${PASSWORD}\n`), domain);
    const admin = await Operator.logIn(house, email);
    await admin.patch("/api/v1/me", { name: first });
    account.operators.push(Object.assign(admin, { name: first }));
    for (const name of others) await account.hire(name);
    return account;
  }

  /** The first of its people. */
  get admin() {
    return this.operators[0];
  }

  /** One more of its people. @param {string} name @param {object} [more] such as `role` or `groups` */
  async hire(name, more = {}) {
    const email = `${mailName(name)}@${this.domain}`;
    await this.admin.post("/api/v1/operators", { name, email, password: PASSWORD, role: "agent", ...more });
    const operator = await Operator.logIn(this.house, email);
    this.operators.push(operator);
    return operator;
  }

  /** A group of its people (plan pro): its id. @param {string} name @param {Operator[]} members @returns {Promise<string>} */
  async group(name, members) {
    const made = await this.admin.post("/api/v1/groups", { name, operators: members.map(({ id }) => id) });
    return made.id;
  }

  /** Somebody who comes to the web site. @param {Partial<Hello>} [hello] */
  visitor(hello = {}) {
    return Visitor.come(this, hello);
  }
}

/** Speaks HTTP with a token. */
class Caller {
  /** @param {string} origin @param {string} [token] */
  constructor(origin, token) {
    this.origin = origin;
    this.token = token;
  }

  /** @param {string} path */
  get(path) {
    return this.#call("GET", path);
  }
  /** @param {string} path @param {object} [body] */
  post(path, body = {}) {
    return this.#call("POST", path, body);
  }
  /** @param {string} path @param {object} body */
  patch(path, body) {
    return this.#call("PATCH", path, body);
  }
  /** @param {string} path @param {object} body */
  put(path, body) {
    return this.#call("PUT", path, body);
  }
  /** @param {string} path */
  delete(path) {
    return this.#call("DELETE", path);
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #call(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Connection: "close", ...(this.token && { Authorization: `Bearer ${this.token}` }) };
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

/** One of an account's people. */
export class Operator extends Caller {
  /** @param {Server} house @param {{ token: string, operator: { id: string, name: string, email: string } }} made @param {string} password */
  constructor(house, { token, operator }, password) {
    super(house.address, token);
    this.house = house;
    this.id = operator.id;
    this.name = operator.name;
    this.email = operator.email;
    this.password = password;
  }

  /** @param {Server} house @param {string} email @param {string} [password] */
  static async logIn(house, email, password = PASSWORD) {
    return new Operator(house, await new Caller(house.address).post("/api/v1/login", { email, password }), password);
  }

  /**
   * Sits down at a device with a socket.
   *
   * @param {string} [name]
   * @param {{ kind?: "dashboard" | "mobile", state?: "online" | "away" | "offline" }} [how]
   */
  async at(name = "Laptop", { kind = "dashboard", state = "online" } = {}) {
    const device = { id: newId("device"), kind, name };
    const hello = { type: "hello", token: this.token, device, state };
    const { socket, welcome } = await connect(`${this.house.address.replace("http", "ws")}/ws/operator`, `${this.name} at ${name}`, hello);
    return new Device(this, device, socket, welcome);
  }

  /** A phone in a pocket keeps its operator online for so long, without a socket. @param {number} ttl_s */
  async lease(ttl_s, name = "iPhone") {
    const device = { id: newId("phone"), kind: "mobile", name };
    await this.put("/api/v1/presence", { device, state: "online", ttl_s });
    return device;
  }

  /** Acts over HTTP: `open`, `join`, `leave`, `close`. @param {string} act @param {string} conversation */
  act(act, conversation) {
    return this.post(`/api/v1/conversations/${conversation}/${act}`);
  }

  /** Writes over HTTP. @param {string} conversation @param {string} text */
  reply(conversation, text) {
    return this.post(`/api/v1/conversations/${conversation}/messages`, { text, client_id: newId("reply") });
  }

  /** The texts of a conversation, at most a hundred, oldest first. @param {string} conversation @returns {Promise<string[]>} */
  async texts(conversation) {
    const { items } = await this.get(`/api/v1/conversations/${conversation}/messages?limit=100`);
    return items.map((/** @type {{ text: string }} */ { text }) => text);
  }

  /** The explanation of a conversation (W1). @param {string} conversation */
  explanation(conversation) {
    return this.get(`/api/v1/conversations/${conversation}/notifications`);
  }

  /** Waits until it was decided about this operator, with a code among the reasons. @param {string} conversation @param {string} code */
  decided(conversation, code) {
    return eventually(`a decision ${code} about ${this.name}`, async () => {
      const { decisions } = await this.explanation(conversation);
      return decisions.find((/** @type {any} */ decision) => decision.operator === this.id
        && [decision, ...decision.reasons].some((reason) => reason.code === code));
    });
  }
}

/** An operator at a device. */
export class Device {
  /** @param {Operator} operator @param {{ id: string, kind: string, name: string }} device @param {Socket} socket @param {any} welcome */
  constructor(operator, device, socket, welcome) {
    this.operator = operator;
    this.device = device;
    this.socket = socket;
    this.welcome = welcome;
  }

  /** @param {"online" | "away" | "offline"} state */
  set(state) {
    return this.socket.ask({ type: "presence", state });
  }
  /** `open`, `join`, `leave`, `close`. @param {string} act @param {string} conversation */
  act(act, conversation) {
    return this.socket.ask({ type: act, conversation });
  }
  /** @param {string} conversation @param {string} text */
  reply(conversation, text) {
    return this.socket.ask({ type: "message", conversation, text, client_id: newId("reply") });
  }
  /** @param {string} conversation @param {boolean} on */
  typing(conversation, on) {
    this.socket.tell({ type: "typing", conversation, on });
  }
  /** Leaves the device for good, at once. */
  leave() {
    return this.socket.bye();
  }
}

/**
 * @typedef {object} Hello
 * @property {string} visitor the token of one who comes back
 * @property {string} group
 * @property {{ url: string, title: string }} page
 */

/** Whose web site it is. @typedef {{ house: Server, key: string }} Site */

/** Somebody on the web site. */
export class Visitor {
  /** The conversation, once there is one. @type {string | null} */
  conversation = null;

  /** @param {Site} account @param {Partial<Hello>} hello @param {Socket} socket @param {any} welcome */
  constructor(account, hello, socket, welcome) {
    this.account = account;
    this.hello = hello;
    this.socket = socket;
    this.welcome = welcome;
    this.token = welcome.visitor.token;
    this.conversation = welcome.conversation?.id ?? null;
  }

  /** @param {Site} account @param {Partial<Hello>} hello */
  static async come(account, hello) {
    const page = { url: "https://shop.test/basket", title: "Basket" };
    const frame = { type: "hello", key: account.key, page, ...hello };
    const { socket, welcome } = await connect(`${account.house.address.replace("http", "ws")}/ws/visitor`, "a visitor", frame);
    return new Visitor(account, hello, socket, welcome);
  }

  /** Writes, and it is acknowledged: the conversation. @param {string} text @returns {Promise<string>} */
  async say(text) {
    const ack = await this.socket.ask({ type: "message", text, client_id: newId("said") });
    this.conversation = ack.conversation;
    return ack.conversation;
  }

  /** @param {{ name?: string, email?: string }} who */
  identify(who) {
    this.socket.tell({ type: "identify", ...who });
  }
  /** @param {string} url @param {string} [title] */
  goTo(url, title) {
    this.socket.tell({ type: "page", url, title });
  }
  /** @param {boolean} on */
  typing(on) {
    this.socket.tell({ type: "typing", on });
  }
  /** @param {number} seq */
  read(seq) {
    this.socket.tell({ type: "read", seq });
  }

  /** Leaves the web site, at once. */
  leave() {
    return this.socket.bye();
  }
  comeBack() {
    return Visitor.come(this.account, { ...this.hello, visitor: this.token });
  }
}
