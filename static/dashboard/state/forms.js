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
    case "form/edited":
      return withForm(state, event.form, (form) => {
        const { [event.field]: _, ...errors } = form.errors;
        return { values: { ...form.values, [event.field]: event.value }, status: "editing", errors };
      });
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
    default:
      return state;
  }
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

/** @param {State} state @param {string} name @param {(form: Form) => Form} change @returns {State} */
function withForm(state, name, change) {
  return { ...state, forms: { ...state.forms, [name]: change(formOf(state, name)) } };
}
