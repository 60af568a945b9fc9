// The published reference as a page: made out of both documents, found by filter or by anchor.

import { byId, el } from "/shared/dom.js";
import { callEntry, callsOf } from "./calls.js";
import { closeCodes, frameEntry, framesOf, upgradeAnswers } from "./frames.js";
import { json, paragraphs } from "./prose.js";
import { know, shape } from "./shapes.js";

const NARROW = "(max-width: 900px)";

/** @typedef {any} Document */

/** The element with this id, of a kind. @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function theOne(id, kind) {
  const element = byId(id);
  if (!(element instanceof kind)) throw new Error(`#${id} is no ${kind.name}`);
  return element;
}

/** All elements under another one. @param {Element} main @param {string} selector @returns {HTMLElement[]} */
const all = (main, selector) => /** @type {HTMLElement[]} */ ([...main.querySelectorAll(selector)]);

async function read(/** @type {string} */ path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** @param {string} id @param {string} title @param {HTMLElement[]} children */
function section(id, title, ...children) {
  return el("section", { id }, el("h2", {}, title), ...children);
}

/**
 * Entries under a heading that goes when none of them is left.
 *
 * @param {string} id
 * @param {string} title
 * @param {string} about
 * @param {HTMLElement[]} entries
 */
function groupOf(id, title, about, entries) {
  return el("div", { class: "group", id }, el("h3", {}, title), ...paragraphs(about), ...entries);
}

/** @param {Document} openapi */
function http(openapi) {
  const calls = callsOf(openapi);
  const groups = openapi.tags.map((/** @type {Record<string, string>} */ { name, description }) => groupOf(`calls-${name}`, name, description, calls.filter((call) => call.tag === name).map((call) => callEntry(openapi, call))));
  return section("http", "Calls", el("div", { class: "about" }, ...paragraphs(openapi.info.description)), ...groups);
}

/** @param {Document} asyncapi */
function sockets(asyncapi) {
  const frames = framesOf(asyncapi);
  const groups = Object.entries(/** @type {Record<string, any>} */ (asyncapi.channels)).flatMap(([name, channel]) => {
    const of = (/** @type {string} */ side) => frames.filter((frame) => frame.channel === name && frame.side === side).map(frameEntry);
    const what = name === "visitor" ? "visitor" : "operator";
    return [
      groupOf(`frames-${name}-client`, `${channel.address}: what a client says`, channel.description, of("client")),
      groupOf(`frames-${name}-server`, `${channel.address}: what it is told`, what === "visitor" ? "Answers, and what happens meanwhile." : "Answers, and what happens meanwhile in the account.", of("server")),
    ];
  });
  const about = el("div", { class: "about" }, ...paragraphs(asyncapi.info.description), el("h3", { id: "close-codes" }, "Close codes"), closeCodes(asyncapi), el("h3", { id: "upgrade" }, "The upgrade"), upgradeAnswers(asyncapi));
  return section("sockets", "Sockets", about, ...groups);
}

/** @param {Record<string, any>} schemas */
function shapes(schemas) {
  const entries = Object.keys(schemas).sort().map((name) =>
    el("details", { class: "entry", id: `shape-${name}`, "data-words": `${name} ${JSON.stringify(schemas[name])}`.toLowerCase() },
      el("summary", {}, el("code", { class: "name" }, name), el("span", { class: "says" }, firstSentence(schemas[name].description))),
      el("div", { class: "inside" }, ...shape(schemas[name]), ...(schemas[name].examples ?? []).map((/** @type {unknown} */ example) => json(example, `An example of ${name}`)))));
  return section("shapes", "Shapes", groupOf("all-shapes", "What calls and frames share", "A field is there unless it is called optional.", entries));
}

/** @returns {string} */
function firstSentence(text = "") {
  return text.replace(/[`*]/g, "").split(/(?<=[.:])\s/)[0].replace(/[.:]$/, "");
}

function contents(/** @type {HTMLElement} */ main) {
  const lists = all(main, "section").map((part) => {
    const groups = all(part, ".group > h3, .about > h3");
    const items = groups.map((title) => el("li", {}, el("a", { href: `#${title.id || title.parentElement?.id}` }, title.textContent)));
    return [el("h2", {}, el("a", { href: `#${part.id}` }, part.querySelector("h2")?.textContent)), el("ul", {}, ...items)];
  });
  const raw = el("ul", {}, ...["/openapi.json", "/asyncapi.json"].map((path) => el("li", {}, el("a", { href: path }, path))));
  return [...lists.flat(), el("h2", {}, "As data"), raw];
}

/** Leaves what has all the words of the filter. @param {HTMLElement} main @param {string} text */
function filter(main, text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const entry of all(main, ".entry")) {
    const fits = wanted.every((word) => entry.dataset.words?.includes(word));
    entry.hidden = !fits;
    left += fits ? 1 : 0;
  }
  for (const group of all(main, ".group")) group.hidden = !group.querySelector(".entry:not([hidden])");
  for (const about of all(main, ".about")) about.hidden = wanted.length > 0;
  for (const part of all(main, "section")) part.hidden = wanted.length > 0 && !part.querySelector(".group:not([hidden])");
  byId("found").textContent = wanted.length === 0 ? "" : left === 0 ? "Nothing has these words." : `${left} with these words`;
}

