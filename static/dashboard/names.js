// What visitors are called, where they gave a name, an address, or neither.

/**
 * "Eva", "eva@shop.test", or "Visitor 4F2A" by the end of the visitor's id, as the emails call them.
 *
 * @param {import("/shared/words.js").Words} words
 * @param {{ id: string, name: string | null, email: string | null }} visitor
 */
export function visitorName(words, { id, name, email }) {
  return name?.trim() || email?.trim() || words("visitor_numbered", { number: id.replaceAll("-", "").slice(-4).toUpperCase() });
}

/** An address that may be linked: a visitor's page can be anything, `javascript:` too. @param {string | null | undefined} url */
export function webAddress(url) {
  try {
    const { protocol, href } = new URL(url || "");
    return protocol === "http:" || protocol === "https:" ? href : null;
  } catch {
    return null;
  }
}
