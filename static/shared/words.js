// What pages say, in the languages that there are. A page has a dictionary a language; both know the same keys.

/** @typedef {"en" | "cs"} LanguageTag */
/** A text, or its forms by number ("one", "few", "many", "other"), chosen by `count`. @typedef {string | Record<string, string>} Entry */
/** @typedef {Record<string, Entry>} Dictionary */
/** @typedef {Record<LanguageTag, Dictionary>} Dictionaries */
/** @typedef {Record<string, any>} Values what stands for `{name}` in a text */
/** @typedef {ReturnType<typeof speaker>} Words */

/** @type {LanguageTag[]} */
export const LANGUAGES = ["en", "cs"];

/**
 * The first of the wished languages that there are words in, else English.
 *
 * @param {readonly (string | null | undefined)[]} wishes such as "cs-CZ"
 * @returns {LanguageTag}
 */
export function chooseLanguage(wishes) {
  const tags = wishes.map((wish) => String(wish || "").toLowerCase().split("-")[0]);
  return /** @type {LanguageTag} */ (tags.find((tag) => LANGUAGES.includes(/** @type {any} */ (tag))) || "en");
}

/**
 * One dictionary out of several; a key stands in one of them.
 *
 * @param {...Dictionaries} parts
 * @returns {Dictionaries}
 */
export function join(...parts) {
  return { en: Object.assign({}, ...parts.map((part) => part.en)), cs: Object.assign({}, ...parts.map((part) => part.cs)) };
}

/**
 * Speaks one language.
 *
 * @param {Dictionaries} dictionaries
 * @param {LanguageTag} language
 */
export function speaker(dictionaries, language) {
  const plurals = new Intl.PluralRules(language);

  /** @param {string} key @param {Values} values */
  function text(key, values) {
    const entry = dictionaries[language][key];
    if (entry === undefined) throw new Error(`there are no words for ${key}`);
    return typeof entry === "string" ? entry : (entry[plurals.select(values.count)] ?? entry.other);
  }

  /** A sentence. @param {string} key @param {Values} [values] */
  function words(key, values = {}) {
    return text(key, values).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** The language. @type {LanguageTag} */
  words.language = language;

  /** Whether there are words for this key. @param {string} key */
  words.knows = (key) => key in dictionaries[language];

  /** The same in pieces, where a value is an element rather than a text. @param {string} key @param {Values} [values] */
  words.pieces = (key, values = {}) =>
    text(key, values)
      .split(/(\{\w+\})/)
      .filter(Boolean)
      .map((piece) => (/^\{\w+\}$/.test(piece) ? values[piece.slice(1, -1)] : piece));

  const region = language === "en" ? "en-GB" : language;
  const lists = {
    conjunction: new Intl.ListFormat(region, { type: "conjunction" }),
    disjunction: new Intl.ListFormat(region, { type: "disjunction" }),
  };

  /** "Petr", "Petr and Jana", "Petr, Jana and Tomáš". @param {string[]} items @param {"conjunction" | "disjunction"} [type] */
  words.list = (items, type = "conjunction") => lists[type].format(items);

  return words;
}
