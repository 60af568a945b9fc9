// What the other journeys stand on: the house, the wire, the browser, the post, and the checks, each seen to notice what it is for.
import assert from "node:assert/strict";
import { assertAccessible, violationsOf } from "./world/accessible.mjs";
import { blur, hide, show } from "./world/attention.mjs";
import { BROKEN_WIRE } from "./world/browser.mjs";
import { journey } from "./world/journey.mjs";
import { assertHarmless, assertShows, NAMES, PAYLOADS } from "./world/payloads.mjs";
import { eventually } from "./world/waiting.mjs";

/** @param {string} body */
const page = (body) => `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A page</title></head><body>${body}</body></html>`;

journey("the house is open, and survives a power cut with its people and their words", async ({ house }) => {
  const home = await house({});
  const account = await home.account("standard", ["Jana", "Tomáš"]);
  const eva = await account.visitor();
  const conversation = await eva.say("Before the power cut");
  await home.kill9();
  await home.begin();
  const again = await eva.comeBack();
  assert.equal(await again.say("Behind it"), conversation);
  assert.deepEqual(await account.admin.texts(conversation), ["Before the power cut", "Behind it"]);
  await home.restart();
  assert.equal((await account.operators[1].get("/api/v1/me")).name, "Tomáš");
});

journey("a message while nobody is online is a letter, whose link leads into the house", async ({ house }) => {
  const home = await house();
  const account = await home.account();
  const conversation = await (await account.visitor()).say("Příliš žluťoučký kůň");
  const letter = await home.relay.letterTo(account.admin.email);
  assert.match(letter.text, /Příliš žluťoučký kůň/);
  assert.match(letter.html, /Příliš žluťoučký kůň/);
  assert.equal(letter.headers["auto-submitted"], "auto-generated");
  assert(letter.links.some((link) => link.startsWith(home.url) && link.includes(conversation)), letter.links.join(" "));
  await account.admin.decided(conversation, "emailed");
});

journey("a letter that the relay refuses is not delivered, and the house knows why", async ({ house }) => {
  const home = await house();
  const account = await home.account();
  home.relay.once("RCPT", "550 5.1.1 no such user");
  await (await account.visitor()).say("Hello");
  const failed = await eventually("the letter failed", async () => {
    const { items } = await account.admin.get("/api/v1/emails");
    return items.find((/** @type {any} */ email) => email.state === "failed");
  });
  assert.equal(failed.attempts[0].reply, "550 5.1.1 no such user");
});

journey("operators and visitors hear each other, and a phone's lease counts", async ({ house }) => {
  const account = await (await house()).account("pro", ["Jana", "Tomáš"]);
  const [jana, tomas] = account.operators;
  const sales = await account.group("Sales", [jana]);
  const desk = await jana.at("Laptop");
  const eva = await account.visitor({ group: sales });
  assert.equal(eva.welcome.chat.status, "online");
  const conversation = await eva.say("Is anybody there?");
  await desk.socket.wait("message", ({ text }) => text === "Is anybody there?");
  await desk.reply(conversation, "I am");
  await eva.socket.wait("operator_joined");
  await eva.socket.wait("message", ({ text }) => text === "I am");
  await desk.leave();
  await eva.socket.wait("chat", ({ status }) => status === "offline");
  await jana.lease(60);
  await eva.socket.wait("chat", ({ status }) => status === "online");
  assert.equal((await tomas.get("/api/v1/presence")).operators.length, 2);
});

journey("the wire cuts, refuses, freezes, slows and heals", async ({ house, window }) => {
  const home = await house();
  const tab = await (await window()).tab(`${home.url}/healthz`);
  // A bare answer has no icon of its own.
  tab.expects(/favicon/);
  tab.expects(BROKEN_WIRE);
  const ask = () => tab.evaluate(() => fetch("/healthz").then(({ status }) => status, () => "broken"));
  const socket = (/** @type {string} */ wish) => tab.evaluate((wanted) => new Promise((resolve) => {
    const ws = new WebSocket(`ws://${location.host}/ws/visitor`);
    Object.assign(globalThis, { ws, wsEnd: new Promise((end) => (ws.onclose = ({ code }) => end(code))) });
    if (wanted === "open") ws.onopen = () => resolve("open");
  }), wish);
  const end = () => tab.evaluate(() => /** @type {any} */ (globalThis).wsEnd);

  await socket("open");
  home.wire.cut();
  assert.equal(await end(), 1006);
  assert.equal(await ask(), 200);

  home.wire.refuse();
  assert.equal(await ask(), "broken");
  home.wire.heal();
  assert.equal(await ask(), 200);

  home.wire.freeze();
  const first = await Promise.race([ask(), tab.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300, "nothing")))]);
  assert.equal(first, "nothing");
  home.wire.heal();
  assert.equal(await ask(), 200);

  home.wire.slow(200);
  const startedMs = performance.now();
  assert.equal(await ask(), 200);
  assert(performance.now() - startedMs >= 400, "there and back");
});

