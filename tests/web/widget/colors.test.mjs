// Colours that a page may wish for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { colorOf, onColor } from "/widget/chat/looks.js";

test("a colour is three or six digits, and anything else is none", () => {
  assert.deepEqual(["#abc", "#A1B2C3", " #abc", "#abcd", "red", "#ggg", "", "#abc;}", "url(x)"].map((wish) => colorOf(wish)),
    ["#aabbcc", "#a1b2c3", "", "", "", "", "", "", ""]);
  assert.equal(colorOf(undefined), "");
});

/** As WCAG reckons it. @param {string} one @param {string} other */
function contrast(one, other) {
  const luminance = (/** @type {string} */ color) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test("contrast is reckoned as WCAG does", () => {
  assert.equal(contrast("#ffffff", "#000000"), 21);
  assert.equal(contrast("#000000", "#000000"), 1);
  assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
});

test("whatever colour it is, the text on it can be read (AA)", () => {
  for (let r = 0; r < 256; r += 15) for (let g = 0; g < 256; g += 15) for (let b = 0; b < 256; b += 15) {
    const color = `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    assert(contrast(color, onColor(color)) >= 4.5, color);
  }
  assert.deepEqual([onColor("#000000"), onColor("#ffee00"), onColor("#d6336c")], ["#ffffff", "#000000", "#ffffff"]);
});

test("the house's own colours can be read, in the light and in the dark", () => {
  const css = readFileSync(new URL("../../../static/shared/tokens.css", import.meta.url), "utf8");
  for (const part of css.split("@media (prefers-color-scheme: dark)")) {
    const color = (/** @type {string} */ name) => part.match(new RegExp(`--${name}: (#\\w{6})`))?.[1] ?? "";
    for (const [text, ground] of [["on-accent", "accent"], ["muted", "surface"], ["text", "sunken"], ["surface", "danger"], ["danger", "surface"], ["on-notice", "notice"]]) {
      assert(contrast(color(text), color(ground)) >= 4.5, `${text} on ${ground}`);
    }
    for (const mark of ["online", "offline"]) assert(contrast(color(mark), color("surface")) >= 3, mark);
  }
});
