// Why: the explanation of the conversation whose panel is open, asked for again whenever something about it was decided.

/** Several things are decided in one moment. */
const SETTLE_MS = 120;
/** What may decide something about a conversation, or tells of it. */
const NEWS = new Set(["timer", "email", "message", "conversation"]);
/** When it may be old. */
const ANEW = new Set(["route", "welcome", "looked"]);

/** The name of the explanation among what was fetched. @param {string} conversation */
export const explanationOf = (conversation) => `explanation-${conversation}`;

/** @param {import("../desk.js").Desk} desk */
export function explanationActs(desk) {
  /** @type {any} */
  let timer = 0;

  /** The conversation whose why is shown. */
  const shown = () => (desk.state.route.page === "inbox" && desk.state.route.panel === "why" && desk.state.isVisible ? desk.state.route.conversation : null);

  /** @param {string} conversation */
  function explain(conversation) {
    const id = encodeURIComponent(conversation);
    const lang = desk.words.language;
    return desk.acts.load(explanationOf(conversation), async () => {
      const [explanation, emails] = await Promise.all([
        desk.api("GET", `/api/v1/conversations/${id}/notifications?lang=${lang}`),
        desk.api("GET", `/api/v1/emails?conversation=${id}&limit=100&lang=${lang}`),
      ]);
      return { ...explanation, emails: emails.items };
    });
  }

  desk.listen((event) => {
    const conversation = shown();
    if (!conversation || !desk.link.isOpen) return;
    const isNews = NEWS.has(event.type) && (event.conversation ?? event.id) === conversation;
    if (!ANEW.has(event.type) && !isNews) return;
    clearTimeout(timer);
    timer = setTimeout(() => shown() === conversation && explain(conversation), isNews ? SETTLE_MS : 0);
  });

  return {
    explain,
    /** Tries an email again now; the server decides again first. @param {string} conversation @param {string} email */
    async retryEmail(conversation, email) {
      await desk.acts.attempt(() => desk.api("POST", `/api/v1/emails/${encodeURIComponent(email)}/retry`), desk.words("side_retried"));
      explain(conversation);
    },
  };
}
