// What stands at a desk at which nobody sits.

/** @type {import("/shared/words.js").Dictionary} */
export const en = {
  desk_title: "Whose desk is it?",
  desk_left: "{name} has left the desk.",
  desk_sit_down: "Sit down as {name}",
};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {
  desk_title: "Čí stůl to je?",
  desk_left: "{name} už u stolu není.",
  desk_sit_down: "Posadit se jako {name}",
};
