// Times and amounts as people read them: in their language, and in one zone on a whole page. The server's sentences tell times in the
// account's zone, so whatever stands beside them does, too.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What is younger was just now. */
const NOW_MS = 45 * SECOND_MS;

const WORDS = {
  en: { now: "just now", s: "s", min: "min", h: "h" },
  cs: { now: "právě teď", s: "s", min: "min", h: "h" },
};

/** @typedef {ReturnType<typeof formats>} Formats */

/**
 * @param {import("./words.js").LanguageTag} language
 * @param {string} [zone] such as "Europe/Prague"; else, and where this browser does not know it, the browser's own
 */
export function formats(language, zone) {
  const tag = language === "cs" ? "cs-CZ" : "en-GB";
  const say = WORDS[language];
  const timeZone = isKnown(zone) ? zone : undefined;
  const format = (/** @type {Intl.DateTimeFormatOptions} */ options) => new Intl.DateTimeFormat(tag, { ...options, timeZone });
  const time = format({ hour: "numeric", minute: "2-digit" });
  const day = format({ day: "numeric", month: "short" });
  const dayOfYear = format({ day: "numeric", month: "short", year: "numeric" });
  const full = format({ weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" });
  const calendar = new Intl.DateTimeFormat("en-CA", { timeZone });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: "auto" });
  const number = new Intl.NumberFormat(tag);

  /** Its day, "2026-11-27". @param {string | number} at */
  const dayOf = (at) => calendar.format(new Date(at));
  /** The days of the calendar, counted. @param {string | number} at */
  const dayNumber = (at) => Date.parse(dayOf(at)) / DAY_MS;
  /** @param {string | number} at */
  const yearOf = (at) => calendar.format(new Date(at)).slice(0, 4);

  /** "9:02". @param {string | number} at */
  const clock = (at) => time.format(new Date(at));

  /** "today" and "yesterday", then "3 Nov", with the year where it is another. @param {string | number} at @param {number} [nowMs] */
  function date(at, nowMs = Date.now()) {
    const days = dayNumber(at) - dayNumber(nowMs);
    if (days === 0 || days === -1) return relative.format(days, "day");
    return (yearOf(at) === yearOf(nowMs) ? day : dayOfYear).format(new Date(at));
  }

  /** "10:02" of today, else with its day. @param {string | number} at @param {number} [nowMs] */
  function moment(at, nowMs = Date.now()) {
    const isToday = dayNumber(at) === dayNumber(nowMs);
    return isToday ? clock(at) : `${date(at, nowMs)} ${clock(at)}`;
  }

  /** "just now", "2 min ago", then the moment. @param {string | number} at @param {number} [nowMs] */
  function ago(at, nowMs = Date.now()) {
    const passed = Math.max(0, nowMs - new Date(at).getTime());
    if (passed < NOW_MS) return say.now;
    if (passed < HOUR_MS) return relativeMinutes(Math.max(1, Math.round(passed / MINUTE_MS)));
    return moment(at, nowMs);
  }

  const short = new Intl.RelativeTimeFormat(tag, { style: "short", numeric: "always" });
  const relativeMinutes = (/** @type {number} */ minutes) => short.format(-minutes, "minute").replace("min. ago", "min ago");

  /** To the second, for records and on hover. @param {string | number} at */
  const exact = (at) => full.format(new Date(at));

  /** "1:24", "1:02:03"; "0:00" behind it. @param {string | number} at @param {number} [nowMs] */
  function until(at, nowMs = Date.now()) {
    const seconds = Math.max(0, Math.ceil((new Date(at).getTime() - nowMs) / SECOND_MS));
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  }

  /** "90 s", "2 min", "1 h 30 min". @param {number} seconds */
  function amount(seconds) {
    const whole = Math.round(seconds);
    if (whole < 120 && whole % 60) return `${whole} ${say.s}`;
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const parts = [h && `${h} ${say.h}`, m && `${m} ${say.min}`, s && `${s} ${say.s}`].filter(Boolean);
    return parts.join(" ") || `0 ${say.s}`;
  }

  /** "1,234". @param {number} n */
  const count = (n) => number.format(n);

  return { clock, day: dayOf, date, moment, ago, exact, until, amount, count };
}

/** @param {string | undefined} zone */
function isKnown(zone) {
  try {
    return Boolean(zone && new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}
