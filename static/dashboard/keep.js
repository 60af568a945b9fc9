// What this browser remembers of an operator: drafts, what was not sent yet, how they like it. Storage may be full or forbidden;
// then it lasts as long as the page.
import { remember, remembered } from "/shared/memory.js";

/** @param {string} operator whose */
const NAMES = (operator) => ({
  drafts: `doorbell-drafts-${operator}`,
  unsent: `doorbell-unsent-${operator}`,
  preferences: `doorbell-preferences-${operator}`,
});

export class Keep {
  /** Under which names they are kept. */
  names;
  /** What storage would not take. @type {Map<string, any>} */
  #memory = new Map();

  /** @param {string} operator */
  constructor(operator) {
    this.names = NAMES(operator);
  }

  /** What was typed and not sent, by conversation. @returns {Record<string, string>} */
  get drafts() {
    return this.#read(this.names.drafts);
  }

  set drafts(drafts) {
    this.#write(this.names.drafts, drafts);
  }

  /** What was sent and not acknowledged, by conversation. @returns {Record<string, { client_id: string, text: string }[]>} */
  get unsent() {
    return this.#read(this.names.unsent);
  }

  set unsent(unsent) {
    this.#write(this.names.unsent, unsent);
  }

  /** @returns {Partial<import("./state/index.js").State["preferences"]>} */
  get preferences() {
    return this.#read(this.names.preferences);
  }

  set preferences(preferences) {
    this.#write(this.names.preferences, preferences);
  }

  /** Somebody logs out: what they typed is nobody else's. How they like it stays. */
  forget() {
    for (const name of [this.names.drafts, this.names.unsent]) {
      this.#memory.delete(name);
      remember("localStorage", name, "");
    }
  }

  /** @param {string} name @returns {any} */
  #read(name) {
    if (this.#memory.has(name)) return this.#memory.get(name);
    try {
      return JSON.parse(remembered("localStorage", name) || "null") ?? {};
    } catch {
      return {};
    }
  }

  /** @param {string} name @param {any} value */
  #write(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
      this.#memory.delete(name);
    } catch {
      this.#memory.set(name, value);
    }
  }
}
