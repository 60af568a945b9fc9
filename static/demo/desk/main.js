// A desk of the demo: the dashboard itself, as somebody who lives here. Several of them stand side by side in one browser, since
// each has a token instead of the browser's one cookie.
import { openDesk } from "/dashboard/desk.js";
import { byId } from "/shared/dom.js";
import { call } from "/shared/http.js";
import { h, render } from "/shared/view.js";
import { join, speaker } from "/shared/words.js";
import { language } from "../language.js";
import { play, tourOf } from "../stage.js";
import { deviceId, forgetToken, theWorld, tokenOf } from "../world.js";
import * as own from "../words/desk.js";
import * as shared from "../words/shared.js";

/** @typedef {import("../world.js").Person} Person */
/** @typedef {import("/dashboard/desk.js").Desk} Desk */

/** As briefly as a lease can last: it says how the device is, and keeps nobody there. */
const LEASE_S = 1;
const host = byId("app");
const asked = new URLSearchParams(location.search);
const words = speaker(join(own, shared), language());

/** The desk while somebody sits at it. @type {Desk | null} */
let desk = null;
/** What was chosen before somebody sat there. @type {"online" | "away" | "offline" | null} */
let wanted = null;

/** In a tour a desk begins with nobody at it: a device that is new is away, before its socket would say that it is online. */
async function comeAway(/** @type {{ token: string, device: { id: string, kind: string, name: string }, person: Person }} */ { token, device, person }) {
  const { operators } = await call("GET", "/api/v1/presence", { token });
  const known = operators.find((/** @type {Person} */ { id }) => id === person.id)?.devices || [];
  if (known.some((/** @type {{ id: string }} */ { id }) => id === device.id)) return;
  await call("PUT", "/api/v1/presence", { token, body: { device, state: "away", ttl_s: LEASE_S } });
}

/** @param {Person} person @returns {Promise<{ me: import("/shared/wire.js").Operator, token: string }>} */
async function logIn(person) {
  const token = await tokenOf(person);
  try {
    return { me: await call("GET", "/api/v1/me", { token }), token };
  } catch (/** @type {any} */ error) {
    if (error.status !== 401) throw error;
    forgetToken(person);
    return logIn(person);
  }
}

/** @param {Person} person @param {Person[]} people */
async function sitDown(person, people) {
  const { me, token } = await logIn(person);
  const device = { id: deviceId("desk", person), kind: "dashboard", name: "Laptop" };
  if (tourOf()) await comeAway({ token, device, person });
  render(host);
  desk = openDesk({ host, me, token, device, onLeave: () => leave(person, people) });
  const sat = desk;
  sat.link.on("welcome", () => chooseWanted(sat));
  // Two desks side by side would ring at once.
  if (window.parent !== window && desk.keep.preferences.sound === undefined) desk.acts.prefer({ sound: false });
}

/** @param {Person} person @param {Person[]} people */
function leave(person, people) {
  desk = null;
  forgetToken(person);
  offer(words("desk_left", { name: person.name }), [person, ...people.filter(({ id }) => id !== person.id)], people);
}

/** @param {string} title @param {Person[]} chairs @param {Person[]} people */
function offer(title, chairs, people) {
  const chair = (/** @type {Person} */ person) => h("button", { type: "button", key: person.id, on: { click: () => sitDown(person, people).catch(lost) } }, words("desk_sit_down", { name: person.name }));
  render(host, h("main", { class: "chairs", key: "chairs" }, h("h1", {}, title), ...chairs.map(chair)));
}

function lost() {
  render(host, h("main", { class: "chairs", key: "lost" }, h("p", { class: "error", role: "alert" }, words("no_answer"))));
}

/** Chooses a state as soon as there is a connection. @param {"online" | "away" | "offline"} state */
function choose(state) {
  wanted = state;
  if (desk?.link.isOpen) chooseWanted(desk);
}

/** @param {Desk} at */
function chooseWanted(at) {
  if (wanted) at.acts.chooseState(wanted);
  wanted = null;
}

async function open() {
  document.documentElement.lang = words.language;
  const world = await theWorld();
  if (!world) return lost();
  const people = world.operators;
  // `#ID` is how one links to a desk by hand; behind the # the dashboard then keeps its own place.
  const named = asked.get("operator") || location.hash.slice(1);
  const person = people.find(({ id }) => id === named);
  if (!person) return offer(words("desk_title"), people, people);
  if (location.hash.slice(1) === person.id) history.replaceState(null, "", `${location.pathname}?${new URLSearchParams({ operator: person.id })}`);
  await sitDown(person, people);
}

const as = asked.get("as") === "second" ? "second" : "first";
const stage = play(as, {
  choose: ({ state }) => choose(state === "online" || state === "away" ? state : "offline"),
});

open().then(() => stage.tell("ready"), lost);
