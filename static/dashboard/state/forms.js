// Forms: what is typed into each, and what became of it. A form that was not touched shows what holds (`valueOf`).

/** @typedef {import("./index.js").State} State */
/** @typedef {import("./index.js").Event} Event */
/** @typedef {import("./index.js").Form} Form */

/** @type {Form} */
const untouched = { values: {}, status: "editing", errors: {} };

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduceForms(state, event) {
  switch (event.type) {
    // What is typed while a form is on its way would be lost with the answer.
    case "form/edited":
      return formOf(state, event.form).status === "saving" ? state : withForm(state, event.form, (form) => edited(form, event));
    case "form/saving":
      return withForm(state, event.form, (form) => ({ values: form.values, status: "saving", errors: {} }));
    case "form/saved":
      return withForm(state, event.form, () => ({ values: {}, status: "saved", errors: {} }));
    case "form/refused":
      return withForm(state, event.form, (form) => ({
        ...form,
        status: "refused",
        errors: event.field ? { [event.field]: event.error } : {},
        error: event.field ? undefined : event.error,
      }));
    case "form/reset": {
      const { [event.form]: _, ...forms } = state.forms;
      return { ...state, forms };
    }
    // "Saved" is news on the page where it was said.
    case "route":
      return { ...state, forms: Object.fromEntries(Object.entries(state.forms).filter(([, form]) => form.status !== "saved")) };
    default:
      return state;
  }
}

/** A value that is what holds anyway (`holds`, where the field tells it) is no change. @param {Form} form @param {Event} event @returns {Form} */
function edited(form, { field, value, holds }) {
  const { [field]: _, ...errors } = form.errors;
  const { [field]: __, ...others } = form.values;
  const isChange = holds === undefined || JSON.stringify(value) !== JSON.stringify(holds);
  return { values: isChange ? { ...others, [field]: value } : others, status: "editing", errors };
}

/** @param {State} state @param {string} name @returns {Form} */
export function formOf(state, name) {
  return state.forms[name] || untouched;
}

/** What a field shows: what was typed, else what holds. @param {State} state @param {string} form @param {string} field @param {any} holds */
export function valueOf(state, form, field, holds) {
  const { values } = formOf(state, form);
  return field in values ? values[field] : holds;
}

/** Whether something was typed that is not saved. @param {State} state @param {string} name */
export function isUnsaved(state, name) {
  return Object.keys(formOf(state, name).values).length > 0;
}

/** The same of all forms whose names begin so. @param {State} state @param {string} prefix */
export function hasUnsaved(state, prefix) {
  return Object.keys(state.forms).some((name) => name.startsWith(prefix) && isUnsaved(state, name));
}

/** @param {State} state @param {string} name @param {(form: Form) => Form} change @returns {State} */
function withForm(state, name, change) {
  return { ...state, forms: { ...state.forms, [name]: change(formOf(state, name)) } };
}
