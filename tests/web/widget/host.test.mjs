// Whom the frame listens to, and what it makes of what it is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hear, hostAt, originOf, settingsOf } from "/widget/chat/around.js";

test("the loader's word for its origin holds as far as the browser does not say otherwise", () => {
  const hash = `#${encodeURIComponent("https://shop.test")}`;
  assert.equal(originOf({ hash }), "https://shop.test");
  assert.equal(originOf({ hash, ancestor: "https://shop.test" }), "https://shop.test");
  assert.equal(originOf({ hash, referrer: "https://shop.test/basket?a=1" }), "https://shop.test");
  assert.equal(originOf({ hash, ancestor: "https://evil.test" }), null);
  assert.equal(originOf({ hash, referrer: "https://evil.test/https://shop.test" }), null);
  assert.equal(originOf({ hash, ancestor: "https://shop.test:8443", referrer: "https://shop.test/" }), null);
});

test("of settings only known names with texts are taken", () => {
  const given = { key: "k", title: " Shop ", group: 7, color: null, evil: "x", position: "left", name: {}, email: "" };
  assert.deepEqual(settingsOf(given), { title: "Shop", position: "left" });
  assert.deepEqual(settingsOf({ name: "Old", identity: { name: "Eva", email: "eva@shop.test" } }), { name: "Eva", email: "eva@shop.test" });
  assert.equal(settingsOf({ title: "x".repeat(1_000) }).title?.length, 256);
  for (const nonsense of [undefined, null, "text", 7, []]) assert.deepEqual(settingsOf(nonsense), {});
});

test("what makes no sense is not heard", () => {
  /** @type {unknown[]} */
  const heard = [];
  const note = (/** @type {string} */ name) => (/** @type {unknown[]} */ ...what) => void heard.push([name, ...what]);
  const listeners = { settings: note("settings"), page: note("page"), open: note("open"), send: note("send") };
  const nonsense = [undefined, null, 7, "open", {}, { type: "evil" }, { type: "send" }, { type: "send", text: "  " }, { type: "send", text: {} }, { type: "page", url: 7 }];
  for (const told of nonsense) hear(told, listeners);
  assert.deepEqual(heard, []);
  hear({ type: "open", isOpen: "yes", focus: 1 }, listeners);
  hear({ type: "open", isOpen: true, focus: true }, listeners);
  hear({ type: "send", text: " Hello " }, listeners);
  hear({ type: "page", url: "https://shop.test/", title: null }, listeners);
  assert.deepEqual(heard, [["open", false, false], ["open", true, true], ["send", "Hello"], ["page", { url: "https://shop.test/", title: "" }]]);
});

test("where the browser keeps nothing for the frame, the page keeps it, and tells what its other tabs change", () => {
  /** @type {any[]} */
  const told = [];
  /** @type {any} */
  const port = { postMessage: (/** @type {any} */ message) => told.push(message), onmessage: null };
  const host = hostAt(port, { doorbell: { title: "Shop" }, kept: { "doorbell/k/visitor": "token", odd: 7 } });
  assert.deepEqual([host.settings, host.store.get("doorbell/k/visitor"), host.store.get("none")], [{ title: "Shop" }, "token", null]);
  host.store.set("doorbell/k/draft", "Hel");
  host.store.set("doorbell/k/visitor", "");
  assert.deepEqual(told, [{ type: "keep", name: "doorbell/k/draft", value: "Hel" }, { type: "keep", name: "doorbell/k/visitor", value: "" }]);
  assert.deepEqual(host.store.names(), ["odd", "doorbell/k/draft"]);
  /** @type {string[][]} */
  const changed = [];
  host.store.onChange((...what) => changed.push(what));
  host.listen({ settings() {}, page() {}, open() {}, send() {} });
  port.onmessage({ data: { type: "kept", name: "doorbell/k/seen", value: "id 7" } });
  port.onmessage({ data: { type: "kept", name: "doorbell/k/draft", value: null } });
  assert.deepEqual(changed, [["doorbell/k/seen", "id 7"], ["doorbell/k/draft", ""]]);
  assert.deepEqual(host.store.names(), ["odd", "doorbell/k/seen"]);
});
