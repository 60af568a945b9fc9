// Whether somebody looks, and what calls them when nobody does: a sound, a notification of the browser, a number in the tab's title.
import { ring } from "/shared/sound.js";
import { visitorName } from "../names.js";
import { Calls } from "./calls.js";

/** So long one tab alone calls about a conversation. */
const ALONE_MS = 3_000;

/**
 * @param {import("../desk.js").Desk} desk
 * @returns {() => void} what ends it
 */
export function attention(desk) {
  const title = document.title;
  const calls = new Calls();
  const look = () => desk.dispatch({ type: "looked", isLookedAt: !document.hidden && document.hasFocus(), isVisible: !document.hidden });

  /** @param {import("../state/index.js").Known} conversation */
  function call(conversation) {
    const { preferences, isLookedAt } = desk.state;
    if (preferences.sound) ring();
    if (preferences.notify && !isLookedAt && "Notification" in window && Notification.permission === "granted") notify(conversation);
  }

  /** @param {import("../state/index.js").Known} conversation */
  function notify({ id, visitor, last_message }) {
    try {
      const shown = new Notification(visitorName(desk.words, visitor), { body: last_message?.text.slice(0, 200) || "", tag: `doorbell-${id}`, icon: "/shared/icon.svg" });
      shown.onclick = () => {
        window.focus();
        desk.go({ page: "inbox", view: "unserved", conversation: id, panel: null });
        shown.close();
      };
    } catch {
      // Some phones' browsers have notifications of service workers only.
    }
  }

  desk.listen((event) => {
    const conversation = calls.on(event, desk.state, desk.nowMs());
    if (conversation) alone(conversation.id, () => call(conversation));
    const { counts, preferences } = desk.state;
    const counted = preferences.badge && counts.unserved ? `(${counts.unserved}) ${title}` : title;
    if (document.title !== counted) document.title = counted;
  });

  const events = /** @type {const} */ (["focus", "blur", "visibilitychange", "pageshow"]);
  for (const event of events) (event === "visibilitychange" ? document : window).addEventListener(event, look);
  look();
  return () => {
    for (const event of events) (event === "visibilitychange" ? document : window).removeEventListener(event, look);
    document.title = title;
  };
}

/** Of several tabs one calls. @param {string} id @param {() => void} run */
function alone(id, run) {
  // Without a secure context there are no locks: then each tab calls.
  if (!navigator.locks) return run();
  navigator.locks.request(`doorbell-call-${id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    run();
    await new Promise((resolve) => setTimeout(resolve, ALONE_MS));
  });
}
