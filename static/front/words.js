// What the front page says.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  about: "Presence and notifications for live chat.",
  somebody: "Visitors of a web site see whether somebody is there. Where nobody is, the right people get one email, in time.",
  why: "And who got none can look up why.",
  dashboard: "Dashboard",
  dashboard_about: "for operators: conversations, the team, settings",
  demo: "Demo",
  demo_about: "a shop, its operators and their mailbox, all made up",
  reference: "Reference",
  reference_about: "for whoever builds an app or a page on the interface",
  pages: "Pages of this server",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  about: "Přítomnost a upozornění pro živý chat.",
  somebody: "Návštěvníci webu vidí, jestli tam někdo je. Když není, přijde včas jeden e-mail těm správným lidem.",
  why: "A komu nepřišel, ten se podívá proč.",
  dashboard: "Nástěnka",
  dashboard_about: "pro operátory: konverzace, tým, nastavení",
  demo: "Ukázka",
  demo_about: "obchod, jeho operátoři a jejich pošta, všechno vymyšlené",
  reference: "Reference",
  reference_about: "pro toho, kdo nad rozhraním staví aplikaci nebo stránku",
  pages: "Stránky tohoto serveru",
};
