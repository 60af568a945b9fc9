// An email: to whom, what is known of it, every attempt, and the receiving server's whole answer.
import { h, icon } from "/shared/view.js";
import { answerOf, EMAIL_MARKS, isRetriable } from "../email-states.js";
import { isAdmin } from "../state/live.js";
import { time } from "./pieces.js";

/** @param {import("../desk.js").Desk} desk @param {import("/shared/wire.js").Email} email */
export function emailCard(desk, email) {
  const { words, state } = desk;
  const { symbol, kind } = EMAIL_MARKS[email.state] || { symbol: "mail", kind: "none" };
  const mayRetry = isRetriable(email.state) && (isAdmin(state) || email.operator === state.me?.id);
  return h(
    "div",
    { class: `side-email ${kind}`, key: `email-${email.id}` },
    h("p", { class: "side-email-head" }, icon(symbol), h("span", {}, h("strong", {}, words(`side_email_${email.state}`)), " ", h("bdi", {}, email.to))),
    h("p", { class: "small" }, email.text),
    email.attempts.length > 0 &&
      h(
        "details",
        { class: "side-details" },
        h("summary", {}, words("side_attempts", { count: email.attempts.length })),
        h("ol", { class: "side-attempts" }, ...email.attempts.map((attempt) => h("li", { key: attempt.at }, time(desk, attempt.at, "moment"), attempt.server && [" · ", h("bdi", {}, attempt.server)], h("code", { class: "side-reply" }, answerOf(words, attempt))))),
      ),
    mayRetry && h("button", { type: "button", on: { click: () => desk.acts.retryEmail(email.conversation, email.id) } }, icon("refresh"), words("side_retry")),
  );
}
