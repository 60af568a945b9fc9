// What I count as, and because of what: the same for the rail, the list of devices and the team.

/** @typedef {import("/shared/wire.js").Device} Device */
/** @typedef {import("../desk.js").Desk} Desk */

/**
 * The devices that make somebody what they count as (rule P2). One that lingers still counts as what it was.
 *
 * @param {import("/shared/wire.js").Presence} counts
 * @param {readonly Device[]} devices
 */
export function devicesBehind(counts, devices) {
  if (counts === "offline") return [];
  const saying = devices.filter(({ state }) => state === counts);
  return saying.length ? saying : devices.filter(({ state }) => state === "reconnecting");
}

/**
 * @param {{ me: import("/shared/wire.js").Operator | null, devices: readonly Device[], device: string }} state
 * @returns {{ counts: import("/shared/wire.js").Presence, since: string, because: Device[], own: Device | undefined,
 *   contrast: "hidden" | "online" | "away" | null }} `contrast`: how what I count as differs from what I chose here
 */
export function standing({ me, devices, device }) {
  const counts = me?.status ?? "offline";
  const own = devices.find(({ id }) => id === device);
  const because = me?.appear_offline ? [] : devicesBehind(counts, devices);
  const isByOthers = because.length > 0 && !because.some(({ id }) => id === device);
  return { counts, since: me?.since ?? "", because, own, contrast: contrastOf() };

  /** @returns {"hidden" | "online" | "away" | null} */
  function contrastOf() {
    if (me?.appear_offline) return own?.state === "online" ? "hidden" : null;
    if (!own || own.state === "reconnecting" || !isByOthers || counts === "offline") return null;
    return counts === own.state ? null : counts;
  }
}

/** This one first, then those that count, then by their last sign of life. @param {readonly Device[]} devices @param {string} [own] */
export function inOrder(devices, own) {
  const rank = (/** @type {Device} */ { id, state }) => (id === own ? 0 : state === "offline" ? 2 : 1);
  return [...devices].sort((a, b) => rank(a) - rank(b) || Date.parse(b.last_seen) - Date.parse(a.last_seen));
}

/** Somebody's name; one's own is told to be that. @param {Desk} desk @param {{ id: string, name: string }} person */
export function personName({ words, state }, { id, name }) {
  return id === state.me?.id ? words("team_me", { name }) : name;
}

/** What a device is called. @param {Desk} desk @param {{ id: string, kind?: string, name?: string | null }} device */
export function deviceName({ words, state }, { id, kind, name }) {
  if (id === state.device) return words("me_this_browser");
  return name || words(kind === "mobile" ? "me_phone" : "me_browser");
}

/** The same with how long it stays so without a socket. @param {Desk} desk @param {Device} device */
export function deviceNameUntil(desk, device) {
  const name = deviceName(desk, device);
  return device.until ? desk.words("me_until", { device: name, time: desk.times.moment(device.until, desk.nowMs()) }) : name;
}
