// What a browser calls itself, in short words. The order counts: all of them claim to be their forebears, too.

/** @type {[RegExp, string][]} */
const BROWSERS = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|Chromium|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
  [/\bCrOS\b/, "Chrome OS"],
  [/\bLinux\b/, "Linux"],
];

/**
 * "Firefox · Windows". What is no browser is called by its first word: "curl/8.5".
 *
 * @param {string | null} agent the `User-Agent`
 */
export function agentName(agent) {
  if (!agent) return "";
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  if (!browser && !system) return agent.split(" ")[0].slice(0, 40);
  return [browser, system].filter(Boolean).join(" · ");
}
