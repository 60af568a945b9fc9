// The small company in the pictures: a shop for toys and tea, four people who answer for it, and a day of conversations.
import { Account } from "../journeys/world/people.mjs";
import { eventually } from "../journeys/world/waiting.mjs";
import { afternoonZone } from "./aged.mjs";
import { EVA_ASKS, TALKS, TOMAS_ANSWERS } from "./talks.mjs";

/** @typedef {"en" | "cs"} Lang */
/** @typedef {import("../journeys/world/people.mjs").Visitor} Visitor */

const NAMES = { en: "Toys and Tea", cs: "Hračky a čaj" };
const DOMAINS = { en: "toysandtea.test", cs: "hrackyacaj.test" };
const GROUPS = { en: ["Sales", "Service"], cs: ["Prodej", "Servis"] };
/** How long an email waits for somebody to come. */
const DELAY_S = 120;
/** How long Lucie's phone keeps her online. */
const LEASE_S = 7_200;

export class Company {
  /** How much older a conversation looks than it is, by its id. @type {Map<string, number>} */
  ages_ms = new Map();
  /** Writes in the conversation that pictures look at. @type {Visitor | null} */
  eva = null;
  /** Jana's browser: the pages go on with it. */
  device = "";

  /** @param {Account} account @param {Lang} lang @param {{ sales: string, service: string }} groups */
  constructor(account, lang, groups) {
    const [jana, petr, tomas, lucie] = account.operators;
    this.account = account;
    this.lang = lang;
    this.groups = groups;
    this.people = { jana, petr, tomas, lucie };
  }

  /** A company with its day behind it: nobody of the sales is online. @param {import("../journeys/world/house.mjs").House} house @param {Lang} lang */
  static async open(house, lang) {
    const account = await Account.open(house, "pro", ["Jana", "Petr", "Tomáš", "Lucie"], DOMAINS[lang]);
    const [jana, petr, tomas, lucie] = account.operators;
    await jana.patch("/api/v1/account", { name: NAMES[lang], locale: lang, timezone: afternoonZone(), allowed_origins: [`https://www.${DOMAINS[lang]}`] });
    for (const one of account.operators) await one.patch("/api/v1/me", { locale: lang });
    const [sales, service] = GROUPS[lang];
    const groups = { sales: await account.group(sales, [jana, petr, tomas]), service: await account.group(service, [jana, lucie]) };
    const company = new Company(account, lang, groups);
    const delays = { offline: { enabled: true, delay_s: DELAY_S }, missed: { enabled: true, delay_s: DELAY_S }, cooldown_s: 600 };
    await jana.patch("/api/v1/account", { notifications: delays });
    await company.#sitDown();
    for (const talk of TALKS[lang]) await company.#begin(talk);
    await company.#delaysPass();
    return company;
  }

  /** The conversation that pictures look at. */
  get conversation() {
    return this.eva?.conversation ?? "";
  }

  /** From now on an email is due. */
  evaAsks() {
    return this.eva?.say(EVA_ASKS[this.lang]);
  }

  /** Jana and Petr are away from their desks, Lucie has her phone in the pocket, and Tomáš is not there. */
  async #sitDown() {
    const { jana, petr, lucie } = this.people;
    this.device = (await jana.at("Chrome · Mac", { state: "away" })).device.id;
    await petr.at("Firefox · Windows", { state: "away" });
    await lucie.lease(LEASE_S);
  }

  /** @param {import("./talks.mjs").Talk} talk */
  async #begin({ name, email, group = "sales", page: [path, title], lines, by, ends, isGone, age_min }) {
    const page = { url: `https://www.${DOMAINS[this.lang]}${path}`, title };
    const visitor = await this.account.visitor({ group: this.groups[group], page });
    if (name) visitor.identify({ name, email });
    for (const line of lines) await visitor.say(line);
    const id = String(visitor.conversation);
    this.ages_ms.set(id, age_min * 60_000);
    if (by) await this.#answer(id, ...by);
    if (ends && by) await this.people[by[0]].act("close", id);
    if (isGone) await visitor.leave();
    this.eva = visitor;
  }

  /** @param {string} conversation @param {import("./talks.mjs").Who} who @param {string} text */
  async #answer(conversation, who, text) {
    await this.people[who].act("join", conversation);
    await this.people[who].reply(conversation, text);
  }

  /** Waits until the emails have gone out that are due; then Tomáš has had a look. */
  async #delaysPass() {
    const { jana, tomas } = this.people;
    const isOver = async () => {
      const { decisions } = await jana.explanation(this.conversation);
      const { items } = await jana.get("/api/v1/emails?limit=100");
      return decisions.length > 0 && items.every((/** @type {{ state: string }} */ { state }) => state === "sent");
    };
    await eventually("the emails that are due are sent", isOver, 2 * DELAY_S * 1_000);
    await this.#answer(this.conversation, "tomas", TOMAS_ANSWERS[this.lang]);
    await tomas.act("leave", this.conversation);
  }
}
