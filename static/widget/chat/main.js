// The chat in its frame, `/widget/{key}`: what happens becomes the next state, and the state is drawn. Without a loader around it the
// page stands by itself, and is always open.
import { Link } from "/shared/link.js";
import { Thread } from "/shared/thread.js";
import { render } from "/shared/view.js";
import { chooseLanguage } from "/shared/words.js";
import { actsOf, focusField, ringOnce, say } from "./acts.js";
import { browserStore, isHosted, meetHost, Memory, nobody, unsentId } from "./around.js";
import { colorOf, onColor, styleOf, voiceOf } from "./looks.js";
import { boxWords, panel } from "./panel.js";
import { nothing, reduce, statusOf, toRead, unreadLen } from "./state.js";

/** Close codes that mean that there is no chat here: this web site may have none, or the key is none. */
const NO_CHAT = [4003, 4004];

const key = decodeURIComponent(location.pathname.split("/")[2]);
const hosted = isHosted();
const host = hosted ? await meetHost() : nobody();
const memory = new Memory(key, browserStore() ?? host.store);
const root = document.documentElement;

/** @type {import("./types.js").Settings} */
let settings = {};
let page = { url: document.referrer || location.href, title: "" };
/** @type {import("./looks.js").Voice | null} */
let voice = null;
let state = { ...nothing, isOpen: !hosted, isVisible: !document.hidden, draft: memory.get("draft"), hasSound: memory.get("sound") === "on" };
/** Who this tab said that it is, or was told. */
let token = "";
/** What was there already when the page came is no news. */
let isCaughtUp = false;
let buttonStyle = "";
let lookTold = "";

const link = new Link({
  url: "/ws/visitor",
  hello() {
    token = memory.get("visitor");
    const known = { ...(token && { visitor: token }), ...(thread.lastSeq && { after: thread.lastSeq }) };
    return { type: "hello", key, page, locale: voice?.words.language, ...(settings.group && { group: settings.group }), ...known };
  },
});
const thread = Thread.ofVisitor(link, { waiting: memory.unsent() });
const acts = actsOf({ link, thread, memory, host, step, state: () => state });

/** @param {import("./types.js").Event} event */
function step(event) {
  const before = state;
  state = reduce(state, event);
  if (state.waiting !== before.waiting) memory.keep(before.waiting, state.waiting);
  const seq = toRead(state);
  if (seq && link.tell({ type: "read", seq })) {
    memory.set("seen", `${thread.id} ${seq}`);
    state = reduce(state, { type: "seen", seq });
  }
  draw();
}

function draw() {
  if (!voice) return;
  const { words } = voice;
  const look = { type: "look", css: buttonStyle, title: settings.title || words("title"), status: statusOf(state), unread: unreadLen(state) };
  const news = look.unread ? words("unread", { count: look.unread }) : "";
  const label = [look.title, boxWords(state, words), news].filter(Boolean).join(". ");
  if (lookTold !== look.css + label) host.tell({ ...look, label });
  lookTold = look.css + label;
  // Closed, it is not worth the work.
  if (state.isOpen) render(document.body, panel(state, { voice, settings, acts, isHosted: hosted }));
}

/** The colours of now: of the page's wish, and of the light. */
function paint() {
  const color = colorOf(settings.color);
  root.style.setProperty("--accent", color);
  root.style.setProperty("--on-accent", color && onColor(color));
  const computed = getComputedStyle(root);
  buttonStyle = styleOf(settings.position === "left" ? "left" : "right", (name) => computed.getPropertyValue(`--${name}`).trim());
  draw();
}

