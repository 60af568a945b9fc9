// Beside a conversation: who the visitor is, and why somebody does or does not get an email.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { iconButton } from "./pieces.js";
import { visitorPanel } from "./side-visitor.js";
import { whyPanel } from "./side-why.js";

const PANELS = /** @type {const} */ (["visitor", "why"]);

/** @param {import("../desk.js").Desk} desk */
export function side(desk) {
  const { route, conversations } = desk.state;
  const conversation = route.conversation && conversations[route.conversation];
  if (!conversation || !route.panel) return null;
  const { words } = desk;
  const close = () => desk.go({ panel: null });
  const link = (/** @type {"visitor" | "why"} */ panel) =>
    h("a", { href: hashOf({ ...route, panel }), "aria-current": route.panel === panel ? "page" : null, key: panel }, words(`side_${panel}`));
  return h(
    "aside",
    { class: "side", "aria-label": words("side"), key: "side" },
    h(
      "div",
      { class: "side-head" },
      iconButton("left", words("back"), close, { class: "icon-button side-back" }),
      h("nav", { class: "side-tabs", "aria-label": words("side_tabs") }, ...PANELS.map(link)),
      h("button", { type: "button", class: "icon-button side-close", "aria-label": words("side_close"), title: words("side_close"), on: { click: close } }, icon("close")),
    ),
    h("div", { class: "side-body", key: `${route.panel}-${conversation.id}` }, route.panel === "why" ? whyPanel(desk, conversation) : visitorPanel(desk, conversation)),
  );
}
