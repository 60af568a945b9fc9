// The door of the dashboard: log-in, forgotten password, new password, invitation. It asks the server; what it shows is in state.js.
import { formats } from "/shared/format.js";
import { call } from "/shared/http.js";
import { render } from "/shared/view.js";
import { chooseLanguage, speaker } from "/shared/words.js";
import * as words from "../words/door.js";
import { doorOf, reduceDoor } from "./state.js";
import { view } from "./view.js";

/** A server that was not reached is tried again after anything up to this, then twice as long, at most the second one. */
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 30_000;

/**
 * What the view may use.
 *
 * @typedef {object} Doorway
 * @property {import("./state.js").Door} door
 * @property {(event: import("./state.js").Event) => void} dispatch
 * @property {import("/shared/words.js").Words} words
 * @property {import("/shared/format.js").Formats} times
 * @property {(values: { email: string, password: string }) => void} login
 * @property {(operator: string) => void} choose
 * @property {(values: { email: string }) => void} forgot
 * @property {(values: { password: string }) => void} setPassword
 * @property {() => void} enter whoever is logged in already comes in; else the log-in
 */

/**
 * @param {object} options
 * @param {Element} options.host
 * @param {string} options.told why one stands here: "logged_out", "refused", "unreachable", or nothing
 * @param {import("./state.js").Link} [options.link]
 * @param {(me: import("/shared/wire.js").Operator) => void} options.onEntered
 */
export function openDoor({ host, told, link, onEntered }) {
  const language = chooseLanguage(navigator.languages);
  document.documentElement.lang = language;

  const draw = () => {
    document.title = `${doorway.words("title")} · doorbell`;
    render(host, view(doorway));
  };
  const close = (/** @type {import("/shared/wire.js").Operator} */ me) => {
    stopTrying();
    render(host);
    document.title = "doorbell";
    onEntered(me);
  };

  /** Sends a form, and tells what became of it. @param {object} values @param {() => Promise<any>} ask @param {(answer: any) => void} then */
  async function send(values, ask, then) {
    if (doorway.door.isSending) return;
    doorway.dispatch({ type: "sent", ...values });
    const answer = await ask().catch((error) => ({ error }));
    if (answer?.error) doorway.dispatch({ type: "refused", error: answer.error });
    else then(answer);
  }

  /** @param {object} values @param {string} [operator] */
  function login(values, operator) {
    const ask = () => {
      const { email, password } = doorway.door;
      return call("POST", "/api/v1/login", { cookie: true, body: { email: email.trim(), password, ...(operator && { operator }) } });
    };
    return send(values, ask, (answer) => close(answer.operator));
  }

  async function enter() {
    const found = await call("GET", "/api/v1/me", { cookie: true }).catch((error) => ({ error }));
    if (!found.error) return close(found);
    const isReached = found.error.status && found.error.status < 500;
    doorway.dispatch({ type: "opened", form: isReached ? "login" : "unreachable" });
  }

  /** @type {Doorway} */
  const doorway = {
    door: doorOf({ told, link }),
    words: speaker(words, language),
    times: formats(language),
    dispatch(event) {
      doorway.door = reduceDoor(doorway.door, event);
      draw();
      if (doorway.door.form === "unreachable") keepTrying();
    },
    login: (values) => login(values),
    choose: (operator) => login({}, operator),
    forgot: ({ email }) =>
      send(
        { email },
        () => call("POST", "/api/v1/password/forgot", { body: { email: email.trim() } }),
        () => doorway.dispatch({ type: "mailed" }),
      ),
    setPassword: ({ password }) =>
      send(
        { password },
        () => call("POST", "/api/v1/password/reset", { body: { token: doorway.door.link?.token, password } }),
        () => doorway.dispatch({ type: "set" }),
      ),
    enter,
  };

  const { keepTrying, stopTrying } = tries(enter);
  draw();
  if (doorway.door.form === "unreachable") keepTrying();
}

/** Tries again and again, more and more seldom, and at once when the network is back. @param {() => Promise<void>} run */
function tries(run) {
  /** @type {any} */
  let timer = null;
  let waitMs = RETRY_FIRST_MS;
  const now = () => {
    clearTimeout(timer);
    timer = null;
    run();
  };
  return {
    keepTrying() {
      if (timer) return;
      addEventListener("online", now);
      timer = setTimeout(now, waitMs * (0.5 + Math.random() / 2));
      waitMs = Math.min(RETRY_MAX_MS, waitMs * 2);
    },
    stopTrying() {
      clearTimeout(timer);
      removeEventListener("online", now);
    },
  };
}
