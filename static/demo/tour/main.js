// The tour: what it knows, whom it watches, what it draws.
import { serverClock } from "/dashboard/clock.js";
import { byId } from "/shared/dom.js";
import { formats } from "/shared/format.js";
import { remember, remembered } from "/shared/memory.js";
import { render } from "/shared/view.js";
import { join, speaker } from "/shared/words.js";
import { language } from "../language.js";
import { addressOf, enter, newTour } from "../stage.js";
import { theWorld } from "../world.js";
import * as shared from "../words/shared.js";
import * as own from "../words/tour.js";
import { allowShop, letPeopleSpeak, tourActs } from "./acts.js";
import { nothing, reduce } from "./state.js";
import { PLAYERS } from "./stories.js";
import { page } from "./view.js";
import { watch } from "./watch.js";

/** How often the clock is drawn again. */
const TICK_MS = 250;
const MEMORY = "doorbell-demo-tour";
const host = byId("app");
const dictionaries = join(shared, own);
const clock = serverClock();

const id = remembered("sessionStorage", MEMORY) || newTour();
remember("sessionStorage", MEMORY, id);

/** How many columns there is room for. */
const LAYOUTS = /** @type {const} */ ([
  ["five", matchMedia("(min-width: 2000px)")],
  ["four", matchMedia("(min-width: 1560px)")],
  ["three", matchMedia("(min-width: 1200px)")],
  ["two", matchMedia("(min-width: 900px)")],
]);
const layout = () => LAYOUTS.find(([, query]) => query.matches)?.[0] || "tabs";

const tour = /** @type {import("./acts.js").Tour} */ ({
  state: { ...nothing, language: language(), layout: layout() },
  nowMs: clock.nowMs,
  addressOf: playersAddress,
});

function draw() {
  render(host, page(tour));
}

function speak() {
  const { language: tag } = tour.state;
  if (tour.words?.language === tag) return;
  tour.words = speaker(dictionaries, tag);
  tour.times = formats(tag);
  document.documentElement.lang = tag;
  document.title = tour.words("title");
}

tour.dispatch = (event) => {
  const before = tour.state;
  tour.state = reduce(before, event);
  if (tour.state === before) return;
  speak();
  draw();
  tour.acts.goOn(before);
};

/** @param {import("./stories.js").Player} player */
function playersAddress(player) {
  const [first, second, third] = tour.state.world?.operators || [];
  const { language: lang } = tour.state;
  switch (player) {
    case "first":
    case "second":
      // A desk speaks the language of whoever sits there: it is asked for again after that has changed.
      return addressOf("/demo/desk.html", id, { operator: (player === "first" ? first : second)?.id || "", as: player, lang });
    case "phone":
      return addressOf("/demo/phone.html", id, { operator: third?.id || "" });
    default:
      return addressOf(player === "shop" ? "/demo/visitor.html" : "/demo/mailbox.html", id);
  }
}

/** @param {string} act */
const hear = (act) => (/** @type {import("../stage.js").Cue} */ { from, isFrame, what }) => {
  tour.dispatch({ type: "player", act, player: from, isFrame: isFrame === true, what });
  if (act === "here") tour.acts.isHere(from);
};
tour.stage = enter(id, "tour", { here: hear("here"), gone: hear("gone"), ready: hear("ready"), shows: hear("shows") });
tour.acts = tourActs(tour);
for (const [, query] of LAYOUTS) query.addEventListener("change", () => tour.dispatch({ type: "layout", layout: layout() }));

async function open() {
  speak();
  const world = await theWorld();
  if (!world) return tour.dispatch({ type: "trouble", trouble: "no_demo" });
  clock.start();
  await Promise.all([letPeopleSpeak(world, tour.state.language), allowShop(world)]);
  tour.dispatch({ type: "world", world });
  // Players in windows of an earlier look at this page are told that it is back.
  for (const player of PLAYERS) tour.stage.tell(player, "who-is-there");
  watch({ person: world.operators[0], nowMs: clock.nowMs, state: () => tour.state, dispatch: tour.dispatch });
  setInterval(() => document.hidden || draw(), TICK_MS);
}

open().catch(() => tour.dispatch({ type: "trouble", trouble: "no_answer" }));
