// What a visitor's browser really fetches, and that what is sent is the program that was written.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
// The parser of eslint.
import { tokenize } from "espree";
import { journey } from "./world/journey.mjs";
import { visitShop } from "./world/shop.mjs";

const STATIC = fileURLToPath(new URL("../../../static/", import.meta.url));

/** The body as it comes over the wire to who takes it packed. @param {string} url @returns {Promise<Buffer>} */
const fetched = (url) => new Promise((resolve, reject) => {
  http.get(url, { headers: { "Accept-Encoding": "gzip" }, agent: false }, (answer) => {
    assert.equal(answer.statusCode, 200, url);
    assert.equal(answer.headers["content-encoding"], "gzip", url);
    /** @type {Buffer[]} */
    const chunks = [];
    answer.on("data", (chunk) => chunks.push(chunk));
    answer.on("end", () => resolve(Buffer.concat(chunks)));
  }).on("error", reject);
});

journey("a visitor who opens the chat and talks has fetched less than 25 KB, and before that the loader, of less than 3", async (world) => {
  const home = await world.house();
  const account = await home.account();
  const { page, chat } = await visitShop(world, account);
  /** @type {Set<string>} */
  const asked = new Set([`${home.url}/widget.js`, `${home.url}/widget/${account.key}`]);
  page.on("request", (request) => {
    if (request.url().startsWith(home.url)) asked.add(request.url().split("#")[0]);
  });
  await page.reload();
  await chat.open();
  await chat.say("Hello");
  await chat.mark("Hello").filter({ hasText: "Sent" }).waitFor();
  await Promise.all([page.waitForRequest(/sound\.js/), chat.frame.getByRole("button", { name: "Sound for new messages" }).click()]);
  assert([...asked].some((url) => url.endsWith("/widget/chat/main.js")) && [...asked].some((url) => url.endsWith("/shared/sound.js")), [...asked].join("\n"));
  const weights = await Promise.all([...asked].map(async (url) => /** @type {const} */ ([url.replace(home.url, ""), (await fetched(url)).length])));
  const all = weights.reduce((sum, [, bytes]) => sum + bytes, 0);
  assert((weights.find(([path]) => path === "/widget.js")?.[1] ?? Infinity) < 3 * 1_024);
  assert(all < 25 * 1_024, `${all} bytes: ${JSON.stringify(weights, null, 1)}`);
});

journey("what is sent packed is the program that was written, line by line, without its comments", async (world) => {
  const home = await world.house();
  const scripts = readdirSync(STATIC, { recursive: true }).map(String).filter((file) => file.endsWith(".js") && !file.startsWith("demo/"));
  assert(scripts.length > 10);
  const tokens = (/** @type {string} */ code) =>
    tokenize(code, { ecmaVersion: 2024, sourceType: "module", loc: true }).map(({ type, value, loc }) => [type, value, loc?.start.line]);
  for (const script of scripts) {
    const sent = gunzipSync(await fetched(`${home.url}/${script}`)).toString();
    assert.deepEqual(tokens(sent), tokens(readFileSync(`${STATIC}${script}`, "utf8")), script);
    assert(!/^[ \t]*\/\//m.test(sent), `${script} is sent with its comments`);
  }
});
