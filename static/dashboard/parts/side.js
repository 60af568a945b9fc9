// Beside a conversation: who the visitor is, and why somebody does or does not get an email.
import { h, icon } from "/shared/view.js";
import { hashOf } from "../routes.js";
import { failed, iconButton, loading } from "./pieces.js";
import { visitorPanel } from "./side-visitor.js";
import { whyPanel } from "./side-why.js";

const PANELS = /** @type {const} */ (["visitor", "why"]);

/** @param {import("../desk.js").Desk} desk */
export function side(desk) {
  const { route, conversations } = desk.state;
  const id = route.conversation;
  if (!id || !route.panel) return null;
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
    h("div", { class: "side-body", key: `${route.panel}-${id}` }, body(desk, id, conversations[id])),
  );
}

/** On a phone the panel is all there is to see, also while the conversation is not known yet. @param {import("../desk.js").Desk} desk @param {string} id @param {import("../state/index.js").Known | undefined} conversation */
function body(desk, id, conversation) {
  if (conversation) return desk.state.route.panel === "why" ? whyPanel(desk, conversation) : visitorPanel(desk, conversation);
  const trouble = desk.state.talks[id]?.trouble;
  return trouble ? failed(desk, trouble, () => desk.acts.reopen(id)) : loading(desk);
}
