// Where I am logged in, and a way to end each of it.
import { h, icon } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { agentName } from "../../agents.js";
import { time } from "../pieces.js";
import { listOf, regainFocus } from "./controls.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Session} Session */

/** @param {Desk} desk */
export function logins(desk) {
  return listOf(desk, SOURCES.sessions, (items) => h("ul", { class: "rows" }, ...items.map((session) => row(desk, session))));
}

/** @param {Desk} desk @param {Session} session */
function row(desk, session) {
  const { words } = desk;
  const isPhone = session.device?.kind === "mobile";
  const agent = agentName(session.user_agent);
  const name = session.device?.name || agent || words("set_login_unknown");
  return h(
    "li",
    { key: session.id },
    icon(isPhone ? "phone" : "laptop"),
    h(
      "div",
      { class: "grow" },
      h("p", { class: "set-row-title" }, name, " ", session.current && h("span", { class: "tag" }, words("set_login_current"))),
      agent && agent !== name && h("p", { class: "small muted" }, agent),
      h("p", { class: "small muted" }, ...words.pieces("set_login_times", { created: time(desk, session.created_at, "moment"), used: time(desk, session.last_seen) })),
    ),
    session.current
      ? h("button", { type: "button", on: { click: () => desk.leave() } }, words("set_log_out"))
      : h("button", { type: "button", "aria-label": words("set_login_end_of", { name }), on: { click: () => end(desk, session) } }, words("set_login_end")),
  );
}

/** @param {Desk} desk @param {Session} session */
async function end(desk, session) {
  const { words } = desk;
  const ended = await desk.acts.settings.attempt(() => desk.api("DELETE", `/api/v1/sessions/${session.id}`), { done: words("set_login_ended") });
  if (!ended) return;
  await desk.acts.settings.load(SOURCES.sessions);
  regainFocus();
}
