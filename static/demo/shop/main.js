// The shop: a page with the real widget, as any web site would have it.
import { byId } from "/shared/dom.js";
import { formats } from "/shared/format.js";
import { render } from "/shared/view.js";
import { chooseLanguage, speaker } from "/shared/words.js";
import { language } from "../language.js";
import { theWorld } from "../world.js";
import * as dictionaries from "../words/shop.js";
import { page } from "./view.js";

const asked = new URLSearchParams(location.search);
const tag = chooseLanguage([asked.get("lang"), language()]);
const words = speaker(dictionaries, tag);

/** Until its script is there, what is asked of the widget waits in a list, as its snippet has it. */
/** @type {any} */ (window).doorbell ??= function () {
  const { doorbell } = /** @type {any} */ (window);
  (doorbell.q ??= []).push(arguments);
};

/** The tag that a web site would have in its page. @param {string} key @param {string | null} group */
function addWidget(key, group) {
  const script = document.createElement("script");
  script.async = true;
  script.src = "/widget.js";
  script.dataset.key = key;
  script.dataset.language = tag;
  if (group) script.dataset.group = group;
  document.body.append(script);
}

async function open() {
  document.documentElement.lang = tag;
  document.title = words("shop_name");
  render(byId("app"), page(words, formats(tag)));
  const world = await theWorld();
  if (!world) return;
  /** @type {any} */ (window).doorbell("on", "ready", () => window.parent.postMessage("ready", location.origin));
  addWidget(world.widget_key, asked.get("group"));
}

open();
