// The first script of the dashboard: the door for those who are not logged in, the desk for those who are.
import { call } from "/shared/http.js";
import { byId } from "/shared/dom.js";
import { newId } from "/shared/link.js";
import { remember, remembered } from "/shared/memory.js";
import { agentName } from "./agents.js";
import { openDesk } from "./desk.js";
import { openDoor } from "./door/index.js";
import { hashOf } from "./routes.js";
import { bringSymbols } from "./symbols.js";

/** `#invite=TOKEN` or `#reset=TOKEN`: from a mail. */
const LINK = /^#(invite|reset)=([\w-]+)$/;
const host = byId("app");

/** This browser is one device of whoever uses it. @param {string} operator */
function deviceOf(operator) {
  const memory = `doorbell-device-${operator}`;
  // A browser that keeps nothing is a new device each time.
  const id = remembered("localStorage", memory) || newId();
  remember("localStorage", memory, id);
  return { id, kind: "dashboard", name: agentName(navigator.userAgent) };
}

/** The link in an email is `?conversation=ID`: it opens that one, now or after the log-in. */
function followMail() {
  const conversation = new URLSearchParams(location.search).get("conversation");
  if (!conversation) return;
  history.replaceState(null, "", location.pathname + hashOf({ page: "inbox", view: "unserved", conversation, panel: null }));
}

/** @param {import("/shared/wire.js").Operator} me */
function desk(me) {
  const onLeave = (/** @type {string} */ why) => (why === "replaced" ? enter() : openDoor({ host, told: why, onEntered: desk }));
  openDesk({ host, me, device: deviceOf(me.id), onLeave });
}

async function enter() {
  const found = await call("GET", "/api/v1/me", { cookie: true }).catch((error) => ({ error }));
  if (found.error) openDoor({ host, told: found.error.status === 401 ? "" : "unreachable", onEntered: desk });
  else desk(found);
}

bringSymbols();
const link = location.hash.match(LINK);
if (link) {
  // Nobody who looks at the address, at the history or over a shoulder finds the token.
  history.replaceState(null, "", location.pathname + location.search);
  openDoor({ host, link: { kind: /** @type {"invite" | "reset"} */ (link[1]), token: link[2] }, told: "", onEntered: desk });
} else {
  followMail();
  enter();
}

// A link that is opened where the page is open already.
addEventListener("hashchange", () => {
  if (LINK.test(location.hash)) location.reload();
});
