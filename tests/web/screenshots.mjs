// The pictures of docs/screenshots/, taken anew by `scripts/screenshots`. What they show is true: a server of its own, and a small
// company that works with it (pictures/company.mjs). Only the day is made up: nobody waits a day for conversations to be a day old.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Demo, House } from "./journeys/world/house.mjs";
import { everybodyGoesHome } from "./journeys/world/people.mjs";
import { afternoonZone } from "./pictures/aged.mjs";
import { Company } from "./pictures/company.mjs";
import { OF_COMPANY, OF_DEMO } from "./pictures/list.mjs";
import { Studio } from "./pictures/studio.mjs";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
/** Nothing is waited for that a slow machine could miss. */
const UNHURRIED = { "presence.heartbeat": "25s", "presence.visitor_heartbeat": "45s", "presence.grace": "20s" };
const wanted = process.argv[2] ?? "";

/**
 * Takes the pictures of some scenes, if one of them is wanted.
 *
 * @template Place
 * @param {Studio} studio
 * @param {Record<string, (studio: Studio, place: Place) => Promise<Record<string, Buffer>>>} scenes
 * @param {() => Promise<Place>} set
 */
async function take(studio, scenes, set) {
  const asked = Object.entries(scenes).filter(([scene]) => !wanted || scene === wanted);
  if (!asked.length) return;
  const place = await set();
  for (const [, scene] of asked) {
    const pictures = await scene(studio, place);
    await studio.close();
    for (const [name, picture] of Object.entries(pictures)) {
      const small = await smaller(picture);
      await writeFile(path.join(FOLDER, `${name}.png`), small);
      console.log(`docs/screenshots/${name}.png: ${Math.ceil(small.length / 1_024)} KB`);
    }
  }
}

/** With a palette: a third of the bytes, and nobody sees it. Meanwhile the company's people go on answering pings. @param {Buffer} picture @returns {Promise<Buffer>} */
function smaller(picture) {
  return new Promise((resolve, reject) => {
    const done = (/** @type {Error | null} */ error, /** @type {Buffer} */ small) => (error ? reject(error) : resolve(small));
    const child = execFile("pngquant", ["--strip", "--speed", "1", "-"], { encoding: "buffer", maxBuffer: 2 ** 24 }, done);
    child.stdin?.end(picture);
  });
}

const ends = /** @type {(() => unknown)[]} */ ([everybodyGoesHome]);
/** @template {{ [end in "demolish" | "stop"]?: () => unknown }} Thing @param {Thing} thing @returns {Thing} */
const own = (thing) => (ends.push(() => (thing.demolish ?? thing.stop)?.call(thing)), thing);

// Of the demo, and of the windows.
process.env.TZ = afternoonZone();
const studio = await Studio.open();
try {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, scene] of Object.entries(OF_DEMO)) await take(studio, { [name]: scene }, async () => own(await Demo.start()));
  await take(studio, OF_COMPANY, async () => {
    const house = own(await House.start(UNHURRIED));
    const [en, cs] = await Promise.all([Company.open(house, "en"), Company.open(house, "cs")]);
    return { en, cs };
  });
} finally {
  await studio.end();
  for (const end of ends) await end();
}
