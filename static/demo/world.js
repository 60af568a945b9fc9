// Who lives in the demo, and how its pages speak for them: each with a log-in of their own, in this tab only.
import { call } from "/shared/http.js";
import { newId } from "/shared/link.js";
import { remember, remembered } from "/shared/memory.js";

/**
 * @typedef {{ id: string, name: string, email: string, password: string, groups: string[] }} Person
 * @typedef {{ account: string, widget_key: string, groups: { id: string, name: string }[], operators: Person[],
 *   delays: { offline_s: number, missed_s: number } }} World
 */

/** The world, or nothing where this server is no demo. @returns {Promise<World | null>} */
export async function theWorld() {
  try {
    return await call("GET", "/demo/world.json");
  } catch {
    return null;
  }
}

/** Log-ins on their way: pages of one tab ask at the same time. @type {Map<string, Promise<string>>} */
const asked = new Map();

/** @param {Person} person */
const nameOfToken = (person) => `doorbell-demo-token-${person.id}`;

/**
 * A token of theirs. Frames of one tab share it.
 *
 * @param {Person} person
 * @returns {Promise<string>}
 */
export async function tokenOf(person) {
  const kept = remembered("sessionStorage", nameOfToken(person));
  if (kept) return kept;
  const running = asked.get(person.id);
  if (running) return running;
  const { email, password } = person;
  const asking = call("POST", "/api/v1/login", { body: { email, password } }).then(({ token }) => {
    remember("sessionStorage", nameOfToken(person), token);
    return token;
  });
  asked.set(person.id, asking);
  try {
    return await asking;
  } finally {
    asked.delete(person.id);
  }
}

/** The token is none any more. @param {Person} person */
export function forgetToken(person) {
  remember("sessionStorage", nameOfToken(person), "");
}

/**
 * A call as somebody; where their log-in has ended, with a new one.
 *
 * @param {Person} person
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function callAs(person, method, path, body) {
  try {
    return await call(method, path, { token: await tokenOf(person), body });
  } catch (/** @type {any} */ error) {
    if (error.status !== 401) throw error;
    forgetToken(person);
    return call(method, path, { token: await tokenOf(person), body });
  }
}

/** A name that stays the same in this browser: a device of somebody. @param {string} what @param {Person} person */
export function deviceId(what, person) {
  const memory = `doorbell-demo-${what}-${person.id}`;
  const id = remembered("localStorage", memory) || newId();
  remember("localStorage", memory, id);
  return id;
}
