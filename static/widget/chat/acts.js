// What a visitor does in the panel, and hears of it.

/** So long after the last keystroke operators are told that nobody types. */
const TYPING_MS = 3_000;
/** Something on both sides of one `@`: the server asks for no more. */
const ADDRESS = /^[^\s@]+@[^\s@]+$/;
/** The end is in view, give or take a line. */
const NEAR_PX = 24;

/** @param {string} id */
const focus = (id) => document.getElementById(id)?.focus();
export const focusField = () => focus("text");

/** Half of a character, as cutting may leave one, is nothing that can be sent. @param {import("/shared/thread.js").Thread} thread @param {string} text */
export function say(thread, text) {
  thread.send(text.toWellFormed?.() ?? text);
}

/** @param {import("./types.js").Desk} desk @returns {import("./types.js").Acts} */
export function actsOf({ link, thread, memory, state, step, host }) {
  let typingTimer = 0;

  function restFromTyping() {
    if (!typingTimer) return;
    clearTimeout(typingTimer);
    typingTimer = 0;
    link.tell({ type: "typing", on: false });
  }

  /** @param {string} draft */
  function setDraft(draft) {
    memory.set("draft", draft);
    step({ type: "set", fields: { draft } });
  }

  function toEnd() {
    document.getElementById("scroll")?.scrollTo({ top: 0 });
  }

  /** @param {Event} event */
  function send(event) {
    event.preventDefault();
    const text = state().draft.trim();
    focusField();
    if (!text) return;
    restFromTyping();
    say(thread, text);
    setDraft("");
    toEnd();
  }

  return {
    restFromTyping,
    send,
    toEnd,
    close: () => host.tell({ type: "close" }),
    toggleSound() {
      const hasSound = !state().hasSound;
      memory.set("sound", hasSound ? "on" : "");
      step({ type: "set", fields: { hasSound } });
      if (hasSound) ring();
    },
    async older() {
      await thread.older().catch(() => {});
      if (!thread.hasOlder) focus("scroll");
    },
    scrolled({ target }) {
      const isAtEnd = target.scrollTop > -NEAR_PX;
      if (isAtEnd !== state().isAtEnd) step({ type: "set", fields: { isAtEnd } });
    },
    write({ target }) {
      setDraft(target.value);
      if (!target.value) return restFromTyping();
      if (!typingTimer) link.tell({ type: "typing", on: true });
      clearTimeout(typingTimer);
      typingTimer = window.setTimeout(restFromTyping, TYPING_MS);
    },
    pressKey(event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
    },
    retry(client_id) {
      thread.retry(client_id).catch(() => {});
      focusField();
    },
    discard(client_id) {
      thread.discard(client_id);
      focusField();
    },
    fill: ({ target }) => step({ type: "form", fields: { [target.name]: target.value } }),
    identify(event) {
      event.preventDefault();
      const [email, name] = [state().form.email.trim(), state().form.name.trim()];
      if (state().form.isSaving) return;
      if (!ADDRESS.test(email)) {
        step({ type: "form", fields: { error: "invalid" } });
        return focus("email");
      }
      step({ type: "form", fields: { isSaving: true } });
      const who = { email, ...(name && { name }) };
      link.request({ type: "identify", ...who }).then(() => {
        step({ type: "identified", who });
        focusField();
      }, ({ code }) => step({ type: "form", fields: { isSaving: false, error: code === "bad_frame" ? "invalid" : "unsaved" } }));
    },
    editWhere() {
      step({ type: "form", fields: { isEditing: true, isPutOff: false } });
      focus("email");
    },
    putOff() {
      step({ type: "form", fields: { isPutOff: true, isEditing: false } });
      focusField();
    },
  };
}

/** How it sounds: fetched by those who want to hear it. */
async function ring() {
  const bell = await import("/shared/sound.js").catch(() => null);
  bell?.ring();
}

/** @param {import("./around.js").Memory} memory @param {string} message which one */
export function ringOnce(memory, message) {
  if (memory.get("rang") === message) return;
  memory.set("rang", message);
  ring();
}
