// The pictures by the scene that they are of: what is set up for it, and what is taken then.
import { addressOf } from "../journeys/world/desk.mjs";
import { Chat } from "../journeys/world/shop.mjs";
import { Tour } from "../journeys/world/tour.mjs";
import { Visitor } from "../journeys/world/people.mjs";
import { CHAT, LETTER } from "./talks.mjs";

/** @typedef {import("./studio.mjs").Studio} Studio */
/** @typedef {import("./company.mjs").Company} Company */
/** @typedef {import("../journeys/world/house.mjs").Demo} Demo */
/** @typedef {{ en: Company, cs: Company }} Companies */
/** @typedef {Record<string, Buffer>} Pictures by the name of their file */

/** What the timer shows when it is taken, or less. */
const SHOWN = /\b1:[0-2]\d\b/;
/** Longer than it takes until then, and than a story of the demo. */
const LONG_MS = 60_000;

/** Inbox, conversation, running timer and why. @param {Studio} studio @param {Companies} companies @returns {Promise<Pictures>} */
async function dashboard(studio, { en, cs }) {
  const talkOf = (/** @type {Company} */ { account, conversation }, /** @type {string} */ panel) => new URL(addressOf(account.house, conversation, panel)).hash;
  const light = await studio.dashboard(en, talkOf(en, "why"));
  const dark = await studio.dashboard(en, talkOf(en, "why"), { dark: true });
  const czech = await studio.dashboard(cs, talkOf(cs, "why"));
  const list = await studio.dashboard(en, "", { phone: true });
  const talk = await studio.dashboard(en, talkOf(en, ""), { phone: true });
  for (const page of [light, dark, czech]) await page.locator(".side-timeline").waitFor();
  await Promise.all([en.evaAsks(), cs.evaAsks()]);
  for (const page of [light, dark, czech, talk]) await page.locator(".talk-outlook").getByText(SHOWN).waitFor({ timeout: LONG_MS });
  return {
    dashboard: await studio.take(light),
    "dashboard-dark": await studio.take(dark),
    "dashboard-cs": await studio.take(czech),
    "dashboard-phone": await studio.beside([await studio.take(list), await studio.take(talk)]),
  };
}

/** The other pages of the dashboard. @param {Studio} studio @param {Companies} companies @returns {Promise<Pictures>} */
async function pages(studio, { en }) {
  const why = await studio.dashboard(en, "#/why", { height: 1_600 });
  await why.locator(".why-decisions > li").first().waitFor();
  const team = await studio.dashboard(en, "#/team");
  await team.getByText("Lucie").first().waitFor();
  const settings = await studio.dashboard(en, "#/settings/notifications");
  await settings.locator("form").first().waitFor();
  return { why: await studio.take(why), team: await studio.take(team), settings: await studio.take(settings) };
}

/** The chat of the shop, while Jana is there and when she has left. @param {Studio} studio @param {Demo} demo @returns {Promise<Pictures>} */
async function widget(studio, demo) {
  const jana = await demo.logIn("jana");
  const laptop = await jana.at("Laptop");
  const page = await studio.open(`${demo.url}/demo/shop.html`, { width: 1000, height: 640 });
  const chat = await new Chat(page).open();
  await chat.say(CHAT.question);
  await chat.mark(CHAT.question).filter({ hasText: "Sent" }).waitFor();
  const { items } = await jana.get("/api/v1/conversations?view=unserved");
  await laptop.act("join", items[0].id);
  await laptop.reply(items[0].id, CHAT.answer);
  await chat.bubble(CHAT.answer).waitFor();
  await chat.say(CHAT.thanks);
  await chat.mark(CHAT.thanks).filter({ hasText: "Sent" }).waitFor();
  const online = await studio.take(page);
  await laptop.leave();
  const phone = await studio.open(`${demo.url}/demo/shop.html`, { phone: true, dark: true });
  const late = await new Chat(phone).open();
  await late.say(CHAT.late);
  await late.mark(CHAT.late).filter({ hasText: "Sent" }).waitFor();
  return { widget: online, "widget-offline-phone": await studio.take(phone) };
}

/** The demo's tour in the middle of a story, and the mailbox behind it. @param {Studio} studio @param {Demo} demo @returns {Promise<Pictures>} */
async function demo(studio, demo) {
  const page = await studio.open(`${demo.url}/demo`, { width: 1440, height: 900 });
  const tour = new Tour(demo, page);
  await tour.isThere();
  await tour.begin("Nobody home");
  await tour.letDo("The visitor writes");
  await tour.clock.getByText("7", { exact: true }).waitFor();
  await tour.player("first").getByText("0:07").waitFor();
  const running = await studio.take(page);
  return { demo: running };
}

/** Letters about a visitor of the demo who is not at an address of this machine. @param {Studio} studio @param {Demo} demo @returns {Promise<Pictures>} */
async function mailbox(studio, demo) {
  const world = await (await fetch(`${demo.url}/demo/world.json`)).json();
  const page = { url: "https://toys-and-tea.example/teapots/blue", title: "Blue teapot" };
  const visitor = await Visitor.come({ house: demo, key: world.widget_key }, { page });
  visitor.identify(LETTER.from);
  for (const line of LETTER.lines) await visitor.say(line);
  const shown = await studio.open(`${demo.url}/demo/mailbox.html`);
  await shown.getByRole("button", { name: /Petr/ }).first().click({ timeout: LONG_MS });
  await shown.frameLocator(".content iframe").getByText(LETTER.lines[0]).last().waitFor();
  return { mailbox: await studio.take(shown) };
}

/** Of the company, before the timer runs and then; and each of a demo of its own. */
export const OF_COMPANY = { pages, dashboard };
export const OF_DEMO = { widget, mailbox, demo };