/** What the page says of itself, at first and whenever it says something else. @param {import("./types.js").Settings} next */
async function take(next) {
  const { group } = settings;
  settings = next;
  // Without a connection the next hello says it.
  if (group !== next.group && link.isOpen) link.request({ type: "group", group: next.group || null }).catch(() => {});
  introduce();
  const language = chooseLanguage([next.language, next.lang, ...navigator.languages]);
  if (language !== voice?.words.language) {
    const spoken = await voiceOf(language);
    // Meanwhile it said something else again.
    if (settings !== next) return;
    voice = spoken;
    root.lang = language;
  }
  document.title = next.title || voice.words("title");
  paint();
}

/** Tells who the visitor is, where the page knows better than the server. */
function introduce() {
  const { visitor } = state;
  const { name, email } = settings;
  const who = { ...(name && name !== visitor?.name && { name }), ...(email && email !== visitor?.email && { email }) };
  if (!visitor || !link.isOpen || !Object.keys(who).length) return;
  link.request({ type: "identify", ...who }).then(() => step({ type: "identified", who }), ({ code, message }) => {
    if (code !== "disconnected") console.warn(`doorbell: identify: ${message}`);
  });
}

/** @param {{ url: string, title: string }} next */
function follow(next) {
  page = next;
  link.tell({ type: "page", ...page });
}

/** @param {boolean} isOpen @param {boolean} takesFocus */
function toggle(isOpen, takesFocus) {
  if (!isOpen) acts.restFromTyping();
  step({ type: "set", fields: { isOpen } });
  if (takesFocus) focusField();
}

/** Another tab of this browser was first: whoever it became, this one is too. */
function joinOtherTab() {
  isCaughtUp = false;
  state = { ...state, visitor: null };
  link.stop();
  link.start();
}

/** @param {any} welcome */
function welcomed(welcome) {
  const known = memory.get("visitor");
  if (known && known !== token && !welcome.conversation) return joinOtherTab();
  token = welcome.visitor.token;
  memory.set("visitor", token);
  isCaughtUp = true;
  step(welcome);
  introduce();
  // What a tab wrote that is gone now.
  const here = new Set([...thread.waiting, ...thread.messages].map(({ client_id }) => client_id));
  for (const { client_id, text, failed } of memory.unsent()) if (!failed && !here.has(client_id)) thread.send(text, client_id);
}

/** @param {any} frame */
const told = (frame) => step(frame);

thread.on("change", ({ messages, waiting, hasOlder }) => step({ type: "thread", messages, waiting, hasOlder }));
thread.on("message", ({ seq, at, author, text }) => {
  step({ type: "message", author });
  if (!isCaughtUp) return;
  host.tell({ type: "message", message: { from: author.kind, name: author.name || null, text, at, seq } });
  const isLookedAt = state.isOpen && state.isVisible && document.hasFocus();
  if (author.kind === "operator" && state.hasSound && !isLookedAt) ringOnce(memory, `${thread.id} ${seq}`);
});
link.on("welcome", welcomed);
link.on("chat", told);
link.on("read", told);
link.on("typing", told);
link.on("status", (status) => {
  step({ type: "link", link: status });
  if (status.state === "stopped" && NO_CHAT.includes(status.code)) host.tell({ type: "stopped", reason: `${status.code} ${status.reason}` });
});
memory.onChange((name, value) => {
  const [id, seq] = value.split(" ");
  if (name === "visitor" && value && value !== token && !thread.id && link.isOpen) joinOtherTab();
  if (name === "seen" && id === thread.id) step({ type: "seen", seq: Number(seq) });
  if (!value && unsentId(name)) thread.discard(unsentId(name));
});
document.addEventListener("visibilitychange", () => step({ type: "set", fields: { isVisible: !document.hidden } }));
document.addEventListener("keydown", ({ key: pressed, isComposing }) => pressed === "Escape" && !isComposing && acts.close());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
// A page with an open socket is not kept for the way back: it would be loaded anew.
addEventListener("pagehide", () => link.stop());
addEventListener("pageshow", ({ persisted }) => persisted && link.start());
take(host.settings).then(() => link.start());
host.listen({ settings: take, page: follow, open: toggle, send: (text) => say(thread, text) });
