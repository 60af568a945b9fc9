// The head of a conversation: who is there and where, and what can be done with it.
import { h, icon } from "/shared/view.js";
import { visitorName, webAddress } from "../names.js";
import { dialog, iconButton, menu, menuItem, outward, status } from "./pieces.js";
import { peopleInOrder } from "./team.js";

/** @typedef {import("../desk.js").Desk} Desk */
/** @typedef {import("../state/index.js").Known} Known */

/** @param {Desk} desk @param {Known | undefined} conversation */
export function talkHead(desk, conversation) {
  const { words } = desk;
  const back = iconButton("left", words("back"), () => desk.go({ conversation: null, panel: null }), { class: "icon-button talk-back" });
  if (!conversation) return h("header", { class: "talk-head", key: "head" }, back, h("h1", { class: "grow" }, words("talk_title")));
  return h(
    "header",
    { class: "talk-head", key: "head" },
    back,
    h("div", { class: "talk-whom" }, h("h1", { class: "ellipsis" }, h("bdi", {}, visitorName(words, conversation.visitor))), facts(desk, conversation)),
    h("div", { class: "talk-acts", role: "group", "aria-label": words("talk_acts") }, ...acts(desk, conversation)),
    closing(desk),
  );
}

/** Present or gone, address, page, group. @param {Desk} desk @param {Known} conversation */
function facts(desk, { visitor, group, operators, status: standing }) {
  const { words, state } = desk;
  const inGroup = group && state.groups.find(({ id }) => id === group);
  const { page } = visitor;
  const others = operators.filter(({ id }) => id !== state.me?.id).map(({ name }) => name);
  return h(
    "p",
    { class: "talk-facts" },
    status(visitor.online ? "online" : "offline", words(visitor.online ? "talk_here" : "talk_gone_away")),
    visitor.name && visitor.email && h("bdi", { class: "ellipsis talk-email" }, visitor.email),
    page && pageOf(page),
    inGroup && h("span", { class: "tag talk-group" }, inGroup.name),
    standing === "closed" && h("span", { class: "tag" }, words("talk_closed")),
    others.length > 0 && h("span", { class: "ellipsis" }, words("talk_served_by", { names: words.list(others) })),
  );
}

/** A page may have any address: what is not of the web is told, not linked. @param {{ url: string, title: string | null }} page */
export function pageOf({ url, title }) {
  const href = webAddress(url);
  const text = h("bdi", {}, title?.trim() || shortAddress(href) || url);
  if (!href) return h("span", { class: "ellipsis", title: url }, text);
  return outward(href, text, { class: "ellipsis", title: url });
}

/** "/pricing" of an address, or its host where it is the first page. @param {string | null} href */
function shortAddress(href) {
  if (!href) return null;
  const { host, pathname } = new URL(href);
  return pathname === "/" ? host : pathname;
}

/** @param {Desk} desk @param {Known} conversation */
function acts(desk, conversation) {
  const { words, state } = desk;
  const { id, operators } = conversation;
  const isMine = operators.some((one) => one.id === state.me?.id);
  const isClosed = conversation.status === "closed";
  const panel = state.route.panel ? null : conversation.timer ? "why" : "visitor";
  return [
    !isMine && act(desk, { symbol: "chat", word: "talk_join", class: operators.length ? "" : "primary", run: () => desk.acts.act("join", id) }),
    isMine && act(desk, { symbol: "leave", word: "talk_leave", run: () => desk.acts.act("leave", id) }),
    !isClosed && menu(desk, "transfer", { label: labelled(desk, "transfer", "talk_transfer_short"), class: "talk-act", title: words("talk_transfer") }, () => receivers(desk, conversation)),
    !isClosed && act(desk, { symbol: "check", word: "talk_close", run: () => desk.acts.act("close", id) }),
    iconButton("list", words("talk_panel"), () => desk.go({ panel }), { "aria-pressed": Boolean(state.route.panel), key: "panel" }),
  ];
}

/** @param {Desk} desk @param {{ symbol: string, word: string, class?: string, run: () => void }} button */
function act(desk, { symbol, word, class: more = "", run }) {
  const title = desk.words(word);
  return h("button", { type: "button", class: `talk-act ${more}`, title, "aria-label": title, key: word, on: { click: run } }, ...labelled(desk, symbol, `${word}_short`));
}

/** The word goes where there is no room for it. @param {Desk} desk @param {string} symbol @param {string} word */
function labelled(desk, symbol, word) {
  return [icon(symbol), h("span", { class: "talk-act-word" }, desk.words(word))];
}

/** To whom it can be handed over: whoever is not online would not notice. @param {Desk} desk @param {Known} conversation */
function receivers(desk, { id, operators }) {
  const { words, state } = desk;
  const colleagues = peopleInOrder(Object.values(state.operators).filter((one) => one.id !== state.me?.id), words.language);
  const isPro = state.account?.plan === "pro";
  const colleague = (/** @type {import("/shared/wire.js").Colleague} */ one) =>
    menuItem(desk, [h("span", { class: "grow" }, h("bdi", {}, one.name)), status(one.status, words(one.status), "small")], () => transfer(desk, id, { operator: one.id }, one.name), {
      disabled: one.status !== "online" || operators.some((joined) => joined.id === one.id),
      key: one.id,
    });
  return [
    h("p", { class: "menu-title" }, words("talk_transfer_colleague")),
    ...colleagues.map(colleague),
    !colleagues.length && h("p", { class: "menu-note" }, words("talk_transfer_alone")),
    colleagues.length > 0 && !colleagues.some((one) => one.status === "online") && h("p", { class: "menu-note" }, words("talk_transfer_nobody")),
    h("p", { class: "menu-title" }, words("talk_transfer_group")),
    ...(isPro ? state.groups.map((group) => menuItem(desk, h("bdi", {}, group.name), () => transfer(desk, id, { group: group.id }, group.name), { key: group.id })) : []),
    !isPro && h("p", { class: "menu-note" }, words("talk_transfer_plan")),
    isPro && !state.groups.length && h("p", { class: "menu-note" }, words("talk_transfer_no_groups")),
  ];
}

/** @param {Desk} desk @param {string} id @param {{ operator?: string, group?: string }} to @param {string} name */
async function transfer(desk, id, to, name) {
  if (await desk.acts.transfer(id, to)) desk.acts.toast(desk.words("talk_transferred", { name }));
}

/** The key asks once: it is pressed sooner than a button. @param {Desk} desk */
function closing(desk) {
  const { words } = desk;
  return dialog(desk, "close-conversation", words("talk_close_title"), (id) => [
    h("p", {}, words("talk_close_about")),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", class: "primary", "data-first": true, on: { click: () => (desk.dispatch({ type: "close" }), desk.acts.act("close", id)) } }, words("talk_close")),
      h("button", { type: "button", on: { click: () => desk.dispatch({ type: "close" }) } }, words("cancel")),
    ),
  ]);
}
