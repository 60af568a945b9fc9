// The mailbox that catches everything that the demo's server sends.
import { serverClock } from "/dashboard/clock.js";
import { byId } from "/shared/dom.js";
import { formats } from "/shared/format.js";
import { call } from "/shared/http.js";
import { render } from "/shared/view.js";
import { join, speaker } from "/shared/words.js";
import { language } from "../language.js";
import { play } from "../stage.js";
import { callAs, theWorld } from "../world.js";
import * as own from "../words/mailbox.js";
import * as shared from "../words/shared.js";
import { nothing, reduce, selectedLetter } from "./state.js";
import { page } from "./view.js";

const LOOK_EVERY_MS = 800;
const host = byId("app");
const dictionaries = join(own, shared);
const clock = serverClock();

const mailbox = /** @type {import("./view.js").Mailbox} */ ({ state: nothing, nowMs: clock.nowMs });

function draw() {
  render(host, page(mailbox));
}

/** @param {import("/shared/words.js").LanguageTag} tag */
function speak(tag) {
  mailbox.words = speaker(dictionaries, tag);
  mailbox.times = formats(tag);
  document.documentElement.lang = tag;
  document.title = mailbox.words("mail_title");
}

/** @param {import("./state.js").Event} event */
function dispatch(event) {
  mailbox.state = reduce(mailbox.state, event);
  draw();
}

/** Asks why the opened letter was sent, as whoever got it. */
async function explain() {
  const { people } = mailbox.state;
  const letter = selectedLetter(mailbox.state);
  if (!letter?.conversation || !people.length) return;
  const { conversation, operator } = letter;
  const person = people.find(({ id }) => id === operator) || people[0];
  const path = `/api/v1/conversations/${encodeURIComponent(conversation)}/notifications?lang=${mailbox.words.language}`;
  const explanation = await callAs(person, "GET", path).catch(() => "failed");
  dispatch({ type: "explained", conversation, explanation });
}

mailbox.acts = {
  select(id) {
    dispatch({ type: "selected", id });
    if (id !== null) explain();
  },
  view: (view) => dispatch({ type: "view", view }),
};

/** Takes in what has come. */
async function take() {
  const { items } = await call("GET", "/demo/mails.json");
  dispatch({ type: "letters", items });
}

/** Looks again and again what has come, and what became of the letter that is open. */
async function look() {
  if (!document.hidden) {
    try {
      await take();
      if (mailbox.state.view === "why") await explain();
    } catch {
      dispatch({ type: "lost" });
    }
  }
  setTimeout(look, LOOK_EVERY_MS);
}

async function open() {
  speak(language());
  const world = await theWorld();
  if (!world) return dispatch({ type: "lost" });
  dispatch({ type: "people", people: world.operators });
  clock.start();
  const stage = play("mailbox", {
    // What has come until now belongs to the story before.
    begin: () => take().then(() => dispatch({ type: "begin" }), () => {}),
    language({ language: tag }) {
      speak(tag === "cs" ? "cs" : "en");
      draw();
      explain();
    },
  });
  await look();
  stage.tell("ready");
}

open();
