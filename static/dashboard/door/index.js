// The door of the dashboard: log-in, forgotten password, new password, invitation.
import { call } from "/shared/http.js";
import { h, render } from "/shared/view.js";

/**
 * @param {object} options
 * @param {Element} options.host
 * @param {string} options.told why one stands here: "logged_out", "refused", "unreachable", or nothing
 * @param {{ kind: "invite" | "reset", token: string }} [options.link]
 * @param {(me: import("/shared/wire.js").Operator) => void} options.onEntered
 */
export function openDoor({ host, told, onEntered }) {
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const { email, password } = event.target.elements;
    const answer = await call("POST", "/api/v1/login", { cookie: true, body: { email: email.value, password: password.value } });
    render(host);
    onEntered(answer.operator);
  };
  render(host, h("form", { class: "page stack", on: { submit } }, told, h("input", { name: "email", "aria-label": "Email" }), h("input", { name: "password", type: "password", "aria-label": "Password" }), h("button", { class: "primary" }, "Log in")));
}
