// As much of a document as drawing needs: a tree, attributes, listeners, and a focus that goes when its element is moved.

export class FakeNode {
  /** @type {FakeElement | null} */
  parent = null;
  nodeValue = "";

  get nextSibling() {
    const all = this.parent?.childNodes ?? [];
    return all[all.indexOf(this) + 1] ?? null;
  }

  remove() {
    if (!this.parent) return;
    this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1);
    this.parent = null;
    if (this.contains(document.activeElement)) document.activeElement = document.body;
  }

  /** @param {FakeNode | null} other */
  contains(other) {
    for (let node = other; node; node = node.parent) if (node === this) return true;
    return false;
  }
}

export class FakeElement extends FakeNode {
  /** @type {FakeNode[]} */
  childNodes = [];
  /** @type {Map<string, string>} */
  attributes = new Map();
  /** @type {Map<string, ((event: any) => void)[]>} */
  listeners = new Map();
  value = "";
  checked = false;
  /** How often a node was put here. */
  moves = 0;

  /** @param {string} tag @param {string | null} [namespace] */
  constructor(tag, namespace = null) {
    super();
    this.tag = tag;
    this.namespaceURI = namespace;
    /** @type {Record<string, string>} */
    const styles = {};
    this.style = { styles, setProperty: (/** @type {string} */ name, /** @type {string} */ text) => void (styles[name] = text), removeProperty: (/** @type {string} */ name) => void delete styles[name] };
  }

  get firstChild() {
    return this.childNodes[0] ?? null;
  }

  /** @param {FakeNode} node @param {FakeNode | null} place */
  insertBefore(node, place) {
    node.remove();
    this.childNodes.splice(place ? this.childNodes.indexOf(place) : this.childNodes.length, 0, node);
    node.parent = this;
    this.moves += 1;
  }

  /** @param {string} name @param {string} text */
  setAttribute(name, text) {
    this.attributes.set(name, text);
  }
  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }

  /** @param {string} event @param {(event: any) => void} listener */
  addEventListener(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }
  /** @param {string} event */
  happen(event) {
    for (const listener of this.listeners.get(event) ?? []) listener({ type: event, target: this });
  }

  focus() {
    document.activeElement = this;
  }

  /** As markup, to be read. @returns {string} */
  get html() {
    const attributes = [...this.attributes].map(([name, text]) => (text ? ` ${name}="${text}"` : ` ${name}`)).join("");
    return `<${this.tag}${attributes}>${this.childNodes.map((node) => (node instanceof FakeElement ? node.html : node.nodeValue)).join("")}</${this.tag}>`;
  }
}

/** @type {any} */
const document = {
  body: new FakeElement("body"),
  activeElement: null,
  createElement: (/** @type {string} */ tag) => new FakeElement(tag),
  createElementNS: (/** @type {string} */ namespace, /** @type {string} */ tag) => new FakeElement(tag, namespace),
  createTextNode: (/** @type {string} */ text) => Object.assign(new FakeNode(), { nodeValue: text }),
};
document.activeElement = document.body;

/** From now on this is the page's document. */
export function useFakeDom() {
  Object.assign(globalThis, { document });
  return document;
}
