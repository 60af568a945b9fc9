// The mailbox that caught everything, and for each mail why it was sent, and why others were not.
import { ago, byId, clock, el } from "/shared/dom.js";
import { call, world } from "/shared/http.js";
import { decisions } from "./explanation.js";

const POLL_MS = 1_500;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

let state = { people: [], mails: [], selected: null, view: "html" };
/** Tokens by email: a log-in each is enough. */
const tokens = new Map();

/** The conversation that a mail is about: the one that its button opens. */
function conversationOf(mail) {
  const link = mail.text.split(/\s+/).find((word) => word.includes("/dashboard") && UUID.test(word));
  return link ? link.match(UUID)[0] : null;
}

async function tokenOf(person) {
  if (!tokens.has(person.email)) {
    tokens.set(person.email, call("POST", "/api/v1/login", { body: { email: person.email, password: person.password } }));
  }
  return (await tokens.get(person.email)).token;
}

async function explain(mail) {
  const place = byId("why");
  const id = conversationOf(mail);
  if (!id) {
    place.replaceChildren(el("p", { class: "muted" }, "This mail is about no conversation."));
    return;
  }
  place.replaceChildren(el("p", { class: "muted" }, "Asking…"));
  const person = state.people.find(({ email }) => mail.to.includes(email)) || state.people[0];
  try {
    const told = await call("GET", `/api/v1/conversations/${id}/notifications?lang=en`, { token: await tokenOf(person) });
    if (state.selected !== mail.id) return;
    place.replaceChildren(decisions(told, Object.fromEntries(state.people.map((one) => [one.id, one]))));
  } catch (error) {
    tokens.delete(person.email);
    place.replaceChildren(el("p", { class: "error" }, error.message));
  }
}

function show(mail) {
  state = { ...state, selected: mail.id };
  byId("none").hidden = true;
  byId("mail").hidden = false;
  byId("subject").textContent = mail.subject;
  byId("about").textContent = `to ${mail.to}, ${clock(mail.at)}`;
  // A page of its own with a policy of its own: no script of a mail runs, nothing is fetched from elsewhere.
  byId("html").setAttribute("src", `/demo/mails/${mail.id}.html`);
  byId("text").textContent = mail.text;
  renderView();
  renderList();
  explain(mail);
}

function renderView() {
  const asHtml = state.view === "html";
  byId("html").hidden = !asHtml;
  byId("text").hidden = asHtml;
  byId("as-html").setAttribute("aria-pressed", String(asHtml));
  byId("as-text").setAttribute("aria-pressed", String(!asHtml));
}

function renderList() {
  const rows = state.mails.map((mail) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", "aria-pressed": String(mail.id === state.selected), on: { click: () => show(mail) } },
        el("span", { class: "line" }, el("strong", {}, mail.to), el("span", { class: "small muted" }, ago(mail.at))),
        el("span", { class: "text" }, mail.subject),
      ),
    ),
  );
  const empty = el("li", { class: "empty" }, "No mail yet. Write in the shop while nobody is online, and wait.");
  byId("mails").replaceChildren(...(rows.length ? rows : [empty]));
}

/** Draws the list only when it has changed, so that the keyboard's place in it stays. */
async function poll() {
  try {
    const { items } = await call("GET", "/demo/mails.json");
    const changed = items.length !== state.mails.length || items[0]?.id !== state.mails[0]?.id;
    state = { ...state, mails: items };
    if (changed || !items.length) renderList();
    byId("error").hidden = true;
  } catch {
    byId("error").textContent = "The mailbox does not answer. Is the demo still running?";
    byId("error").hidden = false;
  }
  setTimeout(poll, POLL_MS);
}

for (const view of ["html", "text"]) {
  byId(`as-${view}`).addEventListener("click", () => {
    state = { ...state, view };
    renderView();
  });
}

world()
  .then(({ operators }) => {
    state = { ...state, people: operators };
  })
  .catch(() => {})
  .finally(poll);
