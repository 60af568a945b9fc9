// The calls of the OpenAPI document, by resource.

import { el } from "/shared/dom.js";
import { at } from "./pointer.js";
import { json, paragraphs, shown, words } from "./prose.js";
import { field, shape } from "./shapes.js";

/**
 * Pieces of the document: a call (OpenAPI calls it an operation), and anything that may be a reference.
 *
 * @typedef {any} Document
 * @typedef {any} Operation
 * @typedef {any} Content
 * @typedef {{ id: string, tag: string, method: string, path: string, call: Operation }} Call
 */

const METHODS = ["get", "put", "post", "patch", "delete"];

/** Who may, by what a call requires. @param {Operation} call */
function who(call) {
  if (call.security.length === 0) return "anybody";
  return call.security.some((/** @type {Record<string, string[]>} */ way) => Object.values(way).flat().includes("admin")) ? "admins" : "operators";
}

/** @param {Document} document @param {any} value */
function resolve(document, value) {
  return value.$ref ? at(document, value.$ref) : value;
}

/** All calls in the order of the document. @param {Document} document @returns {Call[]} */
export function callsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => ({ id: `call-${methods[method].operationId}`, tag: methods[method].tags[0], method: method.toUpperCase(), path, call: methods[method] })));
}

/** One call, closed until somebody wants to know. @param {Document} document @param {Call} call */
export function callEntry(document, { id, method, path, call }) {
  return el("details", { class: "entry", id, "data-words": `${method} ${path} ${call.operationId} ${call.summary} ${JSON.stringify(call.requestBody ?? "")}`.toLowerCase() },
    el("summary", {},
      el("span", { class: "method" }, method),
      el("code", { class: "name" }, path),
      el("span", { class: "says" }, call.summary),
      el("span", { class: "badge who" }, who(call))),
    el("div", { class: "inside" }, ...paragraphs(call.description), ...parameters(document, call), ...body(call), ...answers(document, call)));
}

/** @param {Document} document @param {Operation} call */
function parameters(document, call) {
  if (!call.parameters) return [];
  const items = call.parameters.map((/** @type {any} */ one) => {
    const parameter = resolve(document, one);
    return field(parameter.name, parameter.schema, parameter.in === "path" ? "in the path" : "optional", parameter.description ?? parameter.schema.description);
  });
  return [el("h4", {}, "Parameters"), el("ul", { class: "fields" }, ...items)];
}

/** Examples with their titles. @param {Content} content @returns {[string, unknown][]} */
function examplesOf(content) {
  if (content.examples) return Object.values(content.examples).map((/** @type {any} */ { summary, value }) => [summary, value]);
  return "example" in content ? [["Example", content.example]] : [];
}

/** @param {Operation} call */
function body(call) {
  const content = call.requestBody?.content["application/json"];
  if (!content) return [];
  return [el("h4", {}, "Body"), ...shape(content.schema, { through: true }), ...examplesOf(content).flatMap(([title, value]) => [el("p", { class: "small muted" }, title), json(value, `${title} of a body`)])];
}

/** @param {Document} document @param {Operation} call */
function answers(document, call) {
  const items = Object.entries(call.responses).map(([status, one]) => {
    const answer = resolve(document, one);
    const [type, content] = Object.entries(answer.content ?? {})[0] ?? [];
    const isProblem = type === "application/problem+json";
    const details = [];
    if (content && !isProblem) {
      details.push(el("p", { class: "small muted" }, type));
      if (type === "application/json") details.push(...shape(content.schema));
    }
    const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => field(name, header.schema, "header", header.description));
    if (headers.length > 0) details.push(el("ul", { class: "fields" }, ...headers));
    const examples = content ? examplesOf(content).map(([title, value]) => json(value, `${title} of ${status}`)) : [];
    if (examples.length > 0) details.push(shown("Example", ...examples));
    return el("li", {}, el("span", { class: "status" }, status), " ", ...words(answer.description), ...details);
  });
  return [el("h4", {}, "Answers"), el("ul", { class: "fields answers" }, ...items)];
}