journey("a hidden tab is really hidden, and a window without focus is visible", async ({ site, window }) => {
  const { url } = await site({ "/": page("<main><h1>Here</h1></main>") }).then((place) => ({ url: place.url() }));
  const phone = await window({ phone: true });
  const tab = await phone.tab(url);
  const state = () => tab.evaluate(() => [document.visibilityState, document.hasFocus()]);
  assert.deepEqual(await state(), ["visible", true]);
  await tab.evaluate(() => {
    const seen = /** @type {string[]} */ (/** @type {any} */ (globalThis).seen = []);
    document.addEventListener("visibilitychange", () => seen.push(document.visibilityState));
    for (const name of ["focus", "blur"]) addEventListener(name, () => seen.push(name));
  });
  await hide(tab);
  assert.deepEqual(await state(), ["hidden", false]);
  await show(tab);
  assert.deepEqual(await state(), ["visible", true]);
  await blur(tab);
  assert.deepEqual(await state(), ["visible", false]);
  await show(tab);
  await hide(tab);
  await show(tab);
  const seen = await tab.evaluate(() => /** @type {any} */ (globalThis).seen);
  assert.deepEqual(seen.filter((/** @type {string} */ what) => what !== "focus" && what !== "blur"), ["hidden", "visible", "hidden", "visible"]);
  await tab.getByRole("heading", { name: "Here" }).click();
});

journey("two tabs of one window share what is stored, and two windows do not", async ({ site, window }) => {
  const place = await site({ "/": page("<h1>x</h1>") });
  const [one, other] = [await window(), await window()];
  const first = await one.tab(place.url());
  await first.evaluate(() => localStorage.setItem("a", "1"));
  const read = () => localStorage.getItem("a");
  assert.equal(await (await one.tab(place.url())).evaluate(read), "1");
  assert.equal(await (await other.tab(place.url())).evaluate(read), null);
});

journey("a window is as it was asked for", async ({ site, open }) => {
  const place = await site({ "/": page("<h1>x</h1>") });
  const look = () => ({
    size: [innerWidth, innerHeight],
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    touch: matchMedia("(pointer: coarse)").matches,
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
    lang: navigator.language,
  });
  const phone = await open(place.url(), { phone: true, dark: true, still: true, lang: "cs" });
  assert.deepEqual(await phone.evaluate(look), { size: [390, 844], dark: true, touch: true, still: true, lang: "cs-CZ" });
  const desk = await open(place.url());
  assert.deepEqual(await desk.evaluate(look), { size: [1280, 800], dark: false, touch: false, still: false, lang: "en-GB" });
});

/** Each kind of trouble, and what its note has to say. @type {Record<string, [string, RegExp]>} */
const TROUBLES = {
  "an exception": [`<script>setTimeout(() => { throw new Error("a bug") })</script>`, /uncaught.*a bug/],
  "a rejected promise": [`<script>Promise.reject(new Error("nobody cares"))</script>`, /uncaught.*nobody cares/],
  "an error on the console": [`<script>console.error("oh no")</script>`, /console\.error: oh no/],
  "a warning": [`<script>console.warn("beware")</script>`, /console\.warning: beware/],
  "a breach of the policy": [`<p style="color: red">red</p>`, /Content Security Policy/],
  "a missing file": [`<img src="/none.png" alt="">`, /404/],
  "a dialog": [`<script>setTimeout(() => alert("hello"))</script>`, /dialog: alert hello/],
  "a host that is not there": [`<script>fetch("http://127.0.0.1:1/").catch(() => {})</script>`, /failed request/],
};

for (const [what, [body, note]] of Object.entries(TROUBLES)) {
  journey(`${what} does not go unseen, on the page or in a frame of it`, async ({ site, window }) => {
    const place = await site({
      "/": { body: page(body), headers: { "Content-Security-Policy": "style-src 'self'" } },
      "/framed": page(`<iframe src="/" title="frame"></iframe>`),
    });
    const own = await window();
    const tab = await own.tab();
    for (const path of ["/", "/framed"]) {
      own.troubles.seen.length = 0;
      await tab.goto(place.url() + path);
      await eventually(`${what} is noted`, () => own.troubles.seen.some((trouble) => note.test(trouble)));
      assert.throws(() => own.assertCalm(), /what pages should not have met/);
    }
    tab.expects(/./);
    own.assertCalm();
  });
}

journey("what is not accessible is found, in a frame of another origin too", async ({ site, window }) => {
  const bad = page(`<main aria-label="Inner"><h1>Frame</h1><p style="color:#aaa;background:#fff">Pale words</p><input></main>`);
  const other = await site({ "/": bad });
  const place = await site({
    "/": page(`<main aria-label="Outer"><h1>Page</h1><iframe title="Frame" src="${other.url("localhost")}"></iframe></main>`),
    "/good": page(`<main><h1>Page</h1><p>Words</p></main>`),
  });
  const tab = await (await window()).tab(place.url());
  const found = (await violationsOf(tab)).join("\n");
  assert.match(found, /color-contrast.*iframe > p/s);
  assert.match(found, /label \(critical\).*iframe > input/s);
  await assert.rejects(assertAccessible(tab, "the bad one"), /not accessible: the bad one/);
  await tab.goto(`${place.url()}/good`);
  await assertAccessible(tab);
});

journey("markup that gets through is noticed, and text that is shown as it was typed is not", async ({ site, window }) => {
  assert(PAYLOADS.length >= 25 && NAMES.length >= 25);
  const place = await site({ "/": page(`<ol id="list"></ol>`) });
  const tab = await (await window()).tab(place.url());
  await tab.evaluate((texts) => {
    const lines = texts.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
    document.getElementById("list")?.append(...lines);
  }, PAYLOADS);
  for (const payload of PAYLOADS) await assertShows(tab.getByRole("listitem"), payload);
  await assertHarmless(tab);
  const dangerous = PAYLOADS.filter((payload) => /^<(script|img|svg|iframe|a |form|style|link|base|math)/.test(payload));
  const victim = await (await window()).tab();
  victim.expects(/./);
  for (const payload of dangerous) {
    await victim.goto(place.url());
    await victim.evaluate((text) => document.body.append(document.createRange().createContextualFragment(text)), payload);
    await assert.rejects(assertHarmless(victim), /harm at/, payload);
  }
});
