// The phone's picture: its body with the screen, what can be done with it, and what the server thinks.
import { h, icon } from "/shared/view.js";
import { appScreen } from "./app-view.js";
import { deeds, ground } from "./state.js";

/** @typedef {import("./acts.js").Phone} Phone */

/** @param {Phone} phone */
export function page(phone) {
  const { words, person } = phone;
  return h(
    "main",
    { class: "hand", key: "hand", "aria-label": words("phone_title", { name: person.name }) },
    h("h1", { class: "visually-hidden" }, words("phone_title", { name: person.name })),
    body(phone),
    server(phone),
    deedsRow(phone),
    owners(phone),
  );
}

/** @param {Phone} phone */
function body(phone) {
  const { state, words, times } = phone;
  const hasSignal = state.app !== "cut";
  return h(
    "section",
    { class: `body ${state.app}`, key: "body", "aria-label": words("phone_screen") },
    h(
      "div",
      { class: "status-bar", "aria-hidden": "true" },
      h("span", {}, times.clock(phone.nowMs())),
      h("span", { class: "island" }),
      h("span", { class: `signal ${hasSignal ? "" : "none"}` }, h("i"), h("i"), h("i")),
    ),
    state.app === "open" || (state.app === "cut" && state.talk) ? appScreen(phone) : home(phone),
  );
}

/** The home screen. @param {Phone} phone */
function home({ state, words, acts }) {
  const open = () => (state.app === "cut" ? acts.signal() : acts.open());
  return h(
    "div",
    { class: "home", key: "home" },
    h("button", { type: "button", class: "app-icon", "aria-label": words("phone_open_app"), on: { click: open } }, icon("bell"), state.app === "pocket" && h("span", { class: "alive" })),
    h("p", {}, words("phone_app")),
    h("p", { class: "small", role: "status" }, words(`phone_app_${state.app === "pocket" ? "background" : state.app === "cut" ? "cut" : "closed"}`)),
  );
}

/** @param {Phone} phone */
function server(phone) {
  const { state, words, times } = phone;
  const { seen } = state;
  const why = ground(seen, phone.nowMs());
  const time = why === "lease" ? times.until(seen?.until || 0, phone.nowMs()) : why === "stale" ? times.clock(seen?.last_seen || 0) : "";
  const presence = seen?.state || "offline";
  return h(
    "section",
    { class: "server", key: "server", "aria-label": words("phone_server") },
    h("p", { class: "small muted" }, words("phone_server")),
    h("p", { class: "verdict" }, h("span", { class: `status ${presence}` }, words(presence)), " ", h("span", { class: "small muted countdown" }, words(`phone_server_${why}`, { time }))),
  );
}

/** @type {Record<string, string>} */
const ICONS = { open: "phone", pocket: "down", cut: "alert", signal: "refresh", swipe: "close" };

/** @param {Phone} phone */
function deedsRow({ state, words, acts }) {
  return h(
    "div",
    { class: "deeds", key: "deeds", role: "group", "aria-label": words("phone_deeds") },
    ...deeds(state.app).map((deed) => h("button", { type: "button", key: deed, on: { click: () => acts[deed]() } }, icon(ICONS[deed]), words(`phone_${deed}`))),
  );
}

/** Another one takes the phone; in a tour it is one person's. @param {Phone} phone */
function owners({ words, person, people, acts }) {
  if (window.parent !== window) return null;
  const hand = async (/** @type {any} */ event) => {
    await acts.swipe();
    location.search = String(new URLSearchParams({ operator: event.target.value }));
  };
  return h(
    "div",
    { class: "owners", key: "owners" },
    h("label", { for: "owner" }, words("phone_whose")),
    h("select", { id: "owner", value: person.id, on: { change: hand } }, ...people.map(({ id, name }) => h("option", { value: id, key: id }, name))),
  );
}
