// Who is there, on which devices: asked for while somebody looks at it, anew whenever it changed. Who the colleagues are is asked for
// wherever one is, when they may be others.
import { hasStranger, isAdmin } from "../state/live.js";

/** Changes come in bursts: one question answers several. */
const THROTTLE_MS = 300;
/** In a large team somebody comes or goes all the time: so long one answer is good enough. */
const PAUSE_MS = 1_500;
/** Signs of life are told by no event. */
const AGAIN_MS = 15_000;
const PAGE_LEN = 100;
/** What may be another by now. */
const CHANGES = new Set(["welcome", "presence", "chat", "devices", "settings"]);

/** @param {import("../desk.js").Desk} desk */
export function teamActs(desk) {
  /** @type {any} */
  let timer = null;
  let dueMs = Infinity;
  let loadedMs = -Infinity;
  /** Who the colleagues are is to be known everywhere. */
  let isAsked = false;

  const isShown = () => desk.state.link.state === "open" && desk.state.isVisible && (desk.state.route.page === "team" || desk.state.open?.name === "box");

  /** @param {number} ms */
  function loadIn(ms) {
    const atMs = Date.now() + ms;
    if (timer && dueMs <= atMs) return;
    clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(load, ms);
  }

  /** @param {number} ms */
  function loadSoon(ms) {
    loadIn(Math.max(ms, loadedMs + PAUSE_MS - Date.now()));
  }

  async function load() {
    timer = null;
    if (!desk.link.isOpen || !(isShown() || isAsked)) return;
    isAsked = false;
    loadedMs = Date.now();
    await desk.acts.load("presence", () => desk.api("GET", "/api/v1/presence"));
    loadIn(AGAIN_MS);
  }

  /** Roles are an admin's to know. */
  async function loadRoles() {
    if (!isAdmin(desk.state)) return;
    await desk.acts.load("roles", async () => Object.fromEntries((await all("/api/v1/operators")).map(({ id, role }) => [id, role])));
  }

  /** @param {string} path @returns {Promise<any[]>} */
  async function all(path) {
    const items = [];
    let cursor = "";
    do {
      const page = await desk.api("GET", `${path}?limit=${PAGE_LEN}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      items.push(...page.items);
      cursor = page.next;
    } while (cursor);
    return items;
  }

  desk.listen(({ type }) => {
    if (type === "settings" || (type === "presence" && hasStranger(desk.state))) {
      isAsked = true;
      // Everybody hears of it in the same moment.
      loadSoon(THROTTLE_MS * (1 + Math.random()));
    }
    if (!isShown()) return;
    if (type === "route" || type === "open" || type === "link" || type === "looked") loadIn(0);
    else if (CHANGES.has(type)) loadSoon(THROTTLE_MS);
    if (desk.state.route.page === "team" && (type === "route" || type === "link" || type === "settings")) loadRoles();
  });

  return {
    loadPresence: () => loadIn(0),

    /** An admin shows a colleague as offline, whatever their devices say (rule P3), or ends that. @param {string} operator @param {boolean} on */
    forceOffline: (operator, on) =>
      desk.acts.attempt(() => desk.api("PATCH", `/api/v1/operators/${encodeURIComponent(operator)}`, { appear_offline: on })),
  };
}
