/** @type {import("/shared/words.js").Dictionary} */
export const en = {};

/** @type {import("/shared/words.js").Dictionary} */
export const cs = {};
