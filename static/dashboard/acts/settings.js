// What the settings fetch and change. A page loads what it shows when somebody comes to it, and again when that may be another.
import { Problem } from "/shared/http.js";
import { valueOf } from "../state/forms.js";
import { isAdmin } from "../state/live.js";
import { placeOf } from "../parts/settings/sections.js";

/** The form that chooses which mails are shown; nothing of it is ever saved. */
export const EMAIL_FILTER = "emails-filter";

/** An invitation that was just made, by its operator. */
export const INVITE = "settings/invite/";

/** Lists that are fetched whole, or from their start. */
export const SOURCES = {
  sessions: { name: "settings/sessions", path: "/api/v1/sessions" },
  operators: { name: "settings/operators", path: "/api/v1/operators" },
  blocked: { name: "settings/blocked", path: "/api/v1/blocked-domains" },
  suppressions: { name: "settings/suppressions", path: "/api/v1/suppressions" },
  audit: { name: "settings/audit", path: "/api/v1/audit?limit=50" },
};

/** Changes that come together are asked for once. */
const AGAIN_MS = 250;
const COPIED_MS = 3_000;
const PAGE_LEN = 50;

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {{ name: string, path: string }} Source a resource, and where it is fetched */

/** What the page that is shown fetches. @param {import("../state/index.js").State} state @returns {Source | null} */
export function sourceOf(state) {
  if (state.route.page !== "settings") return null;
  const { section, item } = placeOf(state.route);
  if (section === "profile") return SOURCES.sessions;
  if (section === "emails") return item ? emailSource(item) : emailsSource(state);
  if (!isAdmin(state)) return null;
  if (section === "groups") return SOURCES.operators;
  return section === "operators" || section === "suppressions" || section === "audit" ? SOURCES[section] : null;
}

/** What stands above that, if there is anything of it. @param {import("../state/index.js").State} state @returns {Source | null} */
export function sourceAbove(state) {
  if (state.route.page !== "settings" || !isAdmin(state)) return null;
  const { section, item } = placeOf(state.route);
  return section === "emails" && !item ? SOURCES.blocked : null;
}

/** One mail. @param {string} id @returns {Source} */
export function emailSource(id) {
  return { name: `settings/email/${id}`, path: `/api/v1/emails/${encodeURIComponent(id)}` };
}

/** The list of mails as it is filtered: each filter is a list of its own. @param {import("../state/index.js").State} state @returns {Source} */
export function emailsSource(state) {
  const query = new URLSearchParams({ limit: String(PAGE_LEN) });
  for (const name of ["state", "operator"]) {
    const value = valueOf(state, EMAIL_FILTER, name, "");
    if (value) query.set(name, value);
  }
  return { name: `settings/emails?${query}`, path: `/api/v1/emails?${query}` };
}

/**
 * What the server refused, in the reader's language: the server's own words name fields as the interface does.
 *
 * @param {import("/shared/words.js").Words} words
 * @param {any} error
 * @param {string} [conflict] the words for a refusal that is about no field
 */
export function inWords(words, error, conflict) {
  const { code, field } = error;
  if (code !== "invalid" && code !== "conflict") return error;
  const key = code === "invalid" ? `set_wrong_${String(field).replaceAll(".", "_")}` : field ? `set_conflict_${field}` : conflict;
  if (!key || !words.knows(key)) return error;
  return new Problem(error.status, { code: "invalid", field, detail: words(key) });
}

