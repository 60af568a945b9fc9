// What the page of tests/web/main.rs does: it reports what happens to it, and goes on when the test says so.
import { Link } from "/shared/link.js";
import { Thread } from "/shared/thread.js";

const query = new URLSearchParams(location.search);
const server = query.get("server");
const key = query.get("key");

/** Tells the test. */
const report = (what, more = {}) => fetch("/report", { method: "POST", body: JSON.stringify({ what, ...more }) });
/** Waits until the test says that it may go on: what it says with it. */
const turn = async (name) => (await fetch(`/turn/${name}`)).json();
/** The first status that is so. */
const becomes = (link, is) =>
  new Promise((resolve) => {
    if (is(link.status)) return resolve(link.status);
    const off = link.on("status", (status) => is(status) && (off(), resolve(status)));
  });

const stories = {
  /** A conversation over everything that can happen to a server. */
  async conversation() {
    let thread = null;
    let token;
    const heard = [];
    const link = new Link({
      url: `${server}/ws/visitor`,
      hello: () => ({ type: "hello", key, visitor: token, after: thread.lastSeq }),
      manners: { firstWaitMs: 200, leavingWaitMs: 200, pongMs: 500 },
    });
    thread = Thread.ofVisitor(link);
    thread.on("message", ({ seq, text }) => heard.push([seq, text]));
    link.on("welcome", ({ visitor }) => (token = visitor.token));
    link.start();
    await thread.send("before the crash");
    await report("wrote", { conversation: thread.id });
    await turn("dead");
    const stored = ["one", "two", "three"].map((text) => thread.send(text));
    await report("waits", { waiting: thread.waiting.length });
    await report("stored", { seqs: (await Promise.all(stored)).map(({ seq }) => seq) });

    await turn("frozen");
    const { code } = await becomes(link, ({ state }) => state === "waiting");
    await report("noticed", { code });
    await becomes(link, ({ state }) => state === "open");
    await report("open again");

    link.stop();
    await report("away");
    const { lastSeq } = await turn("much was said");
    link.start();
    await new Promise((resolve) => {
      thread.on("change", () => thread.lastSeq >= lastSeq && resolve());
    });
    await report("caught up", { heard, shown: thread.messages.map(({ seq, text }) => [seq, text]) });
    link.stop({ bye: true });
  },

  /** Those who are not let in. */
  async strangers() {
    const refused = async (path, hello) => {
      const link = new Link({ url: `${server}${path}`, hello: () => hello }).start();
      const { code } = await becomes(link, ({ state }) => state === "stopped" || state === "waiting");
      return [link.status.state, code];
    };
    const device = { id: "d", kind: "dashboard" };
    await report("refused", {
      widget: await refused("/ws/visitor", { type: "hello", key: "no-such-widget" }),
      token: await refused("/ws/operator", { type: "hello", token: "no-such-token", device }),
      origin: await refused("/ws/visitor", { type: "hello", key }),
    });
  },

  /** An operator's desk for one conversation. */
  async operator() {
    const conversation = query.get("conversation");
    const device = { id: "d", kind: "dashboard", name: "Page" };
    const link = new Link({ url: `${server}/ws/operator`, hello: () => ({ type: "hello", token: query.get("token"), device }) });
    link.start();
    const thread = Thread.ofOperator(link, conversation);
    const begins = (text) => new Promise((resolve) => thread.on("message", (message) => message.text === text && resolve()));
    await begins("the last one");
    const first = thread.messages[0].seq;
    while (thread.hasOlder) await thread.older();
    const { seq } = await thread.send("a reply");
    await report("desk", { first, seq, shown: thread.messages.map(({ seq: number, text }) => [number, text]) });
    link.stop({ bye: true });
  },

  /** The example of docs/link.md, as it stands there. */
  async example() {
    const { startChat } = await import("/example.js");
    const [list, form, bar] = ["list", "form", "bar"].map((id) => document.getElementById(id));
    const link = startChat({ server, key, list, form, bar });
    await becomes(link, ({ state }) => state === "open");
    form.elements.text.value = "Is anybody there?";
    form.requestSubmit();
    await new Promise((resolve) => {
      const observer = new MutationObserver(() => list.textContent.includes("We are") && resolve());
      observer.observe(list, { childList: true });
    });
    const lines = [...list.children].map(({ textContent }) => textContent);
    await report("example", { lines, bar: bar.textContent, left: form.elements.text.value });
  },
};

stories[query.get("story")]().catch((error) => report("failed", { error: String(error.stack || error) }));
