// JSON schemas as a person reads them: fields with their types, bounds and words; shared shapes as links.

import { el } from "/shared/dom.js";
import { paragraphs, words } from "./prose.js";

/** @typedef {any} Schema a JSON schema @typedef {(Node | string)[]} Words */

const SHARED = "#/components/schemas/";
/** So many words of a shared shape stand beside its name. */
const WORDS_MAX = 8;

/** The shared shapes, once the documents are read. @type {Record<string, Schema>} */
let shared = {};

/** Tells what the shared shapes are. @param {Record<string, Schema>} schemas */
export function know(schemas) {
  shared = schemas;
}

/** The name of the shared shape that a schema refers to. @param {Schema} schema @returns {string | null} */
function nameOf(schema) {
  return schema.$ref?.startsWith(SHARED) ? schema.$ref.slice(SHARED.length) : null;
}

/** @param {string | null} name */
function link(name) {
  return el("a", { href: `#shape-${name}` }, name);
}

/** A link to a shared shape, with its words where they are few. @param {string} name @returns {Words} */
function linked(name) {
  const values = shared[name]?.enum ?? [];
  return values.length > 0 && values.length <= WORDS_MAX ? [link(name), ": ", ...choice(values)] : [link(name)];
}

/** Several nodes with words between them. @param {(Node | Words)[]} nodes @param {string} separator @returns {Words} */
function between(nodes, separator) {
  return nodes.flatMap((node, index) => (index === 0 ? [node].flat() : [separator, node].flat()));
}

/** @param {unknown[]} values */
function choice(values) {
  return between(values.map((value) => el("code", {}, JSON.stringify(value))), " | ");
}

/** A schema's type in a few words, as nodes. @param {Schema} schema @returns {Words} */
export function typeOf(schema) {
  const name = nameOf(schema);
  if (name) return linked(name);
  if ("const" in schema) return choice([schema.const]);
  if (schema.enum) return choice(schema.enum);
  if (schema.oneOf && schema.type === undefined) return between(schema.oneOf.map((/** @type {Schema} */ one) => one.title && !nameOf(one) ? [one.title] : typeOf(one)), " or ");
  if (schema.allOf) return between(schema.allOf.map((/** @type {Schema} */ one) => (nameOf(one) ? [link(nameOf(one))] : ["more"])), " and ");
  const types = [schema.type].flat().filter(Boolean);
  if (types.length === 0) return ["anything"];
  return between(types.map((type) => (type === "array" ? ["list of ", ...typeOf(schema.items ?? {})] : [type])), " or ");
}

/** The bounds of a value, in words. @param {Schema} schema */
export function boundsOf(schema) {
  /** @type {string[]} */
  const said = [];
  const range = (/** @type {number | undefined} */ from, /** @type {number | undefined} */ to, /** @type {string} */ unit) => {
    if (from !== undefined && to !== undefined) said.push(`${from} to ${to}${unit}`);
    else if (from !== undefined && from > 0) said.push(`at least ${from}${unit}`);
    else if (to !== undefined) said.push(`at most ${to}${unit}`);
  };
  range(schema.minLength, schema.maxLength, " characters");
  range(schema.minItems, schema.maxItems, " items");
  range(schema.minimum, schema.maximum, "");
  if (schema.exclusiveMinimum !== undefined) said.push(`more than ${schema.exclusiveMinimum}`);
  if (schema.default !== undefined) said.push(`${JSON.stringify(schema.default)} unless said otherwise`);
  if (schema.format && schema.format !== "password") said.push(schema.format);
  if (schema.pattern) said.push(`pattern ${schema.pattern}`);
  return said.join(", ");
}

/** @typedef {{ name: string, value: Schema, must: boolean }} Field */

/** The fields of an object, whatever it is composed of: each with whether it must be there. @param {Schema} schema @returns {Field[]} */
function fieldsOf(schema) {
  const required = new Set(schema.required ?? []);
  const own = Object.entries(schema.properties ?? {}).map(([name, value]) => ({ name, value, must: required.has(name) }));
  return [...own, ...(schema.allOf ?? []).filter((/** @type {Schema} */ one) => !nameOf(one)).flatMap(fieldsOf)];
}

/** What is inside a schema that is no shared shape. @param {Schema} schema @returns {HTMLElement | null} */
function inside(schema) {
  if (nameOf(schema)) return null;
  const fields = fieldsOf(schema);
  if (fields.length > 0) return fieldList(fields);
  if (schema.items && !nameOf(schema.items)) return inside(schema.items);
  const composed = (schema.oneOf ?? []).filter((/** @type {Schema} */ one) => !nameOf(one) && one.properties);
  if (composed.length > 0) return el("ul", { class: "fields" }, ...composed.map((/** @type {Schema} */ one) => el("li", {}, one.title ? el("strong", {}, one.title) : null, inside(one))));
  return null;
}

/** @param {Field[]} fields */
function fieldList(fields) {
  return el("ul", { class: "fields" }, ...fields.map(({ name, value, must }) => field(name, value, must ? null : "optional")));
}

/**
 * One named value: a field or a parameter.
 *
 * @param {string} name
 * @param {Schema} schema
 * @param {string | null} remark
 * @param {string} [description]
 * @returns {HTMLElement}
 */
export function field(name, schema, remark, description = schema.description) {
  const bounds = boundsOf(schema);
  return el("li", {},
    el("code", { class: "field" }, name), " ",
    el("span", { class: "type small" }, ...typeOf(schema), bounds ? ` · ${bounds}` : ""), " ",
    remark ? el("span", { class: "badge" }, remark) : null,
    ...(description ? paragraphs(description) : []),
    inside(schema));
}

/**
 * A whole schema: its type where that says something, its words, its fields. `through`: a shared shape is shown at once.
 *
 * @param {Schema} schema
 * @param {{ withType?: boolean, through?: boolean }} [how]
 * @returns {HTMLElement[]}
 */
export function shape(schema, { withType = true, through = false } = {}) {
  const name = nameOf(schema);
  if (name && through) return [el("p", { class: "type" }, link(name)), ...shape(shared[name], { withType: false })];
  const parts = [];
  const isPlainObject = schema.type === "object" && !schema.allOf;
  const bounds = boundsOf(schema);
  if (withType && (!isPlainObject || bounds)) parts.push(el("p", { class: "type" }, ...typeOf(schema), bounds ? ` · ${bounds}` : ""));
  if (schema.description) parts.push(...paragraphs(schema.description));
  if (schema.type === "object" && schema.oneOf) parts.push(el("p", { class: "muted" }, "Exactly one of: ", ...between(schema.oneOf.map((/** @type {Schema} */ one) => choice(one.required)), ", ")));
  const fields = inside(schema);
  if (fields) parts.push(fields);
  if (parts.length === 0) parts.push(el("p", { class: "muted" }, ...words("An object without fields of its own.")));
  return parts;
}
