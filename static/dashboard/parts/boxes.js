// Bottom left: the chat box as visitors see it, and why it is so.
import { h, icon } from "/shared/view.js";
import { answering } from "../state/audience.js";
import { signsOf } from "./me-devices.js";
import { devicesBehind, deviceName, personName } from "./me-standing.js";
import { dialog, fetched, status } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").ChatBox} ChatBox */
/** @typedef {import("/shared/wire.js").PresenceReport} PresenceReport */

/** @param {Desk} desk */
export function boxes(desk) {
  const { words, state } = desk;
  if (!state.welcomes) return null;
  const known = boxesInOrder(state.boxes, state.groups);
  return h(
    "section",
    { class: "boxes", "aria-labelledby": "boxes-title", key: "boxes" },
    h("p", { class: "rail-title", id: "boxes-title" }, words("boxes")),
    h("ul", {}, ...known.map((box) => h("li", { key: box.group ?? "" }, boxButton(desk, box)))),
  );
}

/** The account's first, then the groups by their names. @param {readonly ChatBox[]} boxes @param {readonly import("/shared/wire.js").Group[]} groups */
export function boxesInOrder(boxes, groups) {
  const name = (/** @type {ChatBox} */ { group }) => groups.find(({ id }) => id === group)?.name ?? "";
  return [...boxes].sort((a, b) => name(a).localeCompare(name(b)));
}

/** Whose box it is. @param {Desk} desk @param {string | null} group */
export function boxName({ words, state }, group) {
  if (group) return state.groups.find(({ id }) => id === group)?.name ?? words("boxes");
  return words(state.boxes.length > 1 ? "boxes_account" : "boxes_whole");
}

/** @param {Desk} desk @param {ChatBox} box */
function boxButton(desk, box) {
  const { words } = desk;
  const name = boxName(desk, box.group);
  return h(
    "button",
    { type: "button", class: "box", title: words("boxes_why"), on: { click: () => desk.dispatch({ type: "open", name: "box", about: { group: box.group } }) } },
    h("span", { class: "grow ellipsis" }, name),
    status(box.status, words(box.status), "small"),
    (box.stale || desk.state.link.state !== "open") && h("span", { class: "tag" }, words("boxes_stale")),
    h("span", { class: "visually-hidden" }, words("boxes_why")),
  );
}

/** @param {Desk} desk */
export function boxDialog(desk) {
  const { words, state } = desk;
  const group = state.open?.about?.group ?? null;
  const known = state.boxes.find((box) => box.group === group);
  return dialog(desk, "box", words(`box_why_${known?.status ?? "offline"}`, { box: boxName(desk, group) }), () => [
    fetched(desk, state.resources.presence, desk.acts.loadPresence, (/** @type {PresenceReport} */ report) => {
      const box = report.chat.find((one) => one.group === group);
      return box ? [h("p", { class: "muted" }, words(`box_${box.status}_about`)), boxWhy(desk, box, report)] : h("p", {}, words("refused_not_found"));
    }),
  ]);
}

/**
 * Why a box is as it is: who keeps it online, on which device; or who could, and how they are.
 *
 * @param {Desk} desk
 * @param {ChatBox} box
 * @param {PresenceReport} report
 */
export function boxWhy(desk, box, report) {
  const { words, times, nowMs } = desk;
  const since = words("devices_since", { time: times.moment(box.since, nowMs()) });
  const isOnline = box.status === "online";
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "facts" }, status(box.status, words(box.status)), h("span", { class: "muted" }, since)),
    box.stale && h("p", { class: "notice", role: "note" }, icon("alert"), " ", words("box_stale")),
    h("ul", { class: "rows" }, ...(isOnline ? because(desk, box, report) : audience(desk, box, report))),
  );
}

/** @param {Desk} desk @param {ChatBox} box @param {PresenceReport} report */
function because(desk, box, { operators }) {
  return (box.because ?? []).map(({ operator, device, last_seen }) => {
    const who = operators.find(({ id }) => id === operator);
    const where = who?.devices.find(({ id }) => id === device);
    const name = deviceName(desk, where ?? { id: device });
    return h(
      "li",
      { key: `${operator} ${device}` },
      icon(where?.kind === "mobile" ? "phone" : "laptop"),
      h(
        "div",
        { class: "grow" },
        h("p", {}, desk.words.pieces("box_because", { name: h("strong", {}, who?.name ?? desk.words("somebody")), device: name })),
        h("p", { class: "small muted facts" }, where?.state === "reconnecting" && status("reconnecting", desk.words("reconnecting")), signsOf(desk, { ...where, last_seen })),
      ),
    );
  });
}

/** @param {Desk} desk @param {ChatBox} box @param {PresenceReport} report */
function audience(desk, box, { operators }) {
  const { words } = desk;
  return answering(box.group, operators, desk.state.groups).map((one) => {
    const behind = devicesBehind(one.status, one.devices).map((device) => deviceName(desk, device));
    return h(
      "li",
      { key: one.id },
      h("span", { class: "grow" }, personName(desk, one)),
      h(
        "span",
        { class: "small facts" },
        status(one.status, words(one.status)),
        one.appear_offline && h("span", { class: "muted" }, words("team_hidden")),
        behind.length > 0 && h("span", { class: "muted" }, words.list(behind)),
      ),
    );
  });
}
