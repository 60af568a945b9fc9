// The server as a process of its own: `doorbell serve` with short delays, a store in a folder that goes with it, and a relay that
// takes its letters; or `doorbell demo`, as somebody tries it who has just built it.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createWriteStream, rmSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Relay } from "./mail.mjs";
import { Account, Operator } from "./people.mjs";
import { freePort } from "./ports.mjs";
import { eventually } from "./waiting.mjs";
import { Wire } from "./wire.mjs";

const BIN = process.env.DOORBELL_BIN ?? fileURLToPath(new URL("../../../../target/debug/doorbell", import.meta.url));

/** @typedef {Record<string, string | number | boolean | string[]>} Settings by `section.key` */

/** Short delays, and no limit that a journey would meet by chance. @type {Settings} */
const SETTINGS = {
  "server.drain": "300ms",
  "presence.heartbeat": "1s",
  "presence.visitor_heartbeat": "1s",
  "presence.grace": "300ms",
  "notifications.offline_delay": "600ms",
  "notifications.missed_delay": "600ms",
  "notifications.cooldown": "1500ms",
  "notifications.flap_cap": "20s",
  "notifications.startup_grace": "300ms",
  "mail.from": "doorbell <notify@mail.doorbell.test>",
  "limits.connections_per_ip": 20_000,
  "limits.visitor_messages_per_minute": 100_000,
  "limits.visitor_messages_per_minute_per_ip": 100_000,
  "limits.new_conversations_per_minute_per_ip": 100_000,
  "limits.login_attempts_per_minute": 100_000,
  "limits.login_attempts_per_email_per_minute": 100_000,
};

/** Processes that still run, and folders that are still there. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** @type {Set<string>} */
const folders = new Set();
// Neither outlives the tests, however these end.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"])) process.once(signal, () => process.exit(1));

/** The environment without settings for a server, which would win over a house's own. */
function bareEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DOORBELL_")));
}

/** A folder of its own. @param {string} what */
async function newFolder(what) {
  const folder = await mkdtemp(path.join(tmpdir(), `doorbell-${what}-`));
  folders.add(folder);
  return folder;
}

