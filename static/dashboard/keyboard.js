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
    "/": () => focus("search"),
    n: () => {
      const next = nextUnserved(desk.state);
      if (next) desk.go({ page: "inbox", view: "unserved", conversation: next.id, panel: null });
    },
    j: () => joinSelected(desk),
    r: () => focus("reply"),
    c: () => desk.state.route.conversation && desk.dispatch({ type: "open", name: "close-conversation", about: desk.state.route.conversation }),
    w: () => desk.state.route.conversation && desk.go({ panel: desk.state.route.panel === "why" ? null : "why" }),
    "?": () => desk.dispatch({ type: "open", name: "keys" }),
  };

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.key === "Escape" && desk.state.open) return desk.dispatch({ type: "close" });
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || desk.state.open) return;
    const act = acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  }

  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

/** @param {import("./desk.js").Desk} desk */
function joinSelected(desk) {
  const id = desk.state.route.conversation;
  const known = id && desk.state.conversations[id];
  if (known && !known.operators.some((one) => one.id === desk.state.me?.id)) desk.acts.act("join", known.id);
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && Boolean(target.closest("input, textarea, select, [contenteditable]"));
}
