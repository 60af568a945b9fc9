// Calls to the HTTP interface, as whoever a token or the browser's cookie stands for.

/** A problem that the server told (RFC 9457). */
export class Problem extends Error {
  /** @param {number} status @param {{ code?: string, title?: string, detail?: string, field?: string, retry_after_ms?: number,
   *   choices?: { operator: string, name: string, account: string }[] }} body */
  constructor(status, body) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.status = status;
    this.code = body.code;
    /** The field that it is about, where it is about one. */
    this.field = body.field;
    /** When another try is worth it, in milliseconds. */
    this.retryAfterMs = body.retry_after_ms;
    /** Whom a password fits, where several operators have the address. */
    this.choices = body.choices;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ token?: string, body?: object, cookie?: boolean }} [options] `cookie`: the browser's log-in counts, and a new one is
 *   kept. Without it several people can be logged in on one page, each by their token
 * @returns {Promise<any>} what the server tells; `null` where that is nothing
 */
export async function call(method, path, { token, body, cookie = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const credentials = cookie ? "same-origin" : "omit";
  const response = await fetch(path, { method, headers, credentials, body: body && JSON.stringify(body) });
  const text = await response.text();
  const json = text && (response.headers.get("content-type") || "").includes("json") ? JSON.parse(text) : null;
  if (!response.ok) throw new Problem(response.status, json || {});
  return json;
}
