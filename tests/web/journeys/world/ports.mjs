// Free ports of the loopback.
import net from "node:net";

/** Below those that the system gives to outgoing connections, so that one stays free while its server is down. */
const FIRST = 12_000;
const LAST = 31_000;

/** A port that nobody listens at. */
export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * Listens at a port that the system chooses: it.
 *
 * @param {net.Server | import("node:http").Server} server
 * @returns {Promise<number>}
 */
export function listen(server) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(/** @type {net.AddressInfo} */ (server.address()).port));
  });
}
