// What is known of a visitor.
import { h } from "/shared/view.js";
import { visitorName, webAddress } from "../names.js";
import { outward, status, time } from "./pieces.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */

/** @param {Desk} desk @param {Known} conversation */
export function visitorPanel(desk, conversation) {
  const { words, state } = desk;
  const { visitor, group, operators, last_message } = conversation;
  const inGroup = group && state.groups.find(({ id }) => id === group);
  const talk = state.talks[conversation.id];
  const first = talk?.isLoaded && !talk.hasOlder ? talk.messages[0] : null;
  return [
    h("h1", { class: "side-name" }, h("bdi", {}, visitorName(words, visitor))),
    h("p", {}, status(visitor.online ? "online" : "offline", words(visitor.online ? "talk_visitor_here" : "talk_visitor_gone"))),
    h(
      "dl",
      { class: "side-facts" },
      fact(words("side_email"), visitor.email ? h("a", { href: `mailto:${encodeURIComponent(visitor.email)}` }, h("bdi", {}, visitor.email)) : h("span", { class: "muted" }, words("side_email_none"))),
      fact(words(visitor.online ? "side_page" : "side_page_last"), visitor.page ? page(visitor.page) : h("span", { class: "muted" }, words("side_page_none"))),
      inGroup && fact(words("side_group"), h("bdi", {}, inGroup.name)),
      fact(words("side_operators"), operators.length ? words.list(operators.map((one) => (one.id === state.me?.id ? words("talk_you") : one.name))) : h("span", { class: "muted" }, words("side_operators_none"))),
      first && fact(words("side_first"), time(desk, first.at, "moment")),
      last_message && fact(words("side_last"), time(desk, last_message.at, "moment")),
    ),
    h("p", { class: "side-note" }, words("side_visitor_note")),
  ];
}

/** @param {string} name @param {import("/shared/view.js").Child} value */
function fact(name, value) {
  return h("div", { key: name }, h("dt", {}, name), h("dd", {}, value));
}

/** @param {{ url: string, title: string | null }} page */
function page({ url, title }) {
  const href = webAddress(url);
  const address = href ? outward(href, h("bdi", {}, url)) : h("bdi", {}, url);
  return [title?.trim() && h("span", { class: "side-page-title" }, h("bdi", {}, title)), h("span", { class: "side-address" }, address)];
}
