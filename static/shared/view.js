// Draws what should be on the page. A part describes elements with `h`, and `render` changes the page as little as that needs: a
// field that somebody types into, a list that is scrolled and a focus stay as they are. Texts become text here, never markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * What a part may put among the children of an element. What is null, undefined or false is not there.
 *
 * @typedef {Drawn | string | number | null | undefined | false | Child[]} Child
 *
 * The properties of an element: attributes, but for
 * - `key`: the same among its siblings as before means the same element, wherever it moved;
 * - `on`: listeners by event;
 * - `style`: custom properties and styles by name (a Content-Security-Policy allows these, and no attribute);
 * - `value`, `checked`: of a field, as it stands there now;
 * - `made`: is called with the element once, when it is new and in its place;
 * - true and false, which set or leave out an attribute (`aria-…` say "true" and "false").
 *
 * @typedef {Record<string, any> & { key?: string | number, on?: Record<string, (event: any) => void>,
 *   style?: Record<string, string>, made?: (element: any) => void }} Props
 * @typedef {{ tag: string, props: Props, children: Child[] }} Drawn
 */

/** What stands on the page: each element's last description. @type {WeakMap<Node, Drawn>} */
const drawn = new WeakMap();

/**
 * Describes an element.
 *
 * @param {string} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {Drawn}
 */
export function h(tag, props = {}, ...children) {
  return { tag, props, children };
}

/** Where the symbols of icons are. */
export const symbols = { at: "/shared/icons.svg#" };

/**
 * An icon of `icons.svg`. It says nothing by itself: a button with an icon alone needs an `aria-label`.
 *
 * @param {string} name
 */
export function icon(name) {
  return h("svg", { class: "icon", "aria-hidden": "true", focusable: "false" }, h("use", { href: symbols.at + name }));
}

/**
 * Makes the children of `host` what they should be.
 *
 * @param {Element} host
 * @param {...Child} children
 */
export function render(host, ...children) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  /** @type {(() => void)[]} */
  const made = [];
  patchChildren(host, children, made);
  // Moving an element takes its focus away.
  if (focused && focused !== document.activeElement && host.contains(focused)) focused.focus({ preventScroll: true });
  for (const tell of made) tell();
}

/** @param {Child[]} children @returns {(Drawn | string)[]} */
function flat(children) {
  /** @type {(Drawn | string)[]} */
  const all = [];
  for (const child of children) {
    if (Array.isArray(child)) all.push(...flat(child));
    else if (child === null || child === undefined || child === false || child === "") continue;
    else all.push(typeof child === "number" ? String(child) : child);
  }
  return all;
}

/** @param {Element} host @param {Child[]} children @param {(() => void)[]} made */
function patchChildren(host, children, made) {
  const wanted = flat(children);
  const take = pool(host);
  const nodes = wanted.map((child) => take(child) || create(host, child));
  const kept = new Set(nodes);
  for (const node of [...host.childNodes]) if (!kept.has(node)) node.remove();
  let place = host.firstChild;
  nodes.forEach((node, at) => {
    if (node === place) place = place.nextSibling;
    else host.insertBefore(node, place);
    const child = wanted[at];
    if (typeof child === "string") {
      if (node.nodeValue !== child) node.nodeValue = child;
    } else patch(/** @type {Element} */ (node), child, made);
  });
}

/** What is there already: gives for a description the node that stands for it, each once. @param {Element} host */
function pool(host) {
  /** @type {Map<string, ChildNode[]>} */
  const free = new Map();
  for (const node of host.childNodes) {
    const name = nameOf(drawn.get(node) ?? "");
    free.set(name, [...(free.get(name) || []), node]);
  }
  return (/** @type {Drawn | string} */ child) => free.get(nameOf(child))?.shift();
}

/** @param {Drawn | string} child */
function nameOf(child) {
  return typeof child === "string" ? "" : `${child.tag} ${child.props.key ?? ""}`;
}

/** @param {Element} host @param {Drawn | string} child @returns {ChildNode} */
function create(host, child) {
  if (typeof child === "string") return document.createTextNode(child);
  const isSvg = child.tag === "svg" || host.namespaceURI === SVG;
  return isSvg ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag);
}

/** @param {Element} element @param {Drawn} next @param {(() => void)[]} made */
function patch(element, next, made) {
  const before = drawn.get(element);
  if (before === next) return;
  drawn.set(element, next);
  for (const name of Object.keys(before?.props || {})) if (!(name in next.props)) set(element, name, undefined, before?.props[name]);
  for (const [name, value] of Object.entries(next.props)) if (!isLate(name)) set(element, name, value, before?.props[name]);
  if (next.props.made && !before) made.push(() => next.props.made?.(element));
  patchChildren(element, next.children, made);
  // The value of a choice is one of its children.
  for (const name of Object.keys(next.props)) if (isLate(name)) set(element, name, next.props[name], undefined);
}

/** @param {string} name */
function isLate(name) {
  return name === "value" || name === "checked";
}

/** @param {any} element @param {string} name @param {any} value @param {any} before */
function set(element, name, value, before) {
  if (name === "key" || name === "made") return;
  if (name === "on") return listen(element, value || {});
  if (name === "style") return restyle(element.style, value || {}, before || {});
  if (isLate(name)) {
    if (element[name] !== (value ?? "")) element[name] = value ?? "";
    return;
  }
  if (value === before) return;
  const text = name.startsWith("aria-") && typeof value === "boolean" ? String(value) : value;
  if (text === undefined || text === null || text === false) element.removeAttribute(name);
  else element.setAttribute(name, text === true ? "" : String(text));
}

/** @param {CSSStyleDeclaration} style @param {Record<string, string>} value @param {Record<string, string>} before */
function restyle(style, value, before) {
  for (const name of Object.keys(before)) if (!(name in value)) style.removeProperty(name);
  for (const [name, text] of Object.entries(value)) if (text !== before[name]) style.setProperty(name, text);
}

/** One listener an event for the life of the element: it asks what is to be done now. @type {WeakMap<Element, Set<string>>} */
const heard = new WeakMap();

/** @param {Element} element @param {Record<string, (event: any) => void>} listeners */
function listen(element, listeners) {
  const known = heard.get(element) || new Set();
  heard.set(element, known);
  for (const event of Object.keys(listeners)) {
    if (known.has(event)) continue;
    known.add(event);
    element.addEventListener(event, (told) => drawn.get(element)?.props.on?.[event]?.(told));
  }
}
