// Lets conversations look older than they are, and the day be in its middle: whatever the hour at which pictures are taken.

const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const HOUR_OF_PICTURES = 14;

/** A time zone in which it is shortly after two. */
export function afternoonZone(now = new Date()) {
  const ahead = HOUR_OF_PICTURES - now.getUTCHours();
  // These have their sign the other way round.
  return ahead === 0 ? "Etc/GMT" : `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
}

/**
 * What the server answers about conversations comes with their ages taken off.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {ReadonlyMap<string, number>} ages_ms
 */
export async function age(context, ages_ms) {
  await context.route(/\/api\/v1\/(conversations|me\/notifications|operators\/[^/]+\/notifications|emails)\b/, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    if (!response.ok()) return route.fulfill({ response });
    const [, own] = route.request().url().match(/conversations\/([\w-]+)/) ?? [];
    await route.fulfill({ response, json: older(await response.json(), ages_ms.get(own) ?? 0, ages_ms) });
  });
}

/**
 * @param {any} value
 * @param {number} age_ms of what it is part of
 * @param {ReadonlyMap<string, number>} ages_ms
 * @returns {any}
 */
function older(value, age_ms, ages_ms) {
  if (typeof value === "string") return age_ms && MOMENT.test(value) ? new Date(Date.parse(value) - age_ms).toISOString() : value;
  if (Array.isArray(value)) return value.map((one) => older(one, age_ms, ages_ms));
  if (value === null || typeof value !== "object") return value;
  const own_ms = ages_ms.get(value.id) ?? ages_ms.get(value.conversation) ?? age_ms;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, older(one, own_ms, ages_ms)]));
}
