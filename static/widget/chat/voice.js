// How the chat speaks: its words, and times as people read them. A visitor fetches one language.
import { speaker } from "/shared/words.js";

/** @typedef {Awaited<ReturnType<typeof voiceOf>>} Voice */

/** @param {import("/shared/words.js").LanguageTag} language */
export async function voiceOf(language) {
  /** @type {{ dictionary: import("/shared/words.js").Dictionary }} */
  const { dictionary } = await import(`./words/${language}.js`);
  const region = language === "cs" ? "cs-CZ" : "en-GB";
  const format = (/** @type {Intl.DateTimeFormatOptions} */ options) => {
    const { format: say } = new Intl.DateTimeFormat(region, options);
    return (/** @type {string} */ at) => say(new Date(at));
  };
  return {
    words: speaker({ en: dictionary, cs: dictionary }, language),
    clock: format({ hour: "2-digit", minute: "2-digit" }),
    day: format({ weekday: "long", day: "numeric", month: "long" }),
    exact: format({ dateStyle: "full", timeStyle: "medium" }),
  };
}
