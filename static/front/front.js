// The front page: what this server is, and where to go from here.
import { byId } from "/shared/dom.js";
import { h, icon, render } from "/shared/view.js";
import { chooseLanguage, speaker } from "/shared/words.js";
import * as dictionaries from "./words.js";

const words = speaker(dictionaries, chooseLanguage(navigator.languages));

/** Where this server is none, the demo's page says so in its first line. */
async function isDemo() {
  const page = await fetch("/demo", { credentials: "omit" }).then((answer) => answer.text(), () => "");
  return page.includes("<html") && !page.includes('data-demo="off"');
}

/** @param {boolean} hasDemo */
function draw(hasDemo) {
  const pages = /** @type {const} */ ([["dashboard", "inbox"], ...(hasDemo ? [["demo", "chat"]] : []), ["reference", "list"]]);
  render(
    byId("front"),
    h(
      "main",
      { class: "page front" },
      h("h1", { class: "front-name" }, icon("bell"), "doorbell"),
      h("p", { class: "front-about" }, words("about")),
      h("p", {}, words("somebody"), " ", words("why")),
      h(
        "nav",
        { "aria-label": words("pages") },
        ...pages.map(([page, symbol]) =>
          h("a", { class: "card", href: `/${page}`, key: page }, icon(symbol), h("span", {}, h("strong", {}, words(page)), h("span", { class: "muted" }, words(`${page}_about`)))),
        ),
      ),
    ),
  );
}

document.documentElement.lang = words.language;
draw(false);
if (await isDemo()) draw(true);
