// What is known of a mail, as a word with its look, and whose it is.
import { h, icon } from "/shared/view.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/** @typedef {import("/shared/wire.js").Email} Email */
/** @typedef {import("/shared/wire.js").EmailState} EmailState */

/** @type {EmailState[]} */
export const STATES = ["queued", "sending", "sent", "deferred", "failed", "uncertain", "no_longer_needed", "expired"];

/** How each state looks; the word says it. @type {Record<EmailState, { icon: string, look: string }>} */
const LOOKS = {
  queued: { icon: "mail", look: "waits" },
  sending: { icon: "mail", look: "waits" },
  sent: { icon: "mail-done", look: "good" },
  deferred: { icon: "timer", look: "warns" },
  failed: { icon: "mail-alert", look: "error" },
  uncertain: { icon: "mail-alert", look: "warns" },
  no_longer_needed: { icon: "mail", look: "waits" },
  expired: { icon: "mail-alert", look: "error" },
};

/** @param {Desk} desk @param {EmailState} state */
export function stateTag(desk, state) {
  const { icon: symbol, look } = LOOKS[state];
  return h("span", { class: `set-state ${look}` }, icon(symbol), desk.words(`set_state_${state}`));
}

/** Whose mail it is. @param {Desk} desk @param {Email} one */
export function recipient(desk, one) {
  return desk.state.operators[one.operator]?.name || one.to;
}
