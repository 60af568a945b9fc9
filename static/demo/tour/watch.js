// Looks at what the server says: who is where, what was written, what was decided, which letters came. It asks over HTTP, as an
// admin, since a socket of its own would be one more device of hers.
import { call } from "/shared/http.js";
import { callAs } from "../world.js";

const LOOK_EVERY_MS = 600;

/**
 * Looks again and again, while the page can be seen.
 *
 * @param {object} options
 * @param {import("../world.js").Person} options.person
 * @param {() => number} options.nowMs
 * @param {() => import("./state.js").State} options.state
 * @param {(event: import("./state.js").Event) => void} options.dispatch
 */
export function watch({ person, nowMs, state, dispatch }) {
  async function look() {
    const [presence, { items: conversations }, { items: letters }] = await Promise.all([
      callAs(person, "GET", "/api/v1/presence"),
      callAs(person, "GET", "/api/v1/conversations?view=all&limit=30"),
      call("GET", "/demo/mails.json"),
    ]);
    dispatch({ type: "facts", nowMs: nowMs(), operators: presence.operators, conversations, letters });
    const { talk, language } = state();
    if (!talk) return;
    const path = `/api/v1/conversations/${encodeURIComponent(talk.id)}/notifications?lang=${language}`;
    dispatch({ type: "explained", conversation: talk.id, explanation: await callAs(person, "GET", path) });
  }

  async function again() {
    if (!document.hidden) await look().catch(() => dispatch({ type: "trouble", trouble: "no_answer" }));
    setTimeout(again, LOOK_EVERY_MS);
  }

  again();
}
