// Rings for a message that nobody looks at; of several tabs one does.

/** How it sounds: fetched by those who want to hear it. */
async function ring() {
  const bell = await import("/shared/sound.js").catch(() => null);
  bell?.ring();
}

/** @param {import("./memory.js").Memory} memory @param {string} message which one */
export function ringOnce(memory, message) {
  if (memory.get("rang") === message) return;
  memory.set("rang", message);
  ring();
}

/** What was switched on. */
export const sample = ring;
