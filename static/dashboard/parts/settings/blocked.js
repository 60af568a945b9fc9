// Domains whose mail servers do not let our mails in: what they answered, and what to ask of whoever looks after them.
import { h } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { isAdmin } from "../../state/live.js";
import { failed, time } from "../pieces.js";
import { actButton, block, copyField } from "./controls.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {{ domain: string, addresses: string[], since: string, reply: string }} Blocked */

/** Where no server blocks us there is nothing to say. @param {Desk} desk */
export function blockedDomains(desk) {
  const { words, state } = desk;
  const resource = state.resources[SOURCES.blocked.name];
  if (!isAdmin(state) || !resource) return null;
  /** @type {Blocked[]} */
  const items = resource.data?.items || [];
  const trouble = resource.error && failed(desk, resource.error, () => desk.acts.settings.load(SOURCES.blocked));
  if (!items.length) return trouble;
  const sender = senderIn(state.notices.find(({ code }) => code === "domain_blocked")?.text);
  const rows = h("ul", { class: "rows" }, ...items.map((one) => row(desk, one, sender)));
  return h("div", { class: "set-blocked", key: "blocked" }, trouble, block(words("set_blocked"), words("set_blocked_about"), rows));
}

/** @param {Desk} desk @param {Blocked} one @param {string | null} sender */
function row(desk, one, sender) {
  const { words } = desk;
  const { domain } = one;
  const copy = { label: words("set_blocked_for", { domain }), text: requestOf(words, one, sender), rows: 5 };
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

/**
 * What to ask of the IT department, to be copied.
 *
 * @param {import("/shared/words.js").Words} words
 * @param {Blocked} one
 * @param {string | null} sender the domain that our mails come from, where it is known
 */
export function requestOf(words, { domain, addresses, reply }, sender) {
  return words(sender ? "set_blocked_request" : "set_blocked_request_unnamed", { domain, addresses: words.list(addresses), reply, sender });
}

/**
 * The domain that our mails come from. It is told in the notice alone: in its last sentence, behind all that servers said.
 *
 * @param {string | undefined} notice
 * @returns {string | null}
 */
export function senderIn(notice = "") {
  const asked = notice.match(/[“”]([^“”]*)$/)?.[1] ?? "";
  return asked.match(/[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+/u)?.[0] ?? null;
}
