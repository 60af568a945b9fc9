// Lets Node find what the pages import as the server serves it: `/shared/dom.js` is in `static/`.
//
//   node --import ./tests/web/resolve.mjs --test …
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const STATIC = new URL("../../static/", import.meta.url);

// This very file is also what Node loads beside the program to ask it.
if (isMainThread) register(import.meta.url);

/** @type {import("node:module").ResolveHook} */
export function resolve(specifier, context, next) {
  return next(specifier.startsWith("/") ? new URL(`.${specifier}`, STATIC).href : specifier, context);
}
