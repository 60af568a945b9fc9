// Why somebody gets, or gets no, emails: asked for while somebody looks at it, and what mends it.
import { withNewest } from "../parts/why-answer.js";

/** Changes come in bursts, and in a large team all the time: one question answers several. */
const THROTTLE_MS = 500;
/** So long one answer is good enough. */
const PAUSE_MS = 2_000;
const PAGE_LEN = 20;
/** What may be another by now. */
const CHANGES = new Set(["welcome", "settings", "presence", "devices", "chat", "timer", "email", "me/changed", "account/changed"]);

/** The names of what was fetched about somebody. @param {string} operator */
export const checksOf = (operator) => `checks ${operator}`;
/** @param {string} operator */
export const decisionsOf = (operator) => `decisions ${operator}`;
/** @param {string} email */
export const letterOf = (email) => `letter ${email}`;

/** @param {import("../desk.js").Desk} desk */
export function whyActs(desk) {
  /** @type {any} */
  let timer = null;
  let loadedMs = -Infinity;

  const isMe = (/** @type {string} */ id) => id === desk.state.me?.id;
  const pathOf = (/** @type {string} */ id) => (isMe(id) ? "/api/v1/me" : `/api/v1/operators/${encodeURIComponent(id)}`);
  const lang = () => `lang=${desk.words.language}`;
  /** About whom the page is, while it is shown. */
  const shown = () => (desk.state.route.page === "why" && desk.link.isOpen && desk.state.isVisible ? desk.state.route.operator || desk.state.me?.id : undefined);

  const loadChecks = (/** @type {string} */ id) => desk.acts.load(checksOf(id), () => desk.api("GET", `${pathOf(id)}/checks?${lang()}`));

  /** The newest page; what was loaded behind it stays. @param {string} id */
  const loadDecisions = (id) =>
    desk.acts.load(decisionsOf(id), async () => {
      const newest = await desk.api("GET", `${pathOf(id)}/notifications?limit=${PAGE_LEN}&${lang()}`);
      return withNewest(desk.state.resources[decisionsOf(id)]?.data, newest);
    });

  function loadWhy() {
    clearTimeout(timer);
    timer = null;
    const id = shown();
    if (!id) return;
    loadedMs = Date.now();
    loadChecks(id);
    loadDecisions(id);
    const letter = desk.state.open?.name === "why-letter" && desk.state.open.about;
    if (letter) loadLetter(letter);
  }

  const loadLetter = (/** @type {string} */ email) => desk.acts.load(letterOf(email), () => desk.api("GET", `/api/v1/emails/${encodeURIComponent(email)}?${lang()}`));

  /** Mends something, says so, and looks again. @param {() => Promise<any>} send */
  async function mend(send) {
    if (await desk.acts.attempt(send, desk.words("why_mended"))) loadWhy();
  }

  desk.listen(({ type }) => {
    if (!shown()) return;
    if (type === "route" || type === "link" || type === "looked") loadWhy();
    else if (CHANGES.has(type)) timer ??= setTimeout(loadWhy, Math.max(THROTTLE_MS, loadedMs + PAUSE_MS - Date.now()));
  });

  return {
    loadWhy,
    /** @param {string} id @param {string} cursor */
    moreDecisions: (id, cursor) =>
      desk.acts.load(decisionsOf(id), () => desk.api("GET", `${pathOf(id)}/notifications?limit=${PAGE_LEN}&cursor=${encodeURIComponent(cursor)}&${lang()}`), { isMore: true }),

    /** Shows what became of a letter, or no longer. @param {string} email */
    toggleLetter(email) {
      const isOpen = desk.state.open?.name === "why-letter" && desk.state.open.about === email;
      if (isOpen) return desk.dispatch({ type: "close" });
      desk.dispatch({ type: "open", name: "why-letter", about: email });
      return loadLetter(email);
    },

    /** @param {import("/shared/wire.js").Kind} kind */
    switchOnMine: (kind) => mend(() => desk.api("PATCH", "/api/v1/me", { notifications: { [kind]: true } })),
    /** @param {import("/shared/wire.js").Kind} kind */
    switchOnAccount: (kind) => mend(() => desk.api("PATCH", "/api/v1/account", { notifications: { [kind]: { enabled: true } } })),
    /** @param {string} address */
    allowAgain: (address) => mend(() => desk.api("DELETE", `/api/v1/suppressions/${encodeURIComponent(address)}`)),
    /** @param {string} email */
    sendAgain: (email) => mend(() => desk.api("POST", `/api/v1/emails/${encodeURIComponent(email)}/retry`)),
  };
}
