// What the tour does: it sets the stage for a story, asks the players to act, and opens windows for them.
import { keepLanguage } from "../language.js";
import { callAs } from "../world.js";
import { currentStep, storyAfter } from "./state.js";
import { castOf, PLAYERS, storyOf } from "./stories.js";

/** So long one can read what has happened before the next step is done for one. */
const PAUSE_MS = 1_800;
/** So long one can read how a story ended before the next one begins by itself. */
const END_MS = 7_000;

/**
 * @typedef {object} Tour
 * @property {import("./state.js").State} state
 * @property {(event: import("./state.js").Event) => void} dispatch
 * @property {ReturnType<typeof import("../stage.js").enter>} stage
 * @property {import("/shared/words.js").Words} words
 * @property {import("/shared/format.js").Formats} times
 * @property {() => number} nowMs the server's time
 * @property {(player: import("./stories.js").Player) => string} addressOf
 * @property {ReturnType<typeof tourActs>} acts
 */

/** @param {Tour} tour */
export function tourActs(tour) {
  /** @type {any} */
  let pause = 0;
  /** How often a stage was to be set: only the last time counts. */
  let turns = 0;
  /** What was asked of players who were not there yet. @type {import("./stories.js").Ask[]} */
  let unheard = [];

  const cast = () => castOf(/** @type {import("../world.js").World} */ (tour.state.world));

  /** Asks a player; one that still loads hears it when it is there. @param {import("./stories.js").Ask} ask */
  function tell({ to, act, ...more }) {
    if (tour.state.here.includes(to)) tour.stage.tell(to, act, more);
    else unheard.push({ to, act, ...more });
  }

  /** What is still open is closed, so that no clock of an older story rings in this one. */
  async function closeAll() {
    const { first } = cast();
    const open = tour.state.conversations.filter(({ status }) => status !== "closed");
    await Promise.all(open.map(({ id }) => callAs(first, "POST", `/api/v1/conversations/${id}/close`, {}).catch(() => null)));
  }

  /** Everybody takes their place. @param {ReturnType<import("./stories.js").Story["setting"]>} setting */
  function setStage({ desks, phone, group }) {
    unheard = [];
    tell({ to: "shop", act: "begin", group });
    tell({ to: "first", act: "choose", state: desks === "first-online" ? "online" : "away" });
    tell({ to: "second", act: "choose", state: "away" });
    tell({ to: "phone", act: phone === "closed" ? "swipe" : "open", state: phone });
    tell({ to: "mailbox", act: "begin" });
  }

  /** @param {string} id @param {{ isPlaying?: boolean }} [options] */
  async function begin(id, { isPlaying = false } = {}) {
    clearTimeout(pause);
    const turn = ++turns;
    const { setting } = storyOf(id);
    tour.dispatch({ type: "story/opened", story: id, isPlaying });
    await closeAll();
    // Somebody may have chosen another one meanwhile.
    if (turn !== turns) return;
    setStage(setting(cast()));
    tour.dispatch({ type: "story/set" });
  }

  /** Does the step that is to be done now. */
  function doIt() {
    const step = currentStep(tour.state);
    if (!step?.asks) return;
    for (const ask of step.asks(cast(), (key) => tour.words(key))) tell(ask);
  }

  return {
    begin,
    doIt,

    /** A player is there, and hears what was asked of it. @param {string} player */
    isHere(player) {
      const asks = unheard.filter(({ to }) => to === player);
      unheard = unheard.filter(({ to }) => to !== player);
      asks.forEach(tell);
    },

    /** As at the first look. */
    async startOver() {
      clearTimeout(pause);
      const turn = ++turns;
      await closeAll();
      if (turn !== turns) return;
      setStage({ desks: "away", phone: "closed", group: null });
      tour.dispatch({ type: "over" });
    },

    /** What comes next is done by itself, while the story is played. @param {import("./state.js").State} before */
    goOn(before) {
      const { state } = tour;
      const step = currentStep(state);
      if (!state.isPlaying || !state.story?.isSet || (step === currentStep(before) && before.isPlaying && before.story?.isSet)) return;
      clearTimeout(pause);
      if (step?.asks) pause = setTimeout(doIt, PAUSE_MS);
      if (step) return;
      const next = storyAfter(state.story.id);
      if (next) pause = setTimeout(() => begin(next.id, { isPlaying: true }), END_MS);
      else tour.dispatch({ type: "story/playing", isPlaying: false });
    },

    stopPlaying() {
      clearTimeout(pause);
      tour.dispatch({ type: "story/playing", isPlaying: false });
    },

    /** @param {import("./state.js").Tab} tab */
    show: (tab) => tour.dispatch({ type: "show", tab }),

    /** Into a window of its own, beside this one. @param {import("./stories.js").Player} player */
    openWindow(player) {
      const size = player === "phone" ? "width=390,height=760" : player === "mailbox" ? "width=760,height=720" : "width=1180,height=780";
      window.open(tour.addressOf(player), `doorbell-demo-${player}`, `popup,${size}`);
    },

    /** @param {import("./stories.js").Player} player */
    bringBack: (player) => tour.stage.tell(player, "come-home"),

    /** The whole demo speaks it, its letters and desks too. @param {import("/shared/words.js").LanguageTag} language */
    async speak(language) {
      keepLanguage(language);
      await letPeopleSpeak(tour.state.world, language);
      tour.dispatch({ type: "language", language });
      for (const player of PLAYERS) tour.stage.tell(player, "language", { language });
    },
  };
}

/**
 * The shop is the account's own web site: its people need not be told that any other may show the chat.
 *
 * @param {import("../world.js").World} world
 */
export async function allowShop({ operators: [admin] }) {
  const { allowed_origins: allowed } = await callAs(admin, "GET", "/api/v1/account");
  if (allowed.includes(location.origin)) return;
  await callAs(admin, "PATCH", "/api/v1/account", { allowed_origins: [...allowed, location.origin] });
}

/**
 * Letters and desks are in the language of whoever gets them.
 *
 * @param {import("../world.js").World | null} world
 * @param {import("/shared/words.js").LanguageTag} locale
 */
export async function letPeopleSpeak(world, locale) {
  await Promise.all(
    (world?.operators || []).map(async (person) => {
      const me = await callAs(person, "GET", "/api/v1/me");
      if (me.locale !== locale) await callAs(person, "PATCH", "/api/v1/me", { locale });
    }),
  );
}
