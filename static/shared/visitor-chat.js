// The visitor's chat: its state as a pure reducer, and its panel. Used by the demo's shop and by the widget's page.
import { Link, linkSentence } from "./link.js";
import { byId, clock, el, newId } from "./dom.js";

const TYPING_MS = 3_000;
/** Refusals after which the same message may go through later. */
const PASSING = new Set(["disconnected", "unavailable", "rate_limited"]);

/** Nothing known yet. */
export const nothing = {
  link: { state: "connecting" },
  box: null,
  visitor: null,
  messages: [],
  /** Messages of one's own that the server has not acknowledged: `{ client_id, text, failed? }`. */
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
      const known = talk ? merge(state.messages, talk.messages) : [];
      return { ...settle(state, known), box: event.chat, visitor: event.visitor, readSeq: talk ? talk.read_seq || 0 : 0 };
    }
    case "chat":
      return { ...state, box: event };
    case "message":
      return { ...settle(state, merge(state.messages, [event])), typing: null };
    case "read":
      return { ...state, readSeq: Math.max(state.readSeq, event.seq) };
    case "typing":
      return { ...state, typing: event.on ? event.name || "Somebody" : null };
    case "written":
      return { ...state, waiting: [...state.waiting.filter((w) => w.client_id !== event.client_id), { client_id: event.client_id, text: event.text }] };
    case "acknowledged": {
      const { client_id, text, seq, at } = event;
      return settle(state, merge(state.messages, [{ seq, at, author: { kind: "visitor" }, text, client_id }]));
    }
    case "failed":
      return { ...state, waiting: state.waiting.map((w) => (w.client_id === event.client_id ? { ...w, failed: event.why } : w)) };
    case "identified":
      return { ...state, visitor: { ...state.visitor, email: event.email } };
    default:
      return state;
  }
}

/** What is stored waits no longer. */
function settle(state, messages) {
  const stored = new Set(messages.map((m) => m.client_id).filter(Boolean));
  return { ...state, messages, waiting: state.waiting.filter((w) => !stored.has(w.client_id)) };
}

function merge(known, more) {
  const bySeq = new Map(known.map((m) => [m.seq, m]));
  for (const message of more) bySeq.set(message.seq, { ...bySeq.get(message.seq), ...message });
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** What the box says on top. */
export function boxSentence(box) {
  if (!box) return "";
  return box.status === "online" ? "We are online" : "We are away: leave a message, we will get it by email";
}

/** A system message in words. */
export function eventSentence(message) {
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
  let currentGroup = group;
  let typingTimer = 0;

  const step = (event) => {
    state = reduce(state, event);
    if (event.type === "welcome") {
      localStorage.setItem(memory, event.visitor.token);
      for (const w of state.waiting) if (!w.failed) send(w);
    }
    render();
    if (event.type === "message" || event.type === "welcome") tellRead();
  };

  const send = ({ client_id, text }) =>
    link.request("message", { text, client_id }).then(
      (ack) => step({ type: "acknowledged", client_id, text, seq: ack.seq, at: ack.at }),
      // A broken connection is no failure: the same message goes out again after the next welcome, and counts once.
      (error) => error.code !== "disconnected" && step({ type: "failed", client_id, why: error }),
    );

  const write = (text, client_id = newId()) => {
    step({ type: "written", client_id, text });
    send({ client_id, text });
  };

  const tellRead = () => {
    const last = state.messages.at(-1);
    if (last && last.author.kind === "operator" && !document.hidden) link?.tell("read", { seq: last.seq });
  };

  const open = () => {
    link = new Link({
      path: "/ws/visitor",
      hello: () => {
        const after = state.messages.at(-1)?.seq;
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
      onFrame: step,
      onState: (now) => step({ type: "link", link: now }),
    });
  };

  const field = /** @type {HTMLTextAreaElement} */ (byId("text"));
  const submit = () => {
    const text = field.value.trim();
    if (!text || state.link.state === "stopped") return;
    write(text);
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
    if (!typingTimer) link?.tell("typing", { on: true });
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => {
      typingTimer = 0;
      link?.tell("typing", { on: false });
    }, TYPING_MS);
  });
  byId("identify").addEventListener("submit", (event) => {
    event.preventDefault();
    const email = /** @type {HTMLInputElement} */ (byId("email")).value.trim();
    link?.request("identify", { email }).then(() => step({ type: "identified", email }), showIdentifyError);
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
    const again = el("button", { type: "button", on: { click: () => write(text, client_id) } }, "Try again");
    const why = failed.code === "too_long" ? "Too long: at most 4,000 characters." : "Not sent.";
    return el("li", { class: "own" }, text, el("span", { class: "about error" }, why), PASSING.has(failed.code) ? again : null);
  }

  open();
  return {
    /** The page's group changes. */
    setGroup(next) {
      currentGroup = next;
      return link.request("group", { group: next || null });
    },
    /** The visitor leaves at once. */
    leave() {
      link.stop("You have left the shop.", { bye: true });
    },
    /** The visitor comes back. */
    comeBack() {
      if (state.link.state === "stopped") open();
    },
    /** Somebody else sits down at this browser. */
    forget() {
      link.stop("", { bye: true });
      localStorage.removeItem(memory);
      state = nothing;
      open();
    },
  };
}
