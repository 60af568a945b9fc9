// The visitor: a browser with the shop in it, and what a visitor can do beside writing. Leaving takes the shop's page away, as closing
// its tab would; the widget has no say in it.
import { byId } from "/shared/dom.js";
import { render } from "/shared/view.js";
import { join, speaker } from "/shared/words.js";
import { language } from "../language.js";
import { play } from "../stage.js";
import { theWorld } from "../world.js";
import * as shared from "../words/shared.js";
import * as own from "../words/visitor.js";
import { nothing, reduce, widgetsOwn } from "./state.js";
import { page, SHOP } from "./view.js";

const host = byId("app");
const dictionaries = join(own, shared);

const visitor = /** @type {import("./view.js").Visitor} */ ({
  words: speaker(dictionaries, language()),
  state: { ...nothing, group: new URLSearchParams(location.search).get("group") || "" },
});

/** What the visitor wants to say as soon as the widget is there. @type {string[]} */
let unsaid = [];
let isReady = false;

/** @param {import("./state.js").Event} event */
function dispatch(event) {
  visitor.state = reduce(visitor.state, event);
  draw();
}

function draw() {
  const { words } = visitor;
  document.documentElement.lang = words.language;
  document.title = words("visitor_title");
  render(host, page(visitor));
}

/** The widget's own function in the shop's page. @param {...any} what */
function doorbell(...what) {
  const frame = /** @type {HTMLIFrameElement | null} */ (document.getElementById(SHOP));
  /** @type {any} */ (frame?.contentWindow)?.doorbell?.(...what);
}

function say(/** @type {string} */ text) {
  if (!isReady) return void unsaid.push(text);
  doorbell("open");
  doorbell("send", text);
}

/** @param {string} key */
function forgetVisitor(key) {
  for (const storage of /** @type {const} */ (["localStorage", "sessionStorage"])) {
    try {
      for (const name of widgetsOwn(Object.keys(window[storage]), key)) window[storage].removeItem(name);
    } catch {
      // A browser that keeps nothing has nobody to forget.
    }
  }
}

visitor.acts = {
  leave() {
    isReady = false;
    dispatch({ type: "left" });
  },
  come() {
    isReady = false;
    dispatch({ type: "came" });
  },
  forget(group) {
    isReady = false;
    unsaid = [];
    dispatch({ type: "forgotten", group });
    if (visitor.state.world) forgetVisitor(visitor.state.world.widget_key);
    dispatch({ type: "came" });
  },
  group(group) {
    dispatch({ type: "group", group });
    doorbell("group", group || null);
  },
};

// Only the shop's page in the frame says that its widget is there.
addEventListener("message", ({ data, origin, source }) => {
  const frame = /** @type {HTMLIFrameElement | null} */ (document.getElementById(SHOP));
  if (origin !== location.origin || source !== frame?.contentWindow || data !== "ready") return;
  isReady = true;
  for (const text of unsaid.splice(0)) say(text);
  stage.tell("ready");
});

const stage = play("shop", {
  begin: ({ group }) => visitor.acts.forget(group ?? ""),
  leave: visitor.acts.leave,
  say: ({ text }) => say(String(text)),
  language({ language: tag }) {
    visitor.words = speaker(dictionaries, tag === "cs" ? "cs" : "en");
    visitor.acts.come();
  },
});

async function open() {
  draw();
  const world = await theWorld();
  dispatch(world ? { type: "world", world } : { type: "lost" });
}

open();
