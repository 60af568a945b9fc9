// The conversations that are opened here: a thread each (shared/thread.js), what is typed, what is read.
import { Thread } from "/shared/thread.js";
import { TALKS_MAX, withDraft, withUnsent } from "../state/talks.js";
import { explanationActs } from "./explanations.js";

/** @typedef {import("/shared/link-types.js").Unsent} Unsent */

/** So long after the last key somebody is said to write no more. */
const TYPING_MS = 3_000;

/** @param {import("../desk.js").Desk} desk */
export function talkActs(desk) {
  /** By conversation, the one that was shown last at the end. @type {Map<string, Thread>} */
  const threads = new Map();
  /** How far each was told as read from here. @type {Map<string, number>} */
  const told = new Map();
  let isFetchingOlder = false;
  let typing = { conversation: "", timer: /** @type {any} */ (0) };

  const isShown = (/** @type {string} */ id) => desk.state.route.page === "inbox" && desk.state.route.conversation === id;
  const isLookedAt = (/** @type {string} */ id) => isShown(id) && desk.state.isLookedAt;

  /** @param {string} id */
  async function fetchSummary(id) {
    const before = desk.state.conversations[id];
    try {
      const conversation = await desk.api("GET", `/api/v1/conversations/${encodeURIComponent(id)}`);
      // What the socket told meanwhile is newer.
      if (desk.state.conversations[id] === before) desk.dispatch({ type: "conversation/fetched", conversation });
    } catch (error) {
      if (!desk.state.conversations[id]) tellTrouble(id, error);
    }
  }

  /** @param {string} id @param {any} error */
  function tellTrouble(id, error) {
    const trouble = error.code === "not_found" ? desk.words("talk_gone") : desk.acts.trouble(error);
    desk.dispatch({ type: "talk/trouble", conversation: id, trouble });
  }

  /** @param {string} id */
  function show(id) {
    const known = threads.get(id);
    if (known) {
      threads.delete(id);
      threads.set(id, known);
      return known;
    }
    // Opening alone counts as nothing here: what is seen is told when it is in view, and somebody looks (rule A4).
    const thread = Thread.ofOperator(desk.link, id, { waiting: desk.keep.unsent[id] || [] });
    let before = thread.waiting;
    thread.on("change", ({ messages, waiting, hasOlder }) => {
      keepUnsent(id, before, waiting);
      before = waiting;
      desk.dispatch({ type: "talk/changed", conversation: id, messages, waiting, hasOlder });
    });
    thread.on("trouble", (error) => tellTrouble(id, error));
    threads.set(id, thread);
    if (!desk.state.conversations[id]) fetchSummary(id);
    for (const old of [...threads.keys()].slice(0, -TALKS_MAX)) close(old);
    return thread;
  }

  /** @param {string} id */
  function close(id) {
    const thread = threads.get(id);
    // What is not stored yet is not forgotten for a list that has become long.
    if (!thread || thread.waiting.length) return;
    thread.end();
    threads.delete(id);
    desk.dispatch({ type: "talk/closed", conversation: id });
  }

  /** @param {string} id @param {readonly Unsent[]} before @param {readonly Unsent[]} waiting */
  function keepUnsent(id, before, waiting) {
    if (before === waiting) return;
    const { [id]: kept = [], ...others } = desk.keep.unsent;
    const unsent = withUnsent(kept, before, waiting);
    desk.keep.unsent = unsent.length ? { ...others, [id]: unsent } : others;
  }

  /** What another tab wrote that may be gone by now. Sent by both it counts once. @param {Thread} thread @param {readonly Unsent[]} unsent */
  function takeOver(thread, unsent) {
    const known = new Set([...thread.waiting, ...thread.messages].map(({ client_id }) => client_id));
    for (const { client_id, text, failed } of unsent) if (!failed && !known.has(client_id)) thread.send(text, client_id);
  }

  function stopTyping() {
    clearTimeout(typing.timer);
    if (typing.conversation) desk.link.tell({ type: "typing", conversation: typing.conversation, on: false });
    typing = { conversation: "", timer: 0 };
  }

  /** What another tab of this browser keeps; what is typed just here stays as it is. @param {StorageEvent} event */
  function kept(event) {
    if (event.key === desk.keep.names.drafts && !desk.state.isLookedAt) desk.dispatch({ type: "drafts/kept", drafts: desk.keep.drafts });
  }

  desk.listen(({ type }) => {
    const { conversation } = desk.state.route;
    if (type === "welcome") {
      told.clear();
      // What was written before a reload goes out, whatever is shown now.
      for (const [id, unsent] of Object.entries(desk.keep.unsent)) takeOver(show(id), unsent);
      if (conversation && threads.has(conversation)) fetchSummary(conversation);
    }
    if ((type === "route" || type === "welcome") && conversation && desk.link.isOpen) show(conversation);
    if (type === "route" && typing.conversation && typing.conversation !== conversation) stopTyping();
  });
  addEventListener("storage", kept);

  return {
    ...explanationActs(desk),

    /** An act of rule A3. @param {"join" | "leave" | "close"} type @param {string} conversation */
    act: (type, conversation) => desk.acts.ask(type, { conversation }),

    /** @param {string} conversation @param {{ operator?: string, group?: string }} to */
    transfer: (conversation, to) => desk.acts.ask("transfer", { conversation, ...to }),

    /** Sends what was typed. It stays visible, and goes out once, whatever becomes of the connection. @param {string} id */
    reply(id) {
      const text = (desk.state.drafts[id] || "").trim();
      if (!text) return;
      show(id).send(text);
      stopTyping();
      desk.acts.draft(id, "");
    },

    /** @param {string} id @param {string} clientId */
    retry: (id, clientId) => threads.get(id)?.retry(clientId),
    /** @param {string} id @param {string} clientId */
    discard: (id, clientId) => threads.get(id)?.discard(clientId),
    /** @param {string} id */
    async older(id) {
      if (isFetchingOlder) return;
      isFetchingOlder = true;
      await threads.get(id)?.older().catch((error) => desk.acts.toast(desk.acts.trouble(error), "bad"));
      isFetchingOlder = false;
    },

    /** Asks again for one that could not be shown. @param {string} id */
    reopen(id) {
      threads.get(id)?.end();
      threads.delete(id);
      desk.dispatch({ type: "talk/closed", conversation: id });
      show(id);
    },

    /** @param {string} id @param {string} text */
    draft(id, text) {
      desk.dispatch({ type: "draft/typed", conversation: id, text });
      desk.keep.drafts = withDraft(desk.keep.drafts, id, text);
    },

    /** Somebody writes here. @param {string} conversation */
    type(conversation) {
      clearTimeout(typing.timer);
      if (typing.conversation !== conversation) {
        stopTyping();
        desk.link.tell({ type: "typing", conversation, on: true });
      }
      typing = { conversation, timer: setTimeout(stopTyping, TYPING_MS) };
    },

    /** Everything up to this message is in view. It counts as read if somebody looks (rule A4). @param {string} id @param {number} seq */
    seen(id, seq) {
      if (!isLookedAt(id) || seq <= (told.get(id) || 0)) return;
      if (desk.link.tell({ type: "read", conversation: id, seq })) told.set(id, seq);
    },

    endTalks() {
      removeEventListener("storage", kept);
      stopTyping();
      for (const thread of threads.values()) thread.end();
      threads.clear();
    },
  };
}