/** @param {Desk} desk */
export function settingsActs(desk) {
  /** @param {Source} source */
  const load = ({ name, path }) => desk.acts.load(name, () => desk.api("GET", path));

  /** What is shown, anew. A list that is loaded further stays as long as it is. */
  async function loadShown() {
    const above = sourceAbove(desk.state);
    if (above) load(above);
    const source = sourceOf(desk.state);
    const { items } = (source && desk.state.resources[source.name]?.data) || {};
    if (!source || !(items?.length > PAGE_LEN)) return source && load(source);
    const fresh = await desk.api("GET", source.path).catch(() => null);
    if (fresh) desk.dispatch({ type: "resource/changed", name: source.name, change: (/** @type {any} */ data) => ({ ...data, items: merged(fresh.items, data.items) }) });
  }

  const loadAgain = later(AGAIN_MS, loadShown);

  /** @param {() => Promise<any>} send @param {string} [conflict] */
  const spoken = (send, conflict) => () =>
    send().catch((error) => {
      throw inWords(desk.words, error, conflict);
    });

  /** What holds from now on is known before the form says that it is saved. @param {object} change */
  async function changeMe(change) {
    const operator = await desk.api("PATCH", "/api/v1/me", change);
    desk.dispatch({ type: "me/changed", operator });
    return operator;
  }

  /** @param {object} change */
  async function changeAccount(change) {
    const account = await desk.api("PATCH", "/api/v1/account", change);
    desk.dispatch({ type: "account/changed", account });
    return account;
  }

  /** Sends a form; the fields say what is wrong with them. @param {string} form @param {() => Promise<any>} send @param {string} [conflict] */
  const save = (form, send, conflict) => desk.acts.submit(form, spoken(send, conflict));

  /** An invitation's link is shown until one goes on. */
  function forgetInvitations() {
    const { item } = placeOf(desk.state.route);
    for (const name of Object.keys(desk.state.resources)) {
      if (name.startsWith(INVITE) && name !== INVITE + item) desk.dispatch({ type: "resource/forgotten", name });
    }
  }

  desk.listen(({ type, form }) => {
    if (type === "route") forgetInvitations();
    if (type === "welcome" || type === "route" || (type === "form/edited" && form === EMAIL_FILTER)) loadShown();
    if (type === "settings" || type === "email" || type === "notice") loadAgain();
  });

  return {
    settings: {
      load,
      loadShown,
      save,
      changeMe,
      changeAccount,

      /** The next page of a list. @param {Source} source */
      loadMore({ name, path }) {
        const { data, isMore } = desk.state.resources[name] || {};
        if (!data?.next || isMore) return;
        desk.acts.load(name, () => desk.api("GET", `${path}&cursor=${encodeURIComponent(data.next)}`), { isMore: true });
      },

      /**
       * A field that is saved as soon as it is changed; where that is refused, it is said and what holds is shown again.
       *
       * @param {string} form
       * @param {string} field
       * @param {any} value
       * @param {() => Promise<any>} send
       */
      async flip(form, field, value, send) {
        if (desk.state.forms[form]?.status === "saving") return;
        desk.dispatch({ type: "form/edited", form, field, value });
        if (await save(form, send)) return;
        const { error, errors } = desk.state.forms[form] || {};
        desk.acts.toast(error || Object.values(errors || {})[0] || desk.words("refused_disconnected"), "bad");
        desk.dispatch({ type: "form/reset", form });
      },

      /** Does something at once; what goes wrong is said. @param {() => Promise<any>} send @param {{ done?: string, conflict?: string }} [say] */
      attempt: (send, { done, conflict } = {}) => desk.acts.attempt(spoken(send, conflict), done),

      /** Copies the text of a field; where the browser refuses, it is selected. @param {string} id of the field */
      async copy(id) {
        const element = /** @type {HTMLInputElement} */ (document.getElementById(id));
        try {
          await navigator.clipboard.writeText(element.value);
        } catch {
          element.select();
          return desk.acts.toast(desk.words("set_copy_yourself"), "bad");
        }
        desk.dispatch({ type: "form/saved", form: `copy/${id}` });
        setTimeout(() => desk.dispatch({ type: "form/reset", form: `copy/${id}` }), COPIED_MS);
      },
    },
  };
}

/**
 * The newest page of a list, and what was known behind it.
 *
 * @template {{ id?: string }} T
 * @param {T[]} newest
 * @param {T[]} known
 */
export function merged(newest, known) {
  // What has no id of its own never changes.
  const name = (/** @type {T} */ one) => one.id ?? JSON.stringify(one);
  const names = new Set(newest.map(name));
  return [...newest, ...known.filter((one) => !names.has(name(one)))];
}

/** @param {number} ms @param {() => void} run */
function later(ms, run) {
  /** @type {any} */
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };
}
