// The demo's first page: the story with the real delays and names, and the log-ins.
import { byId, el } from "/shared/dom.js";
import { world } from "/shared/http.js";

function fill({ groups, operators, delays }) {
  const names = new Map(groups.map((group) => [group.id, group.name]));
  for (const place of document.querySelectorAll("[data-delay]")) {
    place.textContent = `${place.dataset.delay === "missed" ? delays.missed_s : delays.offline_s} seconds`;
  }
  byId("clock").textContent =
    `Two minutes take ${delays.offline_s} seconds here. Everything is made up and gone when the server stops.`;
  for (const place of document.querySelectorAll("[data-person]")) {
    const person = operators[Number(place.dataset.person)];
    if (person) place.textContent = person.name;
  }
  byId("logins").replaceChildren(
    ...operators.map((operator) =>
      el(
        "tr",
        {},
        el("td", {}, operator.name),
        el("td", {}, operator.email),
        el("td", {}, el("code", {}, operator.password)),
        el("td", {}, operator.groups.map((id) => names.get(id) || id).join(", ") || "none"),
        el("td", {}, el("a", { href: `/demo/operator.html#${operator.id}`, target: `doorbell-desk-${operator.id}` }, "Sit down")),
      ),
    ),
  );
  ["desk-one", "desk-two"].forEach((id, index) => {
    const operator = operators[index];
    if (!operator) return;
    const link = byId(id);
    link.setAttribute("href", `/demo/operator.html#${operator.id}`);
    link.setAttribute("target", `doorbell-desk-${operator.id}`);
    link.querySelector("strong").textContent = `${operator.name}’s desk`;
  });
}

world().then(fill, () => {
  byId("error").textContent = "There is no demo on this server. Start one with `doorbell demo`.";
  byId("error").hidden = false;
});
