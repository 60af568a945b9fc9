// The server's time: a countdown to the server's deadline must not depend on how this computer's clock is set.

/** What is less is not worth correcting: the header tells whole seconds. */
const SKEW_MIN_MS = 2_000;
const AGAIN_MS = 600_000;

export function serverClock() {
  let skewMs = 0;

  async function ask() {
    try {
      const asked = Date.now();
      const response = await fetch("/healthz", { cache: "no-store", credentials: "omit" });
      const told = Date.parse(response.headers.get("date") || "") + 500;
      const skew = told - (asked + Date.now()) / 2;
      if (Number.isFinite(skew)) skewMs = Math.abs(skew) < SKEW_MIN_MS ? 0 : skew;
    } catch {
      // Without a connection there is nothing to count down to either; asked again later.
    }
  }

  return {
    nowMs: () => Date.now() + skewMs,
    start() {
      ask();
      const timer = setInterval(ask, AGAIN_MS);
      return () => clearInterval(timer);
    },
  };
}
