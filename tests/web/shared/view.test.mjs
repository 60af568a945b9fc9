// Drawing: the page is what is described, changed as little as that needs.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { h, icon, render } from "/shared/view.js";
import { FakeElement, useFakeDom } from "./fake-dom.mjs";

const document = useFakeDom();
/** @type {any} */
let host;

beforeEach(() => {
  host = new FakeElement("div");
  document.body.childNodes = [];
  document.body.insertBefore(host, null);
  document.activeElement = document.body;
});

test("what is described stands there, and what is nothing does not", () => {
  render(host, h("p", { class: "a", hidden: true, title: null, lang: false }, "Hello ", null, undefined, false, "", [h("b", {}, 3)]));
  assert.equal(host.html, '<div><p class="a" hidden>Hello <b>3</b></p></div>');
});

test("a text is a text, whatever it looks like", () => {
  render(host, h("p", {}, "<b>bold</b>"));
  const text = host.firstChild.firstChild;
  assert(!(text instanceof FakeElement));
  assert.equal(text.nodeValue, "<b>bold</b>");
});

test("an element stays the same one, with what changed of it", () => {
  const draw = (/** @type {any} */ props, /** @type {string} */ text) => render(host, h("p", props, text));
  draw({ class: "a", title: "x" }, "one");
  const [element, text] = [host.firstChild, host.firstChild.firstChild];
  draw({ class: "b" }, "two");
  assert.equal(host.html, '<div><p class="b">two</p></div>');
  assert.equal(host.firstChild, element);
  assert.equal(element.firstChild, text);
});

test("by its key an element is known wherever it goes, and the others need not move", () => {
  const draw = (/** @type {string[]} */ keys) => render(host, ...keys.map((key) => h("li", { key }, key)));
  draw(["a", "b", "c"]);
  const [a, b, c] = host.childNodes;
  draw(["c", "a", "b"]);
  assert.deepEqual(host.childNodes, [c, a, b]);
  const moves = host.moves;
  draw(["c", "a", "b"]);
  draw(["c", "b"]);
  assert.deepEqual(host.childNodes, [c, b]);
  assert.equal(host.moves, moves, "to take one away moves nothing");
});

test("another tag or another key is another element", () => {
  render(host, h("p", { key: 1 }));
  const first = host.firstChild;
  render(host, h("p", { key: 2 }));
  assert.notEqual(host.firstChild, first);
  const second = host.firstChild;
  render(host, h("div", { key: 2 }));
  assert.notEqual(host.firstChild, second);
});

test("an element that moves keeps the focus", () => {
  const draw = (/** @type {string[]} */ keys) => render(host, ...keys.map((key) => h("input", { key })));
  draw(["a", "b"]);
  const [a] = host.childNodes;
  a.focus();
  draw(["b", "a"]);
  assert.equal(host.childNodes[1], a);
  assert.equal(document.activeElement, a);
});

test("one listener an event lives as long as its element, and does what was described last", () => {
  /** @type {string[]} */
  const heard = [];
  const draw = (/** @type {any} */ on) => render(host, h("button", { on }));
  draw({ click: () => heard.push("first") });
  draw({ click: () => heard.push("second") });
  host.firstChild.happen("click");
  draw({});
  host.firstChild.happen("click");
  assert.deepEqual(heard, ["second"]);
  assert.equal(host.firstChild.listeners.get("click").length, 1);
});

test("a field shows what is described, whatever was typed; one of which nothing is said keeps it", () => {
  const draw = (/** @type {any} */ props) => render(host, h("input", props));
  draw({ value: "a" });
  host.firstChild.value = "typed";
  draw({ value: "a" });
  assert.equal(host.firstChild.value, "a");
  draw({});
  host.firstChild.value = "typed";
  draw({ class: "x" });
  assert.equal(host.firstChild.value, "typed");
});

test("the value of a choice is set behind its options", () => {
  /** @type {string[]} */
  const there = [];
  const original = FakeElement.prototype.insertBefore;
  const select = h("select", { value: "b" }, h("option", { value: "a" }), h("option", { value: "b" }));
  FakeElement.prototype.insertBefore = function (node, place) {
    if (this.tag === "select") there.push(`option, while the value is "${this.value}"`);
    return original.call(this, node, place);
  };
  try {
    render(host, select);
  } finally {
    FakeElement.prototype.insertBefore = original;
  }
  assert.deepEqual(there, Array(2).fill('option, while the value is ""'));
  assert.equal(host.firstChild.value, "b");
});

test("whoever is new is told once, when everything is in its place", () => {
  /** @type {string[]} */
  const told = [];
  const draw = () => render(host, h("p", { made: () => told.push(host.html) }), h("i"));
  draw();
  draw();
  assert.deepEqual(told, ["<div><p></p><i></i></div>"]);
});

test("aria says true and false, other attributes are there or not", () => {
  render(host, h("button", { "aria-pressed": false, "aria-busy": true, disabled: false, "aria-label": null }));
  assert.equal(host.html, '<div><button aria-pressed="false" aria-busy="true"></button></div>');
});

test("styles are set by name, and go", () => {
  const draw = (/** @type {any} */ style) => render(host, h("p", { style }));
  draw({ "--at": "1", color: "red" });
  assert.deepEqual(host.firstChild.style.styles, { "--at": "1", color: "red" });
  draw({ "--at": "2" });
  assert.deepEqual(host.firstChild.style.styles, { "--at": "2" });
});

test("an icon is drawn as one, and says nothing", () => {
  render(host, icon("bell"));
  const [svg] = host.childNodes;
  assert.equal(svg.namespaceURI, "http://www.w3.org/2000/svg");
  assert.equal(svg.firstChild.namespaceURI, "http://www.w3.org/2000/svg");
  assert.equal(svg.attributes.get("aria-hidden"), "true");
});

test("nothing to draw leaves nothing", () => {
  render(host, h("p"), "text");
  render(host);
  assert.deepEqual(host.childNodes, []);
});
