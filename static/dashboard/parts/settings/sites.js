// Web sites as browsers spell them, and what stands in their code.

/**
 * What was typed as an origin: `shop.example` is `https://shop.example`, and a path that was copied along is left out. `null`: it
 * is no web site's.
 *
 * @param {string} typed
 */
export function originOf(typed) {
  const text = typed.trim();
  if (!text || /[*\s]/.test(text)) return null;
  try {
    const url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`);
    const isSite = (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password;
    return isSite && url.hostname ? url.origin : null;
  } catch {
    return null;
  }
}

/** @param {string} origin the server's @param {string} key */
export function snippetOf(origin, key) {
  return `<script async src="${origin}/widget.js" data-key="${key}"></script>`;
}