/** Opens and shows what the address names. @param {HTMLElement} main */
function follow(main) {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !main.contains(target)) return;
  if (target.hidden || target.closest("[hidden]")) {
    theOne("filter", HTMLInputElement).value = "";
    filter(main, "");
  }
  if (target instanceof HTMLDetailsElement) target.open = true;
  target.scrollIntoView();
}

function listen(/** @type {HTMLElement} */ main) {
  const input = theOne("filter", HTMLInputElement);
  const toggle = byId("toggle");
  input.addEventListener("input", () => filter(main, input.value));
  byId("search").addEventListener("submit", (event) => event.preventDefault());
  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-pressed") === "false";
    toggle.setAttribute("aria-pressed", String(open));
    toggle.textContent = open ? "Close all" : "Open all";
    for (const entry of main.querySelectorAll("details")) if (entry.matches(".entry")) entry.open = open;
  });
  document.addEventListener("keydown", (event) => {
    const types = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key === "/" && !types && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    } else if (event.key === "Escape" && event.target === input) {
      input.value = "";
      filter(main, "");
    }
  });
  // An entry that was opened by hand can be passed on by its address.
  main.addEventListener("toggle", (event) => {
    const entry = event.target;
    if (!(entry instanceof HTMLDetailsElement) || !entry.matches(".entry")) return;
    if (entry.open && toggle.getAttribute("aria-pressed") === "false") history.replaceState(null, "", `#${entry.id}`);
  }, true);
  addEventListener("hashchange", () => follow(main));
  // On a phone the contents stand before the page: out of the way, once somebody has chosen.
  byId("contents").addEventListener("click", (event) => {
    const isLink = event.target instanceof Element && event.target.closest("a");
    if (isLink && matchMedia(NARROW).matches) theOne("contents-box", HTMLDetailsElement).open = false;
  });
}

async function start() {
  const main = byId("content");
  const narrow = matchMedia(NARROW);
  const box = theOne("contents-box", HTMLDetailsElement);
  const input = theOne("filter", HTMLInputElement);
  box.open = !narrow.matches;
  narrow.addEventListener("change", () => (box.open = !narrow.matches));
  try {
    const [openapi, asyncapi] = await Promise.all([read("/openapi.json"), read("/asyncapi.json")]);
    byId("version").textContent = openapi.info.version;
    const schemas = { ...asyncapi.components.schemas, ...openapi.components.schemas };
    know(schemas);
    main.append(http(openapi), sockets(asyncapi), shapes(schemas));
    byId("contents").append(...contents(main));
    listen(main);
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    filter(main, input.value);
    follow(main);
  } catch (error) {
    byId("error").textContent = `The reference could not be shown: ${error instanceof Error ? error.message : error}`;
    byId("error").hidden = false;
  }
}

start();
