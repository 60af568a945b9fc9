// The dashboard of somebody who is logged in: what it knows, whom it asks, what it draws. Everything else gets this `Desk`.
import { formats } from "/shared/format.js";
import { call } from "/shared/http.js";
import { Link } from "/shared/link.js";
import { render } from "/shared/view.js";
import { chooseLanguage, speaker } from "/shared/words.js";
import { attention } from "./acts/attention.js";
import { inboxActs } from "./acts/inbox.js";
import { meActs } from "./acts/me.js";
import { serverActs } from "./acts/server.js";
import { settingsActs } from "./acts/settings.js";
import { talkActs } from "./acts/talks.js";
import { teamActs } from "./acts/team.js";
import { whyActs } from "./acts/why.js";
import { serverClock } from "./clock.js";
import { Keep } from "./keep.js";
import { keyboard } from "./keyboard.js";
import { shell } from "./parts/shell.js";
import { hashOf, routeOf } from "./routes.js";
import { nothing, reduce } from "./state/index.js";
import { dictionaries } from "./words.js";

/** How often what ages is drawn again: countdowns, "2 min ago". */
const TICK_MS = 1_000;

/**
 * What a part or an act may use.
 *
 * @typedef {object} Desk
 * @property {import("./state/index.js").State} state
 * @property {(event: import("./state/index.js").Event) => void} dispatch
 * @property {(method: string, path: string, body?: object) => Promise<any>} api a call as whoever is logged in
 * @property {Link} link
 * @property {import("/shared/words.js").Words} words
 * @property {import("/shared/format.js").Formats} times
 * @property {() => number} nowMs the server's time, in milliseconds
 * @property {Keep} keep what this browser remembers
 * @property {(route: Partial<import("./routes.js").Route>) => void} go
 * @property {ReturnType<typeof serverActs> & ReturnType<typeof meActs> & ReturnType<typeof inboxActs> & ReturnType<typeof talkActs> & ReturnType<typeof settingsActs>
 *   & ReturnType<typeof teamActs> & ReturnType<typeof whyActs>} acts
 * @property {(how?: { losesUnsent?: boolean }) => Promise<void>} leave logs out; what was written and not sent yet is lost by that,
 *   and only if that is wanted
 * @property {(listener: (event: import("./state/index.js").Event) => void) => void} listen hears of every step, after it
 */

/**
 * @param {object} options
 * @param {Element} options.host where it is drawn
 * @param {import("/shared/wire.js").Operator} options.me
 * @param {string} [options.token] where no cookie stands for the log-in
 * @param {{ id: string, kind: string, name: string }} options.device
 * @param {(why: string) => void} options.onLeave the log-in has ended
 * @returns {Desk}
 */
export function openDesk({ host, me, token, device, onLeave }) {
  const keep = new Keep(me.id);
  const clock = serverClock();
  let isOpen = true;
  let isDrawing = false;
  /** @type {string | undefined} */
  let zone;
  /** @type {((event: import("./state/index.js").Event) => void)[]} */
  const listeners = [];

  const link = new Link({
    url: "/ws/operator",
    hello: () => ({ type: "hello", ...(token && { token }), device }),
  });

  const desk = /** @type {Desk} */ (/** @type {unknown} */ ({
    state: {
      ...nothing,
      me,
      device: device.id,
      route: routeOf(location.hash),
      drafts: keep.drafts,
      preferences: { ...nothing.preferences, ...keep.preferences },
    },
    link,
    keep,
    nowMs: clock.nowMs,
    api: (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body) => call(method, path, { token, body, cookie: !token }),
    listen: (/** @type {(event: import("./state/index.js").Event) => void} */ listener) => listeners.push(listener),
  }));

  const speak = () => {
    const { me, account } = desk.state;
    const language = chooseLanguage([me?.locale]);
    if (desk.words?.language === language && zone === account?.timezone) return;
    zone = account?.timezone;
    desk.words = speaker(dictionaries, language);
    desk.times = formats(language, zone);
    document.documentElement.lang = language;
  };

  const draw = () => {
    isDrawing = false;
    if (isOpen) render(host, shell(desk));
  };

  desk.dispatch = (event) => {
    // Answers may come when somebody has left.
    if (!isOpen) return;
    const before = desk.state;
    desk.state = reduce(before, event);
    if (desk.state === before) return;
    speak();
    for (const listener of listeners) listener(event);
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(draw);
  };

  desk.go = (route) => {
    const next = hashOf({ ...desk.state.route, ...route });
    if (next !== location.hash) location.hash = next;
  };

  const end = (/** @type {string} */ why) => {
    if (!isOpen) return;
    isOpen = false;
    for (const undo of undos) undo();
    desk.acts.endTalks();
    render(host);
    onLeave(why);
  };

  desk.leave = async ({ losesUnsent = false } = {}) => {
    if (!losesUnsent && Object.keys(keep.unsent).length) {
      const action = { text: desk.words("me_log_out_anyway"), run: () => desk.leave({ losesUnsent: true }) };
      return desk.acts.toast(desk.words("me_unsent"), "bad", action);
    }
    // The device goes offline by its bye.
    link.stop({ bye: true });
    const error = await desk.api("POST", "/api/v1/logout").then(() => null, (/** @type {any} */ why) => why);
    if (!error || error.status === 401) {
      keep.forget();
      return end("");
    }
    // A log-in of whose end the server has not heard goes on, and nobody is to believe that it does not.
    link.start();
    desk.acts.toast(desk.words("me_log_out_failed"), "bad");
  };

  speak();
  desk.acts = Object.assign({}, serverActs(desk), meActs(desk), inboxActs(desk), talkActs(desk), settingsActs(desk), teamActs(desk), whyActs(desk));

  // Another tab may have logged in somebody else meanwhile. Before anything is sent: what is here is not theirs.
  link.on("welcome", ({ operator }) => operator.id !== me.id && end("replaced"));
  link.on("frame", desk.dispatch);
  link.on("status", (status) => {
    desk.dispatch({ type: "link", link: status });
    if (status.state === "stopped" && status.code !== 1000) end(status.code === 4001 ? "logged_out" : "refused");
  });

  const undos = [
    on(window, "hashchange", () => desk.dispatch({ type: "route", route: routeOf(location.hash) })),
    attention(desk),
    keyboard(desk),
    every(TICK_MS, () => document.hidden || draw()),
    clock.start(),
    () => link.stop(),
  ];
  link.start();
  draw();
  return desk;
}

/** @param {EventTarget} target @param {string} event @param {(event: any) => void} listener */
function on(target, event, listener) {
  target.addEventListener(event, listener);
  return () => target.removeEventListener(event, listener);
}

/** @param {number} ms @param {() => void} run */
function every(ms, run) {
  const timer = setInterval(run, ms);
  return () => clearInterval(timer);
}
