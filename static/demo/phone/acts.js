// What the app does, as the mobile one would: a socket while it is in the foreground, a lease while it is in the pocket, a goodbye
// when it is swiped away, and none when the signal is lost.
import { Link } from "/shared/link.js";
import { Thread } from "/shared/thread.js";
import { callAs, deviceId, tokenOf } from "../world.js";
import { talks } from "./state.js";

/** How long the app asks to be counted on while it is in the pocket. */
const LEASE_S = 300;
/** How often it is looked at what the server thinks. */
const LOOK_EVERY_MS = 1_000;

/**
 * @typedef {object} Phone
 * @property {import("./state.js").State} state
 * @property {(event: import("./state.js").Event) => void} dispatch
 * @property {import("../world.js").Person} person whose it is
 * @property {import("../world.js").Person[]} people
 * @property {(act: string, more?: object) => void} tell the tour, if there is one
 * @property {import("/shared/words.js").Words} words
 * @property {import("/shared/format.js").Formats} times
 * @property {() => number} nowMs the server's time
 * @property {ReturnType<typeof phoneActs>} acts
 */

/** @param {Phone} phone */
export function phoneActs(phone) {
  const { person, dispatch } = phone;
  const device = { id: deviceId("phone", person), kind: "mobile", name: "iPhone" };
  const api = (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body) => callAs(person, method, path, body);
  /** @type {Thread | null} */
  let thread = null;

  const link = new Link({
    url: "/ws/operator",
    hello: async () => ({ type: "hello", token: await tokenOf(person), device, state: phone.state.choice }),
  });
  link.on("frame", (frame) => {
    dispatch(frame);
    if (frame.type === "conversation" || frame.type === "welcome") openWanted();
  });
  link.on("status", (status) => dispatch({ type: "link", link: status }));

  /** @param {"online" | "away" | "offline"} state @param {number} ttl_s */
  const lease = (state, ttl_s) => api("PUT", "/api/v1/presence", { device, state, ttl_s });

  const isIn = (/** @type {import("./state.js").App} */ app) => phone.state.app === app;

  function openWanted() {
    const [newest] = talks(phone.state);
    if (phone.state.wantsNewest && newest) openTalk(newest.id);
  }

  /** To open it is to see it (rule A4): somebody holds the phone. @param {string} id */
  function openTalk(id) {
    thread?.end();
    dispatch({ type: "talk/opened", conversation: id });
    thread = Thread.ofOperator(link, id, { isLookedAt: () => phone.state.app === "open" && phone.state.talk === id });
    thread.on("change", ({ messages, waiting }) => dispatch({ type: "thread", conversation: id, messages, waiting }));
    thread.on("message", ({ seq }) => phone.state.talk === id && link.tell({ type: "read", conversation: id, seq }));
    thread.on("trouble", () => dispatch({ type: "thread/trouble", conversation: id }));
  }

  async function look() {
    const { operators } = await api("GET", "/api/v1/presence", /** @type {any} */ (undefined));
    const own = operators.find((/** @type {{ id: string }} */ { id }) => id === person.id);
    dispatch({ type: "seen", device: own?.devices.find((/** @type {{ id: string }} */ { id }) => id === device.id) ?? null });
  }

  async function askWhy() {
    dispatch({ type: "why/opened" });
    const { items } = await api("GET", `/api/v1/me/notifications?lang=${phone.words.language}`, /** @type {any} */ (undefined));
    dispatch({ type: "why/told", items });
    phone.tell("shows", { what: "why" });
  }

  const acts = {
    openTalk,
    /** Looks again and again at what the server thinks. */
    watch() {
      const again = () => setTimeout(acts.watch, LOOK_EVERY_MS);
      (document.hidden ? Promise.resolve() : look().catch(() => {})).then(again);
    },

    /** Into the foreground. @param {import("./state.js").Choice} [choice] */
    open(choice = phone.state.choice) {
      if (phone.state.app === "open") return acts.choose(choice);
      dispatch({ type: "choice", choice });
      dispatch({ type: "app", app: "open" });
      link.start();
    },

    /** @param {import("./state.js").Choice} choice */
    choose(choice) {
      dispatch({ type: "choice", choice });
      link.request({ type: "presence", state: choice }).catch(() => {});
    },

    /** Into the background: the app promises, and the system ends its socket. */
    async pocket() {
      if (phone.state.app !== "open") return;
      dispatch({ type: "app", app: "pocket" });
      await lease(phone.state.choice, LEASE_S).catch(() => {});
      // Somebody may have taken it out again.
      if (!isIn("pocket")) return;
      link.stop();
      phone.tell("shows", { what: "pocket" });
      look().catch(() => {});
    },

    /** The signal is lost: nobody can say goodbye. */
    cut() {
      dispatch({ type: "app", app: "cut" });
      link.stop();
    },

    signal() {
      dispatch({ type: "app", app: "open" });
      link.start();
    },

    /** Swiped away: it says goodbye, and takes back what it promised. */
    async swipe() {
      thread?.end();
      thread = null;
      link.stop({ bye: true });
      const { seen } = phone.state;
      dispatch({ type: "app", app: "closed" });
      if (seen?.until || phone.state.seen?.until) await lease("offline", 1).catch(() => {});
      look().catch(() => {});
    },

    /** The newest conversation, now or as soon as there is one. */
    readNewest() {
      acts.open();
      dispatch({ type: "talk/wanted" });
      if (link.isOpen) openWanted();
    },

    why() {
      acts.open();
      askWhy().catch(() => dispatch({ type: "why/told", items: [] }));
    },

    back() {
      thread?.end();
      thread = null;
      dispatch({ type: "back" });
    },

    reply() {
      const text = phone.state.draft.trim();
      if (!text || !thread) return;
      thread.send(text);
      dispatch({ type: "draft", text: "" });
    },

    /** @param {string} clientId */
    retry: (clientId) => thread?.retry(clientId),
  };
  return acts;
}
