// The inbox.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  inbox_search: "Name or address",
  inbox_search_label: "Search by the visitor’s name or address",
  inbox_search_clear: "Clear the search",
  inbox_search_results: "Found conversations",
  inbox_found: { one: "{count} conversation", other: "{count} conversations" },
  inbox_found_more: "The newest {count} conversations",
  inbox_found_none: "Nothing found for “{q}”",
  inbox_found_none_about: "The search looks at the beginnings of visitors’ names and addresses, in all conversations of the account.",

  inbox_unserved: "Unserved",
  inbox_mine: "Mine",
  inbox_served: "Served by others",
  inbox_closed: "Closed",
  inbox_unserved_short: "Unserved",
  inbox_mine_short: "Mine",
  inbox_served_short: "Others",
  inbox_closed_short: "Closed",

  inbox_unserved_empty: "Nobody is waiting",
  inbox_unserved_empty_about: "When a visitor writes and nobody has joined, the conversation stands here.",
  inbox_mine_empty: "You serve nobody just now",
  inbox_mine_empty_about: "Conversations that you join or reply to stand here.",
  inbox_served_empty: "Colleagues serve nobody just now",
  inbox_served_empty_about: "Conversations that a colleague has joined stand here.",
  inbox_closed_empty: "Nothing is closed yet",
  inbox_closed_empty_about: "Conversations that are done stand here. A visitor who writes again opens theirs anew.",

  inbox_left: "left",
  inbox_you: "You",
  inbox_draft: "Draft:",
  inbox_timer: "An email goes out in",
  inbox_timer_title: "An email goes out in {time}, unless somebody acts",
  inbox_unread: { one: "{count} unread message", other: "{count} unread messages" },
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  inbox_search: "Jméno nebo adresa",
  inbox_search_label: "Hledat podle jména nebo adresy návštěvníka",
  inbox_search_clear: "Zrušit hledání",
  inbox_search_results: "Nalezené konverzace",
  inbox_found: { one: "{count} konverzace", few: "{count} konverzace", other: "{count} konverzací" },
  inbox_found_more: "Posledních {count} konverzací",
  inbox_found_none: "Na „{q}“ se nic nenašlo",
  inbox_found_none_about: "Hledá se podle začátku jména a adresy návštěvníka, ve všech konverzacích účtu.",

  inbox_unserved: "Nevyřízené",
  inbox_mine: "Moje",
  inbox_served: "U kolegů",
  inbox_closed: "Uzavřené",
  inbox_unserved_short: "Nevyřízené",
  inbox_mine_short: "Moje",
  inbox_served_short: "U kolegů",
  inbox_closed_short: "Uzavřené",

  inbox_unserved_empty: "Nikdo nečeká",
  inbox_unserved_empty_about: "Když návštěvník napíše a nikdo se ještě nepřipojil, bude konverzace tady.",
  inbox_mine_empty: "Teď se nikomu nevěnujete",
  inbox_mine_empty_about: "Tady budou konverzace, ke kterým se připojíte nebo ve kterých odpovíte.",
  inbox_served_empty: "Kolegové teď nikoho nemají",
  inbox_served_empty_about: "Tady budou konverzace, ke kterým se připojil někdo z kolegů.",
  inbox_closed_empty: "Zatím není nic uzavřeno",
  inbox_closed_empty_about: "Tady budou vyřízené konverzace. Když návštěvník znovu napíše, jeho konverzace se zase otevře.",

  inbox_left: "mimo web",
  inbox_you: "Vy",
  inbox_draft: "Rozepsáno:",
  inbox_timer: "E-mail odejde za",
  inbox_timer_title: "E-mail odejde za {time}, pokud se do té doby nikdo neujme konverzace",
  inbox_unread: { one: "{count} nepřečtená zpráva", few: "{count} nepřečtené zprávy", other: "{count} nepřečtených zpráv" },
};
