// The bell: two short notes, made here, so that nothing need be fetched.

const NOTES_HZ = [880, 659];
const NOTE_S = 0.16;

/** @type {AudioContext | null} */
let context = null;

/** Rings. Before anybody touched the page browsers forbid it, and nothing is heard. */
export function ring() {
  if (navigator.userActivation?.hasBeenActive === false) return;
  try {
    context ??= new AudioContext();
    const { currentTime: start, destination } = context;
    NOTES_HZ.forEach((hz, at) => note(/** @type {AudioContext} */ (context), hz, start + at * NOTE_S, destination));
    context.resume().catch(() => {});
  } catch {
    // A browser without sound.
  }
}

/** @param {AudioContext} audio @param {number} hz @param {number} start @param {AudioNode} destination */
function note(audio, hz, start, destination) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = "sine";
  tone.frequency.value = hz;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.18, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_S * 2);
  tone.connect(volume).connect(destination);
  tone.start(start);
  tone.stop(start + NOTE_S * 2);
}
