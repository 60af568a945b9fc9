// Whether somebody looks, and what calls them when nobody does: a sound, a notification of the browser, a number in the tab's title.
import { ring } from "/shared/sound.js";

/**
 * @param {import("../desk.js").Desk} desk
 * @returns {() => void} what ends it
 */
export function attention(desk) {
  const title = document.title;
  const look = () => desk.dispatch({ type: "looked", isLookedAt: !document.hidden && document.hasFocus() });
  /** Unserved conversations that were told of already. @type {Set<string>} */
  let known = new Set();

  const unserved = () => Object.values(desk.state.conversations).filter(({ status, listed }) => status === "unserved" && listed);

  /** @param {import("../state/index.js").Known} conversation */
  function call(conversation) {
    const { preferences, isLookedAt } = desk.state;
    if (preferences.sound) ring();
    if (preferences.notify && !isLookedAt && "Notification" in window && Notification.permission === "granted") notify(conversation);
  }

  /** @param {import("../state/index.js").Known} conversation */
  function notify({ id, visitor, last_message }) {
    const name = visitor.name || visitor.email || desk.words("visitor_numbered", { number: id.slice(-4).toUpperCase() });
    try {
      const shown = new Notification(name, { body: last_message?.text.slice(0, 200) || "", tag: `doorbell-${id}`, icon: "/shared/icon.svg" });
      shown.onclick = () => {
        window.focus();
        desk.go({ page: "inbox", view: "unserved", conversation: id, panel: null });
        shown.close();
      };
    } catch {
      // Some phones' browsers have notifications of service workers only.
    }
  }

  desk.listen(({ type, id }) => {
    if (type === "welcome") known = new Set(unserved().map(({ id }) => id));
    if (type === "conversation") {
      const conversation = desk.state.conversations[id];
      const calls = conversation.status === "unserved" && conversation.listed;
      if (calls && !known.has(id)) call(conversation);
      if (calls) known.add(id);
      else known.delete(id);
    }
    const { counts, preferences } = desk.state;
    document.title = preferences.badge && counts.unserved ? `(${counts.unserved}) ${title}` : title;
  });

  const events = /** @type {const} */ (["focus", "blur", "visibilitychange", "pageshow"]);
  for (const event of events) (event === "visibilitychange" ? document : window).addEventListener(event, look);
  look();
  return () => {
    for (const event of events) (event === "visibilitychange" ? document : window).removeEventListener(event, look);
    document.title = title;
  };
}
