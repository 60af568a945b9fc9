// The phone: the mobile app of somebody who lives in the demo, played by a page.
import { serverClock } from "/dashboard/clock.js";
import { byId } from "/shared/dom.js";
import { formats } from "/shared/format.js";
import { h, render } from "/shared/view.js";
import { join, speaker } from "/shared/words.js";
import { language } from "../language.js";
import { play } from "../stage.js";
import { theWorld } from "../world.js";
import * as own from "../words/phone.js";
import * as shared from "../words/shared.js";
import { phoneActs } from "./acts.js";
import { nothing, reduce } from "./state.js";
import { page } from "./view.js";

/** How often what ages is drawn again. */
const TICK_MS = 1_000;
const host = byId("app");
const dictionaries = join(own, shared);
const clock = serverClock();

const phone = /** @type {import("./acts.js").Phone} */ ({ state: nothing, nowMs: clock.nowMs });

function draw() {
  render(host, page(phone));
  const messages = host.querySelector(".messages");
  if (messages) messages.scrollTop = messages.scrollHeight;
}

/** @param {import("/shared/words.js").LanguageTag} tag */
function speak(tag) {
  phone.words = speaker(dictionaries, tag);
  phone.times = formats(tag);
  document.documentElement.lang = tag;
}

phone.dispatch = (event) => {
  const before = phone.state;
  phone.state = reduce(before, event);
  if (phone.state !== before) draw();
};

async function open() {
  speak(language());
  const world = await theWorld();
  if (!world) return render(host, h("main", { class: "lost" }, h("p", { role: "alert" }, phone.words("no_demo"))));
  const wanted = new URLSearchParams(location.search).get("operator");
  phone.people = world.operators;
  phone.person = world.operators.find(({ id }) => id === wanted) || world.operators[world.operators.length - 1];
  phone.acts = phoneActs(phone);
  document.title = phone.words("phone_title", { name: phone.person.name });
  const { tell } = play("phone", {
    open: ({ state }) => phone.acts.open(state === "away" ? "away" : "online"),
    swipe: () => phone.acts.swipe(),
    pocket: () => phone.acts.pocket(),
    read: () => phone.acts.readNewest(),
    why: () => phone.acts.why(),
    language({ language: tag }) {
      speak(tag === "cs" ? "cs" : "en");
      draw();
    },
  });
  phone.tell = tell;
  clock.start();
  draw();
  phone.acts.watch();
  setInterval(() => document.hidden || draw(), TICK_MS);
  tell("ready");
}

open();
