// Domains whose mail servers do not let our mails in: what they answered, and what to ask of whoever looks after them.
import { h } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { isAdmin } from "../../state/live.js";
import { failed, time } from "../pieces.js";
import { actButton, block, copyField } from "./controls.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {{ domain: string, addresses: string[], since: string, reply: string, sender: string }} Blocked */

/** Where no server blocks us there is nothing to say. @param {Desk} desk */
export function blockedDomains(desk) {
  const { words, state } = desk;
  const resource = state.resources[SOURCES.blocked.name];
  if (!isAdmin(state) || !resource) return null;
  /** @type {Blocked[]} */
  const items = resource.data?.items || [];
  const trouble = resource.error && failed(desk, resource.error, () => desk.acts.settings.load(SOURCES.blocked));
  if (!items.length) return trouble;
  const rows = h("ul", { class: "rows" }, ...items.map((one) => row(desk, one)));
  return h("div", { class: "set-blocked", key: "blocked" }, trouble, block(words("set_blocked"), words("set_blocked_about"), rows));
}

/** @param {Desk} desk @param {Blocked} one */
function row(desk, one) {
  const { words } = desk;
  const { domain } = one;
  const copy = { label: words("set_blocked_for", { domain }), text: requestOf(words, one), rows: 5 };
  return h(
    "li",
    { key: domain },
    h(
      "div",
      { class: "grow" },
      h("h3", { class: "set-row-title" }, domain),
      h("p", { class: "small muted" }, words.list(one.addresses), " · ", ...words.pieces("set_since", { time: time(desk, one.since, "moment") })),
      h("pre", { class: "set-reply" }, one.reply),
      copyField(desk, `set-blocked-${encodeURIComponent(domain)}`, copy),
      actButton(desk, `allow/${domain}`, { label: words("set_blocked_allow"), title: words("set_blocked_allow_of", { domain }), act: () => allow(desk, domain) }),
    ),
  );
}

/** @param {Desk} desk @param {string} domain */
async function allow(desk, domain) {
  const send = () => desk.api("DELETE", `${SOURCES.blocked.path}/${encodeURIComponent(domain)}`);
  await desk.acts.settings.attempt(send, { done: desk.words("set_blocked_allowed", { domain }) });
  // Somebody else may have said so before.
  await desk.acts.settings.load(SOURCES.blocked);
}

/** What to ask of the IT department, to be copied. @param {import("/shared/words.js").Words} words @param {Blocked} one */
export function requestOf(words, { domain, addresses, reply, sender }) {
  return words("set_blocked_request", { domain, addresses: words.list(addresses), reply, sender });
}
