// A conversation: who it is, what was said, what will happen next, and a field to answer in.
import { h } from "/shared/view.js";
import { empty, failed, loading } from "./pieces.js";
import { composer } from "./talk-composer.js";
import { talkHead } from "./talk-head.js";
import { log } from "./talk-log.js";
import { outlook } from "./talk-outlook.js";

/** @param {import("../desk.js").Desk} desk */
export function talk(desk) {
  const id = desk.state.route.conversation;
  if (!id) return nobody(desk);
  const conversation = desk.state.conversations[id];
  const opened = desk.state.talks[id];
  const isShown = conversation && opened?.isLoaded;
  if (isShown) return [talkHead(desk, conversation), log(desk, conversation, opened), outlook(desk, conversation), composer(desk, conversation)];
  const trouble = opened?.trouble;
  return [
    talkHead(desk, conversation),
    h("div", { class: "talk-none", key: `none-${id}` }, trouble ? failed(desk, trouble, () => desk.acts.reopen(id)) : loading(desk)),
    // What was written before it could be loaded is not hidden meanwhile.
    conversation && !trouble && composer(desk, conversation),
  ];
}

/** @param {import("../desk.js").Desk} desk */
function nobody({ words, state }) {
  const isEmpty = !state.counts.unserved && !state.counts.mine && !state.counts.served;
  return h(
    "div",
    { class: "talk-none", key: "nobody" },
    isEmpty
      ? empty(words("talk_none_at_all"), words("talk_none_at_all_about"))
      : empty(words("talk_none"), h("span", {}, ...words.pieces("talk_none_about", { next: h("kbd", {}, "N"), keys: h("kbd", {}, "?") }))),
  );
}
