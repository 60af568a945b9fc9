// What admins did, the newest first.
import { h } from "/shared/view.js";
import { SOURCES } from "../../acts/settings.js";
import { isAdmin } from "../../state/live.js";
import { empty, time } from "../pieces.js";
import { adminsOnly, listOf } from "./controls.js";

/** @typedef {import("../../desk.js").Desk} Desk */
/**
 * @typedef {{ at: string, operator: { id: string, name: string } | null, act: string,
 *   subject?: { kind: "operator" | "group" | "email" | "address" | "domain", id: string, name?: string },
 *   details?: { fields?: string[], from?: string, to?: string } }} Entry
 */

/** @param {Desk} desk */
export function audit(desk) {
  const { words } = desk;
  if (!isAdmin(desk.state)) return adminsOnly(desk, "set_audit_admins");
  return [
    h("p", { class: "muted", key: "about" }, words("set_audit_about")),
    listOf(desk, SOURCES.audit, (items) => (items.length ? h("ul", { class: "rows" }, ...items.map((one, at) => row(desk, one, items.length - at))) : empty(words("set_audit_none"), words("set_audit_none_about")))),
  ];
}

/** @param {Desk} desk @param {Entry} entry @param {number} number */
function row(desk, entry, number) {
  const who = entry.operator?.name || desk.words("set_audit_command_line");
  return h("li", { key: number }, h("div", { class: "grow" }, h("p", {}, sentenceOf(desk.words, entry)), h("p", { class: "small muted" }, who, " · ", time(desk, entry.at))));
}

/**
 * What was done, in a sentence. An act that these words do not know yet is told by its name.
 *
 * @param {import("/shared/words.js").Words} words
 * @param {Entry} entry
 */
export function sentenceOf(words, { act, subject, details }) {
  if (!words.knows(`set_act_${act}`)) return act;
  const name = subject?.name || subject?.id || "";
  const fields = words.list((details?.fields || []).map((field) => fieldName(words, field)));
  const plan = (/** @type {string | undefined} */ one) => (one && words.knows(`set_plan_${one}`) ? words(`set_plan_${one}`) : one || "");
  return words(`set_act_${act}`, { name, fields, from: plan(details?.from), to: plan(details?.to) });
}

/** @param {import("/shared/words.js").Words} words @param {string} field */
function fieldName(words, field) {
  const key = `set_field_${field.replaceAll(".", "_")}`;
  return words.knows(key) ? words(key) : field;
}
