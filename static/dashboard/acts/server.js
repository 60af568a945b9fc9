// Asking the server: over the socket and over HTTP, with what is said when it refuses.
import { Problem } from "/shared/http.js";
import { newId } from "/shared/link.js";

const TOAST_MS = 6_000;

/** @param {import("../desk.js").Desk} desk */
export function serverActs(desk) {
  /**
   * Why something was refused, in words.
   *
   * @param {any} error a `Refused` of the link or a `Problem` of HTTP
   * @returns {string}
   */
  function trouble(error) {
    const { words } = desk;
    if (error.code === "rate_limited" && error.retryAfterMs) return words("refused_rate_limited_for", { time: desk.times.amount(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) });
    if (error.code && words.knows(`refused_${error.code}`)) return words(`refused_${error.code}`);
    if (error instanceof Problem) return error.message;
    return words("refused_disconnected");
  }

  /** @param {string} text @param {"good" | "bad"} kind @param {{ text: string, run: () => void }} [action] */
  function toast(text, kind = "good", action) {
    const id = newId();
    desk.dispatch({ type: "toast", toast: { id, text, kind, action } });
    setTimeout(() => desk.dispatch({ type: "toast/gone", id }), TOAST_MS);
  }

  return {
    trouble,
    toast,

    /** Asks over the socket. `null`: it was refused, and that was said. @param {string} type @param {object} [fields] */
    async ask(type, fields = {}) {
      try {
        return await desk.link.request({ type, ...fields });
      } catch (error) {
        toast(trouble(error), "bad");
        return null;
      }
    },

    /**
     * Fetches what a page shows (`state.resources[name]`). `isMore`: it is a further page of the list.
     *
     * @param {string} name
     * @param {() => Promise<any>} fetch
     * @param {{ isMore?: boolean }} [options]
     */
    async load(name, fetch, { isMore = false } = {}) {
      desk.dispatch({ type: "resource/loading", name });
      try {
        desk.dispatch({ type: isMore ? "resource/more" : "resource/loaded", name, data: await fetch() });
      } catch (error) {
        desk.dispatch({ type: "resource/failed", name, error: trouble(error) });
      }
    },

    /**
     * Sends a form (`state.forms[form]`). Gives what the server answered, or `null` where it refused; the form shows why.
     *
     * @param {string} form
     * @param {() => Promise<any>} send
     */
    async submit(form, send) {
      desk.dispatch({ type: "form/saving", form });
      try {
        const answer = await send();
        desk.dispatch({ type: "form/saved", form });
        return answer ?? true;
      } catch (/** @type {any} */ error) {
        const field = error.code === "invalid" || error.code === "conflict" ? error.field : undefined;
        desk.dispatch({ type: "form/refused", form, field, error: error.code === "invalid" ? error.message : trouble(error) });
        return null;
      }
    },

    /** Does something over HTTP that is no form; what goes wrong is said. @param {() => Promise<any>} send @param {string} [done] */
    async attempt(send, done) {
      try {
        const answer = await send();
        if (done) toast(done);
        return answer ?? true;
      } catch (error) {
        toast(trouble(error), "bad");
        return null;
      }
    },
  };
}
