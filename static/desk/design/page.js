// What every part of the page shares.
const root = document.getElementById("design");
const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const part = (id) => document.getElementById(id);

export const page = {
  root,
  form: part("design-form"),
  preview: root.dataset.preview,
  mayChange: root.hasAttribute("data-may-change"),
  isUnsaved: root.hasAttribute("data-unsaved"),
  documents: read("design-documents"),
  said: read("design-said"),
};

// Fills the %s of a sentence in their order.
export const fill = (text, ...values) => values.reduce((said, value) => said.replace("%s", () => value), text);

// A change that no field tells of by itself.
export const changed = () => page.form.dispatchEvent(new CustomEvent("design:changed"));