/** @param {string} folder */
async function removeFolder(folder) {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** @param {string[]} args @param {string} folder */
function begin(args, folder) {
  const child = spawn(BIN, args, { cwd: folder, env: { ...bareEnvironment(), TMPDIR: folder }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.on("exit", () => running.delete(child));
  return child;
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

export class House {
  /** @type {import("node:child_process").ChildProcess | null} */
  #process = null;
  #accounts = 0;

  /** @param {string} folder @param {number} port @param {Relay} relay @param {Wire} wire */
  constructor(folder, port, relay, wire) {
    this.folder = folder;
    this.port = port;
    /** Takes its letters. */
    this.relay = relay;
    /** Leads from the browsers to it. */
    this.wire = wire;
  }

  /** Starts one and waits until it is ready. @param {Settings} [settings] over the short ones */
  static async start(settings = {}) {
    const folder = await newFolder("web");
    const port = await freePort();
    const house = new House(folder, port, await Relay.start(), await Wire.to(port));
    const own = {
      "server.bind": `127.0.0.1:${house.port}`,
      "server.public_url": house.url,
      "store.url": `sqlite:${path.join(folder, "doorbell.db")}`,
      "mail.smtp_url": house.relay.url,
    };
    // A JSON text, number, boolean or list of texts is the same in TOML.
    const lines = Object.entries({ ...SETTINGS, ...own, ...settings }).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
    await writeFile(house.#config, lines.join(""));
    try {
      await house.begin();
    } catch (error) {
      await house.demolish();
      throw error;
    }
    return house;
  }

  get #config() {
    return path.join(this.folder, "doorbell.toml");
  }

  /** Where browsers find it: over the wire. */
  get url() {
    return `http://127.0.0.1:${this.wire.port}`;
  }

  /** Where the journeys' own people find it. */
  get address() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process, anew on the same store and address, and waits until it is ready. */
  async begin() {
    assert(!this.#process, "it runs already");
    const child = begin(["serve", "--config", this.#config], this.folder);
    this.#process = child;
    const log = createWriteStream(path.join(this.folder, "doorbell.log"), { flags: "a" });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.on("close", () => log.end());
    await eventually("the server is ready", async () => {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${await this.log()}`);
      return fetch(`${this.address}/readyz`, { headers: { Connection: "close" } }).then((answer) => answer.ok, () => false);
    });
  }

  /** Ends it as a power cut would. */
  async kill9() {
    await this.#end("SIGKILL");
  }

  /** Asks it to end, and waits for that. */
  async stop() {
    await this.#end("SIGTERM");
  }

  async restart() {
    await this.stop();
    await this.begin();
  }

  /** The process stands still, and its connections stay. */
  freeze() {
    this.#process?.kill("SIGSTOP");
  }

  thaw() {
    this.#process?.kill("SIGCONT");
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    assert(this.#process, "it does not run");
    await end(this.#process, signal);
    this.#process = null;
  }

  /** As it was at the start, for the next journey: it runs, and can be reached. */
  async tidy() {
    this.wire.heal();
    if (this.#process) this.thaw();
    else await this.begin();
  }

  /** What it said last. */
  async log() {
    const text = await readFile(path.join(this.folder, "doorbell.log"), "utf8").catch(() => "");
    return text.split("\n").slice(-40).join("\n");
  }

  /** Ends it with everything that belongs to it. */
  async demolish() {
    if (this.#process) await this.kill9();
    await Promise.all([this.relay.stop(), this.wire.stop()]);
    await removeFolder(this.folder);
  }

  /**
   * A command of the command line beside it: what it prints as JSON.
   *
   * @param {string[]} args
   * @param {string} [stdin]
   */
  async command(args, stdin = "") {
    const all = [...args, "--json", "--config", this.#config];
    return new Promise((resolve, reject) => {
      const child = execFile(BIN, all, { cwd: this.folder, env: bareEnvironment() }, (error, stdout, stderr) => {
        if (error) reject(new Error(`doorbell ${args.join(" ")}: ${stderr}`));
        else resolve(JSON.parse(stdout));
      });
      child.stdin?.on("error", () => {});
      child.stdin?.end(stdin);
    });
  }

  /**
   * A company of its own. The first of its people is its admin, the others are agents.
   *
   * @param {"free" | "standard" | "pro"} [plan]
   * @param {string[]} [names]
   */
  async account(plan = "standard", names = ["Jana"]) {
    this.#accounts += 1;
    return Account.open(this, plan, names, `shop-${this.#accounts}.test`);
  }
}

/** `doorbell demo`: everything in it is made up, and gone when it ends. */
export class Demo {
  /** @param {import("node:child_process").ChildProcess} child @param {string} folder @param {string} words what it printed */
  constructor(child, folder, words) {
    this.child = child;
    this.folder = folder;
    this.words = words;
    /** Such as `http://127.0.0.1:12345`. */
    this.url = new URL(words.match(/http:\/\/\S+/)?.[0] ?? "").origin;
    this.address = this.url;
  }

  /** One of its people, by the first name of the log-in. @param {"jana" | "petr" | "tomas"} name */
  logIn(name) {
    return Operator.logIn(this, `${name}@demo.test`, this.words.match(/password (\S+)/)?.[1]);
  }

  static async start() {
    const folder = await newFolder("demo");
    const child = begin(["demo", "--bind", "127.0.0.1:0"], folder);
    let [words, log] = ["", ""];
    child.stdout?.on("data", (chunk) => (words += chunk));
    child.stderr?.on("data", (chunk) => (log += chunk));
    await eventually("the demo tells its log-ins", () => {
      if (child.exitCode !== null) throw new Error(`the demo ended:\n${log}`);
      return (words.match(/password /g) ?? []).length >= 3 && words.endsWith("\n\n");
    });
    return new Demo(child, folder, words);
  }

  async stop() {
    await end(this.child, "SIGTERM");
    await removeFolder(this.folder);
  }
}
