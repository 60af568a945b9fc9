// The team, and why a chat box is as it is.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  box_why_online: "Why is the box online? · {box}",
  box_why_offline: "Why is the box offline? · {box}",
  box_online_about: "Because of these devices. As long as one of them is online, visitors see the box online, and no offline email is due.",
  box_offline_about: "Nobody of those who answer here is online. Visitors are told so, and their messages are mailed.",
  box_because: "{name} on {device}",
  box_stale: "The server’s store does not answer just now. This is what was known last.",

  team_title: "Team",
  team_about: {
    one: "{count} person, of whom {online} online",
    other: "{count} people, of whom {online} online",
  },
  team_boxes: "Chat boxes",
  team_people: "People",
  team_me: "{name} (you)",
  team_hidden: "appears offline everywhere",
  team_no_device: "No device yet.",
  team_more_devices: {
    one: "{count} further device, offline",
    other: "{count} further devices, offline",
  },
  team_admin: "Admin",
  team_agent: "Agent",
  team_no_group: "In no group: answers for everybody",
  team_force: "Show as offline",
  team_force_of: "Show {name} as offline",
  team_force_about: "Wins over all their devices until somebody switches it back.",
  team_unforce: "Let appear again",
  team_unforce_of: "Let {name} appear again",
  team_agents_cannot: "Only admins can show a colleague as offline.",
  team_alone: "Nobody else is here yet.",
  team_alone_admin: "Invite your colleagues: who answers together gets messages together.",
  team_invite: "Invite a colleague",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  box_why_online: "Proč je chat online? · {box}",
  box_why_offline: "Proč je chat offline? · {box}",
  box_online_about: "Kvůli těmto zařízením. Dokud je aspoň jedno online, vidí návštěvníci chat online a offline e-mail neodchází.",
  box_offline_about: "Z těch, kdo tu odpovídají, není nikdo online. Návštěvníci to vidí a jejich zprávy přijdou e-mailem.",
  box_because: "{name}: {device}",
  box_stale: "Úložiště serveru teď neodpovídá. Toto je poslední známý stav.",

  team_title: "Tým",
  team_about: {
    one: "{count} člověk, online {online}",
    few: "{count} lidé, online {online}",
    many: "{count} člověka, online {online}",
    other: "{count} lidí, online {online}",
  },
  team_boxes: "Chat na webu",
  team_people: "Lidé",
  team_me: "{name} (vy)",
  team_hidden: "všude vypadá jako offline",
  team_no_device: "Zatím žádné zařízení.",
  team_more_devices: {
    one: "Ještě {count} zařízení, offline",
    few: "Ještě {count} zařízení, offline",
    many: "Ještě {count} zařízení, offline",
    other: "Ještě {count} zařízení, offline",
  },
  team_admin: "Správce",
  team_agent: "Operátor",
  team_no_group: "V žádné skupině: odpovídá všem",
  team_force: "Zobrazit jako offline",
  team_force_of: "{name}: zobrazit jako offline",
  team_force_about: "Platí pro všechna zařízení, dokud to někdo nevrátí.",
  team_unforce: "Zase zobrazovat",
  team_unforce_of: "{name}: zase zobrazovat",
  team_agents_cannot: "Zobrazit kolegu jako offline může jen správce.",
  team_alone: "Nikdo další tu zatím není.",
  team_alone_admin: "Pozvěte kolegy: kdo odpovídá společně, dostává zprávy společně.",
  team_invite: "Pozvat kolegu",
};
