// In which language the demo's pages speak: the browser's, or the one that was chosen in the tour.
import { chooseLanguage, LANGUAGES } from "/shared/words.js";
import { remember, remembered } from "/shared/memory.js";

const MEMORY = "doorbell-demo-language";

/** @returns {import("/shared/words.js").LanguageTag} */
export function language() {
  return chooseLanguage([remembered("localStorage", MEMORY), ...(navigator.languages || [])]);
}

/** @param {import("/shared/words.js").LanguageTag} tag */
export function keepLanguage(tag) {
  if (LANGUAGES.includes(tag)) remember("localStorage", MEMORY, tag);
}

/** How each language calls itself. */
export const NAMES = { en: "English", cs: "Čeština" };
