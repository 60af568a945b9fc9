// What I do about myself: my state on this device, appearing offline, my devices, how I like the dashboard.

/** @param {import("../desk.js").Desk} desk */
export function meActs(desk) {
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
