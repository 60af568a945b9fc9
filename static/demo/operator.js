// An operator's desk: log in, then the link, the state and the picture of it.
import { byId, el } from "/shared/dom.js";
import { call, world } from "/shared/http.js";
import { Link, newId } from "/shared/link.js";
import { linkSentence } from "/shared/link-sentence.js";
import { nothing, reduce } from "./operator-state.js";
import { render, renderTimer } from "./operator-view.js";

/** The browser is one device per operator, and each tab may be another operator. */
function deviceOf(operatorId) {
  const memory = `doorbell-device-${operatorId}`;
  const id = localStorage.getItem(memory) || newId();
  localStorage.setItem(memory, id);
  return { id, kind: "dashboard", name: "Browser" };
}

const SESSION = "doorbell-desk";
const REFUSALS = {
  disconnected: "There is no connection just now. Please try again in a moment.",
  timed_out: "There was no answer. Please try again.",
  rate_limited: "That was too fast. Please wait a moment and try again.",
  conflict: "Somebody was quicker. The conversation shows what holds now.",
  not_found: "This conversation is not there any more.",
};

let state = nothing;
let link = null;
let session = null;
let device = null;

function step(event) {
  state = reduce(state, event);
  if (event.type === "link" && event.link.state === "stopped") return leaveDesk(linkSentence(event.link));
  render(state, acts, device.id);
  if (event.type === "welcome" && state.selected) open(state.selected, { peek: true });
  if (event.type === "message" && event.conversation === state.selected) tellRead();
}

/** Asks over the link; a refusal becomes a sentence. */
function ask(type, fields) {
  return link.request({ type, ...fields }).catch((error) => {
    step({ type: "trouble", message: REFUSALS[error.code] || error.message });
    return null;
  });
}

const isLookedAt = () => !document.hidden && document.hasFocus();

async function open(conversation, { peek = !isLookedAt() } = {}) {
  const after = state.messages[conversation]?.at(-1)?.seq;
  const ack = await ask("open", { conversation, ...(after && { after }), ...(peek && { peek }) });
  if (!ack) return;
  step({ type: "opened", conversation: { id: conversation, ...ack.conversation }, messages: ack.messages });
  // A peek is no look: what is in view now is told as read once somebody looks.
  if (peek) tellRead();
}

function tellRead() {
  const last = state.messages[state.selected]?.at(-1);
  if (last && isLookedAt()) link?.tell({ type: "read", conversation: state.selected, seq: last.seq });
}

const acts = {
  choose: (value) => ask("presence", { state: value }),
  view: (view) => step({ type: "view", view }),
  select(conversation) {
    step({ type: "select", conversation });
    open(conversation);
    byId("text").focus();
  },
  act: (type) => ask(type, { conversation: state.selected }),
  async explain() {
    const conversation = state.selected;
    if (state.why) return step({ type: "why", conversation, explanation: null });
    try {
      const path = `/api/v1/conversations/${encodeURIComponent(conversation)}/notifications?lang=en`;
      step({ type: "why", conversation, explanation: await call("GET", path, { token: session.token }) });
    } catch (error) {
      step({ type: "trouble", message: error.message });
    }
  },
};

function sitDown(next) {
  session = next;
  sessionStorage.setItem(SESSION, JSON.stringify(next));
  device = deviceOf(next.operator.id);
  state = nothing;
  byId("login").hidden = true;
  byId("desk").hidden = false;
  link = new Link({
    url: "/ws/operator",
    hello: () => ({ type: "hello", token: session.token, device }),
  });
  link.on("frame", step);
  link.on("status", (status) => step({ type: "link", link: status }));
  link.start();
}

function leaveDesk(why) {
  sessionStorage.removeItem(SESSION);
  session = null;
  byId("desk").hidden = true;
  byId("link").hidden = true;
  byId("login").hidden = false;
  byId("login-error").textContent = why;
}

async function logIn(email, password) {
  byId("login-error").textContent = "";
  try {
    sitDown(await call("POST", "/api/v1/login", { body: { email, password } }));
  } catch (error) {
    byId("login-error").textContent = error.status === 401 ? "Email and password do not fit together." : error.message;
  }
}

byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  logIn(byId("login-email").value.trim(), byId("login-password").value);
});

byId("logout").addEventListener("click", () => {
  const { token } = session;
  link.stop({ bye: true });
  // Whether or not the answer comes: nobody sits here any more.
  call("POST", "/api/v1/logout", { token }).catch(() => {});
});

byId("hidden-button").addEventListener("click", () => {
  const own = state.operators[state.me.id] || state.me;
  ask("appear_offline", { on: !own.appear_offline });
});

const field = /** @type {HTMLTextAreaElement} */ (byId("text"));

/** The last reply that was tried: tried again, it bears the same name, and counts once. */
let draft = { conversation: "", text: "", client_id: "" };

async function reply() {
  const text = field.value.trim();
  const conversation = state.selected;
  if (!text || !conversation) return;
  if (draft.text !== text || draft.conversation !== conversation) draft = { conversation, text, client_id: newId() };
  const ack = await ask("message", draft);
  // What was typed stays until it is stored.
  if (!ack) return;
  draft = { conversation: "", text: "", client_id: "" };
  if (field.value.trim() === text) field.value = "";
  const author = { kind: "operator", id: state.me.id, name: state.me.name };
  step({ type: "message", conversation, seq: ack.seq, at: ack.at, author, text });
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  reply();
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    reply();
  }
});
document.addEventListener("visibilitychange", tellRead);
addEventListener("focus", tellRead);
setInterval(() => renderTimer(state), 1_000);

/** In the demo the three log-ins are buttons; `#OPERATOR` sits down at once. */
async function offerPeople() {
  const { operators } = await world();
  byId("people").replaceChildren(
    ...operators.map(({ name, email, password }) => el("button", { type: "button", on: { click: () => logIn(email, password) } }, name)),
  );
  const named = operators.find(({ id }) => id === location.hash.slice(1));
  if (named && !session) await logIn(named.email, named.password);
}

const kept = JSON.parse(sessionStorage.getItem(SESSION) || "null");
const asked = location.hash.slice(1);
if (kept && (!asked || kept.operator.id === asked)) sitDown(kept);
else byId("login").hidden = false;
// Outside the demo there are no people to offer.
offerPeople().catch(() => {});
