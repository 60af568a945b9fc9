// Keys for those who are here eight hours a day. None of them acts while somebody types, but for Escape.
import { nextUnserved } from "./state/inbox.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @returns {() => void} what ends it
 */
export function keyboard(desk) {
  const focus = (/** @type {string} */ id) => document.getElementById(id)?.focus();

  /** @type {Record<string, () => void>} */
  const acts = {
    "/": () => search(desk, focus),
    n: () => {
      const next = nextUnserved(desk.state);
      if (next) desk.go({ page: "inbox", view: "unserved", conversation: next.id, panel: null });
    },
    j: () => joinSelected(desk),
    r: () => focus("reply"),
    c: () => closeSelected(desk),
    w: () => desk.state.route.conversation && desk.go({ panel: desk.state.route.panel === "why" ? null : "why" }),
    "?": () => desk.dispatch({ type: "open", name: "keys" }),
  };

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") return escape(desk, event);
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || desk.state.open) return;
    if (!desk.state.preferences.keys) return;
    const act = acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

/** Closes what is open, else leaves the field that one types into, else the panel. @param {import("./desk.js").Desk} desk @param {KeyboardEvent} event */
function escape(desk, { target }) {
  if (desk.state.open) desk.dispatch({ type: "close" });
  else if (isTyping(target)) /** @type {HTMLElement} */ (target).blur();
  else if (desk.state.route.panel) desk.go({ panel: null });
}

/** At once, since whoever presses it types on; from another page when the inbox is drawn. @param {import("./desk.js").Desk} desk @param {(id: string) => void} focus */
function search(desk, focus) {
  if (desk.state.route.page === "inbox") return focus("search");
  addEventListener("hashchange", () => queueMicrotask(() => focus("search")), { once: true });
  desk.go({ page: "inbox", view: "unserved", conversation: null });
}

/** @param {import("./desk.js").Desk} desk */
function joinSelected(desk) {
  const known = selected(desk);
  if (known && !known.operators.some((one) => one.id === desk.state.me?.id)) desk.acts.act("join", known.id);
}

/** @param {import("./desk.js").Desk} desk */
function closeSelected(desk) {
  const known = selected(desk);
  if (known && known.status !== "closed") desk.dispatch({ type: "open", name: "close-conversation", about: known.id });
}

/** @param {import("./desk.js").Desk} desk */
function selected({ state }) {
  return state.route.page === "inbox" && state.route.conversation ? state.conversations[state.route.conversation] : undefined;
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && Boolean(target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
}
