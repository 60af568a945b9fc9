// Forms: what was typed, what of it is unsaved, what became of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formOf, hasUnsaved, isUnsaved, valueOf } from "/dashboard/state/forms.js";
import { nothing, reduce } from "/dashboard/state/index.js";

const FORM = "settings/profile/name";
const edit = (/** @type {any} */ value, /** @type {object} */ more = {}) => ({ type: "form/edited", form: FORM, field: "name", value, ...more });
/** @param {...any} events */
const after = (...events) => events.reduce(reduce, nothing);

test("a field shows what was typed, else what holds", () => {
  assert.equal(valueOf(nothing, FORM, "name", "Jana"), "Jana");
  assert.equal(valueOf(after(edit("")), FORM, "name", "Jana"), "");
  assert.equal(valueOf(after(edit("Eva")), FORM, "name", "Jana"), "Eva");
});

test("what was typed and is what holds is no change", () => {
  const state = after(edit("Eva", { holds: "Jana" }), edit("Jana", { holds: "Jana" }));
  assert(!isUnsaved(state, FORM));
  assert(isUnsaved(after(edit("Jana")), FORM), "a field that does not tell what holds");
  const list = after(edit(["a"], { holds: ["a", "b"] }), edit(["a", "b"], { holds: ["a", "b"] }));
  assert(!isUnsaved(list, FORM));
});

test("unsaved is a form until it is saved or taken back, also when it was refused", () => {
  const refused = after(edit("Eva"), { type: "form/saving", form: FORM }, { type: "form/refused", form: FORM, field: "name", error: "too long" });
  assert(isUnsaved(refused, FORM));
  assert(hasUnsaved(refused, "settings/profile/") && !hasUnsaved(refused, "settings/company/"));
  assert(!isUnsaved(reduce(refused, { type: "form/saved", form: FORM }), FORM));
  assert(!isUnsaved(reduce(refused, { type: "form/reset", form: FORM }), FORM));
});

test("what is typed while a form is on its way is not taken, since the answer would wipe it away", () => {
  const saving = after(edit("Eva"), { type: "form/saving", form: FORM });
  assert.equal(reduce(saving, edit("Eva and more")), saving);
});

test("an error stands at its field until that is changed; one of the whole form beside its button", () => {
  const refused = after(edit("Eva"), { type: "form/refused", form: FORM, field: "name", error: "too long" });
  assert.deepEqual(formOf(refused, FORM).errors, { name: "too long" });
  assert.equal(formOf(refused, FORM).error, undefined);
  assert.deepEqual(formOf(reduce(refused, edit("E")), FORM).errors, {});
  const whole = after({ type: "form/refused", form: FORM, error: "no connection" });
  assert.equal(formOf(whole, FORM).error, "no connection");
  assert.deepEqual(formOf(whole, FORM).errors, {});
});

test("saved is said on the page where it was saved, unsaved stays wherever one goes", () => {
  const route = { type: "route", route: { page: "settings", section: "profile", conversation: null } };
  const saved = after(edit("Eva"), { type: "form/saved", form: FORM });
  assert.equal(formOf(saved, FORM).status, "saved");
  assert.equal(formOf(reduce(saved, route), FORM).status, "editing");
  assert(isUnsaved(after(edit("Eva"), route), FORM));
});
