// The published reference as a page: made out of both documents, found by filter or by anchor.

import { byId, el } from "/shared/dom.js";
import { callEntry, callsOf } from "./calls.js";
import { closeCodes, frameEntry, framesOf, upgradeAnswers } from "./frames.js";
import { json, paragraphs } from "./prose.js";
import { know, shape } from "./shapes.js";

const NARROW = "(max-width: 900px)";

async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function section(id, title, ...children) {
  return el("section", { id }, el("h2", {}, title), ...children);
}

/** Entries under a heading that goes when none of them is left. */
function groupOf(id, title, about, entries) {
  return el("div", { class: "group", id }, el("h3", {}, title), ...paragraphs(about), ...entries);
}

function http(openapi) {
  const calls = callsOf(openapi);
  const groups = openapi.tags.map(({ name, description }) => groupOf(`calls-${name}`, name, description, calls.filter((call) => call.tag === name).map((call) => callEntry(openapi, call))));
  return section("http", "Calls", el("div", { class: "about" }, ...paragraphs(openapi.info.description)), ...groups);
}

function sockets(asyncapi) {
  const frames = framesOf(asyncapi);
  const groups = Object.entries(asyncapi.channels).flatMap(([name, channel]) => {
    const of = (side) => frames.filter((frame) => frame.channel === name && frame.side === side).map(frameEntry);
    const what = name === "visitor" ? "visitor" : "operator";
    return [
      groupOf(`frames-${name}-client`, `${channel.address}: what a client says`, channel.description, of("client")),
      groupOf(`frames-${name}-server`, `${channel.address}: what it is told`, what === "visitor" ? "Answers, and what happens meanwhile." : "Answers, and what happens meanwhile in the account.", of("server")),
    ];
  });
  const about = el("div", { class: "about" }, ...paragraphs(asyncapi.info.description), el("h3", { id: "close-codes" }, "Close codes"), closeCodes(asyncapi), el("h3", { id: "upgrade" }, "The upgrade"), upgradeAnswers(asyncapi));
  return section("sockets", "Sockets", about, ...groups);
}

function shapes(all) {
  const entries = Object.keys(all).sort().map((name) =>
    el("details", { class: "entry", id: `shape-${name}`, "data-words": `${name} ${JSON.stringify(all[name])}`.toLowerCase() },
      el("summary", {}, el("code", { class: "name" }, name), el("span", { class: "says" }, firstSentence(all[name].description))),
      el("div", { class: "inside" }, ...shape(all[name]), ...(all[name].examples ?? []).map((example) => json(example, `An example of ${name}`)))));
  return section("shapes", "Shapes", groupOf("all-shapes", "What calls and frames share", "A field is there unless it is called optional.", entries));
}

function firstSentence(text = "") {
  return text.replace(/[`*]/g, "").split(/(?<=[.:])\s/)[0].replace(/[.:]$/, "");
}

function contents(main) {
  const lists = [...main.querySelectorAll("section")].map((part) => {
    const groups = [...part.querySelectorAll(".group > h3, .about > h3")];
    const items = groups.map((title) => el("li", {}, el("a", { href: `#${title.id || title.parentElement.id}` }, title.textContent)));
    return [el("h2", {}, el("a", { href: `#${part.id}` }, part.querySelector("h2").textContent)), el("ul", {}, ...items)];
  });
  const raw = el("ul", {}, ...["/openapi.json", "/asyncapi.json"].map((path) => el("li", {}, el("a", { href: path }, path))));
  return [...lists.flat(), el("h2", {}, "As data"), raw];
}

/** Leaves what has all the words of the filter. */
function filter(main, text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const entry of main.querySelectorAll(".entry")) {
    const fits = wanted.every((word) => entry.dataset.words.includes(word));
    entry.hidden = !fits;
    left += fits ? 1 : 0;
  }
  for (const group of main.querySelectorAll(".group")) group.hidden = !group.querySelector(".entry:not([hidden])");
  for (const about of main.querySelectorAll(".about")) about.hidden = wanted.length > 0;
  for (const part of main.querySelectorAll("section")) part.hidden = wanted.length > 0 && !part.querySelector(".group:not([hidden])");
  byId("found").textContent = wanted.length === 0 ? "" : left === 0 ? "Nothing has these words." : `${left} with these words`;
}

/** Opens and shows what the address names. */
function follow(main) {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !main.contains(target)) return;
  if (target.hidden || target.closest("[hidden]")) {
    byId("filter").value = "";
    filter(main, "");
  }
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
}

function listen(main) {
  const input = byId("filter");
  const toggle = byId("toggle");
  input.addEventListener("input", () => filter(main, input.value));
  byId("search").addEventListener("submit", (event) => event.preventDefault());
  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-pressed") === "false";
    toggle.setAttribute("aria-pressed", String(open));
    toggle.textContent = open ? "Close all" : "Open all";
    for (const entry of main.querySelectorAll(".entry")) entry.open = open;
  });
  document.addEventListener("keydown", (event) => {
    const types = event.target.matches?.("input, textarea, select");
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
    if (event.target.matches(".entry") && event.target.open && toggle.getAttribute("aria-pressed") === "false") history.replaceState(null, "", `#${event.target.id}`);
  }, true);
  addEventListener("hashchange", () => follow(main));
  // On a phone the contents stand before the page: out of the way, once somebody has chosen.
  byId("contents").addEventListener("click", (event) => {
    if (event.target.closest("a") && matchMedia(NARROW).matches) byId("contents-box").open = false;
  });
}

async function start() {
  const main = byId("content");
  const narrow = matchMedia(NARROW);
  byId("contents-box").open = !narrow.matches;
  narrow.addEventListener("change", () => (byId("contents-box").open = !narrow.matches));
  try {
    const [openapi, asyncapi] = await Promise.all([read("/openapi.json"), read("/asyncapi.json")]);
    byId("version").textContent = openapi.info.version;
    const all = { ...asyncapi.components.schemas, ...openapi.components.schemas };
    know(all);
    main.append(http(openapi), sockets(asyncapi), shapes(all));
    byId("contents").append(...contents(main));
    listen(main);
    byId("filter").value = new URLSearchParams(location.search).get("q") ?? "";
    filter(main, byId("filter").value);
    follow(main);
  } catch (error) {
    byId("error").textContent = `The reference could not be shown: ${error.message}`;
    byId("error").hidden = false;
  }
}

start();
