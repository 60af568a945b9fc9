// The visitor's chat: its state as a pure reducer, and its panel. Used by the demo's shop and by the widget's page.
import { byId, clock, el } from "./dom.js";
import { Link } from "./link.js";
import { linkSentence } from "./link-sentence.js";
import { Thread } from "./thread.js";

const TYPING_MS = 3_000;

/** Nothing known yet. */
export const nothing = {
  link: { state: "connecting" },
  box: null,
  visitor: null,
  /** The thread's: what was said, and what of one's own is not stored yet. */
  messages: [],
  waiting: [],
  readSeq: 0,
  typing: null,
};

/** A step: the state and what happened give the next state. */
export function reduce(state, event) {
  switch (event.type) {
    case "link":
      return { ...state, link: event.link, typing: event.link.state === "open" ? state.typing : null };
    case "welcome": {
      const talk = event.conversation;
      return { ...state, box: event.chat, visitor: event.visitor, readSeq: talk ? talk.read_seq || 0 : 0 };
    }
    case "chat":
      return { ...state, box: event };
    case "message":
      return { ...state, typing: null };
    case "thread":
      return { ...state, messages: event.messages, waiting: event.waiting };
    case "read":
      return { ...state, readSeq: Math.max(state.readSeq, event.seq) };
    case "typing":
      return { ...state, typing: event.on ? event.name || "Somebody" : null };
    case "identified":
      return { ...state, visitor: { ...state.visitor, email: event.email } };
    default:
      return state;
  }
}

/** What the box says on top. */
export function boxSentence(box) {
  if (!box) return "";
  return box.status === "online" ? "We are online" : "We are away: leave a message, we will get it by email";
}

/** A system message in words. */
export function eventSentence(message) {
  // The server says it in the reader's language.
  if (message.text) return message.text;
  const who = message.event?.operator?.name || message.author?.name || "An operator";
  switch (message.event?.code) {
    case "joined":
      return `${who} joined`;
    case "left":
      return `${who} left`;
    case "transferred":
      return "The conversation was handed over";
    case "closed":
      return "The conversation was closed";
    default:
      return message.text || "";
  }
}

/**
 * Starts the chat in the elements with the ids `box`, `link`, `messages`, `typing`, `composer`, `text`, `identify`, `email`.
 *
 * @param {{ key: string, group?: string }} options
 */
export function startVisitorChat({ key, group }) {
  const memory = `doorbell-visitor-${key}`;
  let state = nothing;
  let link = null;
  let thread = null;
  let currentGroup = group;
  let typingTimer = 0;

  const step = (event) => {
    state = reduce(state, event);
    if (event.type === "welcome") localStorage.setItem(memory, event.visitor.token);
    render();
    if (event.type === "message" || event.type === "welcome") tellRead();
  };

  const tellRead = () => {
    const last = state.messages.at(-1);
    if (last && last.author.kind === "operator" && !document.hidden) link?.tell({ type: "read", seq: last.seq });
  };

  const open = () => {
    link = new Link({
      url: "/ws/visitor",
      hello: () => {
        const after = thread.lastSeq;
        const visitor = localStorage.getItem(memory);
        return {
          type: "hello",
          key,
          ...(visitor && { visitor }),
          ...(currentGroup && { group: currentGroup }),
          page: { url: document.referrer && window.parent !== window ? document.referrer : location.href, title: document.title },
          ...(after && { after }),
        };
      },
    });
    thread = Thread.ofVisitor(link);
    // First the thread: whoever hears of a message finds it in its place.
    thread.on("change", ({ messages, waiting }) => step({ type: "thread", messages, waiting }));
    link.on("frame", step);
    link.on("status", (status) => step({ type: "link", link: status }));
    link.start();
  };

  const field = /** @type {HTMLTextAreaElement} */ (byId("text"));
  const submit = () => {
    const text = field.value.trim();
    if (!text || state.link.state === "stopped") return;
    thread.send(text);
    field.value = "";
    clearTimeout(typingTimer);
    typingTimer = 0;
    field.focus();
  };
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  field.addEventListener("input", () => {
    if (!typingTimer) link?.tell({ type: "typing", on: true });
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => {
      typingTimer = 0;
      link?.tell({ type: "typing", on: false });
    }, TYPING_MS);
  });
  byId("identify").addEventListener("submit", (event) => {
    event.preventDefault();
    const email = /** @type {HTMLInputElement} */ (byId("email")).value.trim();
    link?.request({ type: "identify", email }).then(() => step({ type: "identified", email }), showIdentifyError);
  });
  document.addEventListener("visibilitychange", tellRead);

  const showIdentifyError = () => {
    byId("identify-error").textContent = "This address was not accepted. Please check it.";
  };

  function render() {
    const bar = linkSentence(state.link);
    byId("link").textContent = bar;
    byId("link").hidden = !bar;
    byId("box").textContent = boxSentence(state.box);
    byId("box").className = `status ${state.box?.status === "online" ? "online" : "offline"}`;
    const messages = byId("messages");
    const wasAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
    messages.replaceChildren(...state.messages.map(stored), ...state.waiting.map(unsent));
    if (wasAtEnd) messages.scrollTop = messages.scrollHeight;
    byId("typing").textContent = state.typing ? `${state.typing} is typing…` : "";
    // No form before the first message, and none while somebody is there to ask.
    byId("identify").hidden = !(state.messages.length && state.box?.status !== "online" && state.visitor && !state.visitor.email);
  }

  function stored(message) {
    if (message.author.kind === "system") return el("li", { class: "system" }, eventSentence(message));
    const own = message.author.kind === "visitor";
    const mark = own ? (message.seq <= state.readSeq ? "read" : "sent") : message.author.name || "";
    return el("li", { class: own ? "own" : "" }, message.text, el("span", { class: "about" }, `${mark} ${clock(message.at)}`));
  }

  function unsent({ client_id, text, failed }) {
    if (!failed) return el("li", { class: "own" }, text, el("span", { class: "about" }, "sending…"));
    // What may go through later is tried again by itself.
    const again = el("button", { type: "button", on: { click: () => thread.retry(client_id) } }, "Try again");
    const why = failed === "too_long" ? "Too long: at most 4,000 characters." : "Not sent.";
    return el("li", { class: "own" }, text, el("span", { class: "about error" }, why), failed === "too_long" ? null : again);
  }

  open();
  return {
    /** The page's group changes. */
    setGroup(next) {
      currentGroup = next;
      return link.request({ type: "group", group: next || null });
    },
    /** The visitor leaves at once. */
    leave() {
      link.stop({ bye: true, reason: "You have left the shop." });
    },
    /** The visitor comes back. */
    comeBack() {
      link.start();
    },
    /** Somebody else sits down at this browser. */
    forget() {
      thread.end();
      link.stop({ bye: true });
      localStorage.removeItem(memory);
      state = nothing;
      open();
    },
  };
}
