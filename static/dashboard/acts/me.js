// What I do about myself: my state on this device, appearing offline, my devices, how I like the dashboard.

/** Changes come in bursts, and everybody hears of them in the same moment. */
const SETTLE_MS = 250;

/** @param {import("../desk.js").Desk} desk */
export function meActs(desk) {
  /** @type {any} */
  let timer = 0;

  /** My role, and the switches that a link in a mail turns off. How I count the socket tells, in order. */
  async function loadMe() {
    const found = await desk.api("GET", "/api/v1/me").catch(() => null);
    if (!found) return;
    const { status, since, appear_offline, ...operator } = found;
    desk.dispatch({ type: "me/changed", operator });
  }

  // What is told of the account's settings says nothing of my own among them.
  desk.listen(({ type }) => {
    if (type !== "settings") return;
    clearTimeout(timer);
    timer = setTimeout(loadMe, SETTLE_MS * (1 + Math.random()));
  });

  return {
    /** This device's state. @param {"online" | "away" | "offline"} state */
    chooseState: (state) => desk.acts.ask("presence", { state }),

    /** The whole person (rule P3). @param {boolean} on */
    appearOffline: (on) => desk.acts.ask("appear_offline", { on }),

    /** Ends a device's log-ins, sockets and lease. @param {import("/shared/wire.js").Device} device */
    signOut: (device) =>
      desk.acts.attempt(() => desk.api("DELETE", `/api/v1/me/devices/${encodeURIComponent(device.id)}`), desk.words("device_signed_out")),

    /** @param {Partial<import("../state/index.js").State["preferences"]>} preferences */
    prefer(preferences) {
      desk.dispatch({ type: "preferences", preferences });
      desk.keep.preferences = desk.state.preferences;
    },
  };
}
