// How the chat speaks, and how its button on the page is to look. A visitor fetches one language.
import { speaker } from "/shared/words.js";

/** @typedef {Awaited<ReturnType<typeof voiceOf>>} Voice */

/** Words, and times as people read them. @param {import("/shared/words.js").LanguageTag} language */
export async function voiceOf(language) {
  /** @type {{ dictionary: import("/shared/words.js").Dictionary }} */
  const { dictionary } = await import(`./words/${language}.js`);
  const region = language === "cs" ? "cs-CZ" : "en-GB";
  /** @param {Intl.DateTimeFormatOptions} options @returns {(at: string) => string} */
  const format = (options) => {
    const { format: say } = new Intl.DateTimeFormat(region, options);
    return (at) => say(new Date(at));
  };
  return {
    words: speaker({ en: dictionary, cs: dictionary }, language),
    clock: format({ hour: "2-digit", minute: "2-digit" }),
    day: format({ weekday: "long", day: "numeric", month: "long" }),
    exact: format({ dateStyle: "full", timeStyle: "medium" }),
  };
}

/** Up to this luminance white can be read on a colour (4.5 to 1), and from a little less on black can. */
const LIGHT = 0.18;

/** What can be read on a colour. @param {string} color such as `#2c57d0` */
export function onColor(color) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > LIGHT ? "#000000" : "#ffffff";
}

/** A colour that a page wishes for, with six digits; nothing where it is none of `#rgb` and `#rrggbb`. @param {string} [wish] */
export function colorOf(wish = "") {
  const [, digits] = /^#((?:[\da-f]{3}){1,2})$/i.exec(wish) || [];
  if (!digits) return "";
  return `#${digits.length === 3 ? digits.replace(/./g, "$&$&") : digits}`.toLowerCase();
}

/**
 * The style that the loader gives the button and the frame. The colours are those of the chat.
 *
 * @param {"left" | "right"} side
 * @param {(name: string) => string} color a custom property of the chat
 */
export function styleOf(side, color) {
  return `
    button, iframe { all: initial; position: fixed; ${side}: 20px; z-index: 2147483647; box-sizing: border-box; color-scheme: light dark;
      box-shadow: ${color("shadow")} }
    button { bottom: 20px; width: 56px; height: 56px; border: 1px solid transparent; border-radius: 50%; cursor: pointer;
      color: ${color("on-accent")}; background: ${color("accent")} }
    button:focus-visible { outline: 2px solid ${color("accent")}; outline-offset: 2px; box-shadow: 0 0 0 2px ${color("surface")} }
    svg { display: block; width: 28px; margin: auto; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round;
      stroke-linejoin: round }
    i, b { position: absolute; right: -1px; box-sizing: border-box; border-radius: 10px }
    i { bottom: -1px; width: 14px; height: 14px; border: 3px solid ${color("offline")}; background: ${color("surface")};
      outline: 2px solid ${color("surface")} }
    .online i { border-color: ${color("online")}; background: ${color("online")} }
    .unknown i { opacity: 0 }
    b { top: -5px; min-width: 20px; padding: 0 5px; font: 600 13px/20px system-ui, sans-serif; text-align: center;
      color: ${color("surface")}; background: ${color("danger")} }
    b:empty { display: none }
    p { position: fixed; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%) }
    iframe { bottom: 88px; width: 360px; height: min(520px, 100vh - 108px); border-radius: 12px; background: ${color("surface")};
      outline: 1px solid ${color("border")} }
    iframe:not(.open) { visibility: hidden }
    iframe.open { animation: up 0.16s }
    @keyframes up { from { opacity: 0; transform: translateY(8px) } }
    @media (prefers-reduced-motion: reduce) { iframe.open { animation: none } }
    @media (max-width: 480px), (max-height: 420px) {
      iframe { inset: var(--top, 0) 0 auto; width: 100%; height: var(--height, 100dvh); border-radius: 0 }
      button.open { display: none }
    }
    @media print { button, iframe { display: none } }`;
}
