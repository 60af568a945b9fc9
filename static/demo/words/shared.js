// What several pages of the demo say.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  no_demo: "This server is no demo. Start one with “doorbell demo”.",
  no_answer: "The demo does not answer. Is it still running?",
  online: "Online",
  away: "Away",
  offline: "Offline",
  reconnecting: "Reconnecting",
  on_device: "on {device}",
  somebody: "Somebody",
  nobody: "Nobody",
  rule: "rule {rule}",
  why_none: "Nothing was decided yet. A message that nobody answers starts a clock, and what becomes of it is told here.",
  kind_offline: "offline",
  kind_missed: "missed",
  timer_running: "{time}: the clock for {kind} messages started.",
  timer_fired: "{time}: the clock for {kind} messages ran out.",
  timer_cancelled: "{time}: the clock for {kind} messages was stopped. {reason}",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  no_demo: "Tento server není ukázka. Spustíte ji příkazem „doorbell demo“.",
  no_answer: "Ukázka neodpovídá. Běží ještě?",
  online: "Online",
  away: "Pryč",
  offline: "Offline",
  reconnecting: "Obnovuje spojení",
  on_device: "na zařízení {device}",
  somebody: "Někdo",
  nobody: "Nikdo",
  rule: "pravidlo {rule}",
  why_none: "Zatím se nic nerozhodovalo. Zpráva, na kterou nikdo neodpoví, spustí odpočet a zde se dočtete, jak dopadl.",
  kind_offline: "offline zprávy",
  kind_missed: "zmeškané zprávy",
  timer_running: "{time}: začal odpočet pro {kind}.",
  timer_fired: "{time}: odpočet pro {kind} doběhl.",
  timer_cancelled: "{time}: odpočet pro {kind} se zastavil. {reason}",
};
