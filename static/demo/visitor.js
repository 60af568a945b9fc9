// The shop: a page with the visitor's chat, and what a visitor can do beside writing.
import { byId, el } from "/shared/dom.js";
import { world } from "/shared/http.js";
import { startVisitorChat } from "/shared/visitor-chat.js";

function open({ widget_key: key, groups }) {
  const choice = /** @type {HTMLSelectElement} */ (byId("group"));
  choice.replaceChildren(
    el("option", { value: "" }, "no group: everybody answers"),
    ...groups.map((group) => el("option", { value: group.id }, group.name)),
  );
  const chat = startVisitorChat({ key });
  const showPresence = (isHere) => {
    byId("leave").hidden = !isHere;
    byId("back").hidden = isHere;
  };
  choice.addEventListener("change", () => {
    // Without a connection the next greeting names the group.
    chat.setGroup(choice.value).catch(() => {});
  });
  byId("leave").addEventListener("click", () => {
    chat.leave();
    showPresence(false);
  });
  byId("back").addEventListener("click", () => {
    chat.comeBack();
    showPresence(true);
  });
  byId("forget").addEventListener("click", () => {
    chat.forget();
    showPresence(true);
  });
}

world().then(open, () => {
  byId("error").textContent = "There is no demo on this server. Start one with `doorbell demo`.";
  byId("error").hidden = false;
});
