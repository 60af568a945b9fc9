// The team: who counts as what, where, since when; and why each chat box is as it is.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { isAdmin } from "../state/live.js";
import { boxName, boxWhy, boxesInOrder } from "./boxes.js";
import { deviceLine } from "./me-devices.js";
import { inOrder, personName } from "./me-standing.js";
import { empty, fetched, status, time } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").PresenceReport} PresenceReport */
/** @typedef {PresenceReport["operators"][number]} Person */

/** @param {Desk} desk */
export function team(desk) {
  const { words, state } = desk;
  return h(
    "div",
    { class: "stack team" },
    h("h1", {}, words("team_title")),
    fetched(desk, state.resources.presence, desk.acts.loadPresence, (/** @type {PresenceReport} */ report) => [people(desk, report), boxes(desk, report)]),
  );
}

/** @param {Desk} desk @param {PresenceReport} report */
function people(desk, { operators }) {
  const { words, state } = desk;
  const mayForce = isAdmin(state);
  const online = operators.filter(({ status }) => status === "online").length;
  return h(
    "section",
    { class: "stack", "aria-labelledby": "team-people", key: "people" },
    h("div", { class: "row" }, h("h2", { id: "team-people" }, words("team_people")), h("span", { class: "muted" }, words("team_about", { count: operators.length, online }))),
    !mayForce && h("p", { class: "small muted", role: "note" }, words("team_agents_cannot")),
    h("ul", { class: "rows team-people" }, ...peopleInOrder(operators).map((person) => row(desk, person, mayForce))),
    operators.length < 2 && alone(desk, mayForce),
  );
}

/**
 * Who is there first, then by name.
 *
 * @template {{ name: string, status: import("/shared/wire.js").Presence }} P
 * @param {readonly P[]} operators
 * @param {string} [language] in whose order of letters
 */
export function peopleInOrder(operators, language) {
  const ranks = { online: 0, away: 1, offline: 2 };
  return [...operators].sort((a, b) => ranks[a.status] - ranks[b.status] || a.name.localeCompare(b.name, language));
}

/** @param {Desk} desk @param {Person} person @param {boolean} mayForce */
function row(desk, person, mayForce) {
  const { words, state } = desk;
  const isMe = person.id === state.me?.id;
  return h(
    "li",
    { key: person.id, class: "person" },
    h(
      "div",
      { class: "person-head" },
      h(
        "div",
        { class: "grow" },
        h("h3", {}, personName(desk, person)),
        h(
          "p",
          { class: "facts" },
          status(person.status, words(person.status)),
          h("span", { class: "muted" }, words.pieces("devices_since", { time: time(desk, person.since, "moment") })),
          person.appear_offline && h("span", { class: "tag" }, words("team_hidden")),
        ),
        tags(desk, person),
      ),
      mayForce && !isMe && force(desk, person),
    ),
    devices(desk, person),
  );
}

/** Role, where it is known, and groups. @param {Desk} desk @param {Person} person */
function tags({ words, state }, { id }) {
  const role = id === state.me?.id ? state.me.role : state.resources.roles?.data?.[id];
  const groups = state.groups.filter(({ operators }) => operators.includes(id)).map(({ name }) => name);
  const said = [role && words(`team_${role}`), ...groups, state.groups.length > 0 && !groups.length && words("team_no_group")];
  return h("p", { class: "person-tags" }, ...said.map((text) => text && h("span", { class: "tag" }, text)));
}

/** @param {Desk} desk @param {Person} person */
function force(desk, { id, name, appear_offline: isHidden }) {
  const { words, acts } = desk;
  const [label, of] = isHidden ? ["team_unforce", "team_unforce_of"] : ["team_force", "team_force_of"];
  return h(
    "button",
    { type: "button", key: "force", title: isHidden ? null : words("team_force_about"), on: { click: () => acts.forceOffline(id, !isHidden) } },
    words(label),
    h("span", { class: "visually-hidden" }, `: ${words(of, { name })}`),
  );
}

/** Those that count; what was seen long ago is there on demand. @param {Desk} desk @param {Person} person */
function devices(desk, person) {
  const { words } = desk;
  const all = inOrder(person.devices, desk.state.device);
  const offline = all.filter(({ state }) => state === "offline");
  const rows = (/** @type {typeof all} */ list) => h("ul", { class: "person-devices" }, ...list.map((device) => h("li", { key: device.id }, deviceLine(desk, device))));
  if (!all.length) return h("p", { class: "small muted" }, words("team_no_device"));
  return [
    rows(all.filter(({ state }) => state !== "offline")),
    offline.length > 0 && h("details", { class: "small", key: "offline" }, h("summary", {}, words("team_more_devices", { count: offline.length })), rows(offline)),
  ];
}

/** @param {Desk} desk @param {boolean} mayInvite */
function alone({ words }, mayInvite) {
  const href = hashOf({ page: "settings", section: "operators", conversation: null });
  return empty(words("team_alone"), mayInvite && words("team_alone_admin"), mayInvite && h("a", { class: "button", href }, icon("plus"), words("team_invite")));
}

/** @param {Desk} desk @param {PresenceReport} report */
function boxes(desk, report) {
  return h(
    "section",
    { class: "stack", "aria-labelledby": "team-boxes", key: "boxes" },
    h("h2", { id: "team-boxes" }, desk.words("team_boxes")),
    h("p", { class: "muted" }, desk.words("team_boxes_about")),
    h(
      "div",
      { class: "team-boxes" },
      ...boxesInOrder(report.chat, desk.state.groups).map((box) =>
        h("section", { class: "card", key: box.group ?? "" }, h("h3", {}, boxName(desk, box.group)), boxWhy(desk, box, report)),
      ),
    ),
  );
}
