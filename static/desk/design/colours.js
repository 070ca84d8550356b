// A colour is written, picked, taken as suggested, or given back to the design.
import { changed, page, part } from "./page.js";

export function startColours() {
  page.root.addEventListener("input", (event) => {
    const { pick } = event.target.dataset;
    if (pick) part(pick).value = event.target.value;
    if (pick || event.target.closest("[data-colour]")) showOwn();
  });
  page.root.addEventListener("click", (event) => {
    const take = event.target.closest("[data-take]");
    const clear = event.target.closest("[data-clear]");
    if (take) put(part(take.dataset.take), take.dataset.value);
    if (clear) put(part(clear.dataset.clear), "");
  });
  showOwn();
  for (const field of fields()) field.placeholder = pickOf(field).value;
}

// The button goes with the fault that it mends: the focus goes to the field that has changed.
function put(field, value) {
  field.value = value;
  field.focus();
  showOwn();
  changed();
}

const fields = () => [...page.root.querySelectorAll("[data-colour] input:not([type=color])")];
const pickOf = (field) => page.root.querySelector(`[data-pick="${field.id}"]`);

function showOwn() {
  for (const field of fields()) {
    const isColour = /^#[0-9a-f]{6}$/i.test(field.value);
    if (isColour) pickOf(field).value = field.value;
    page.root.querySelector(`[data-clear="${field.id}"]`).hidden = !field.value;
  }
}

// What the server found: how each colour is decided, and how well it can be read.
export function showColours({ colours, contrast }) {
  for (const field of fields()) {
    const colour = colours[field.name];
    if (!colour) continue;
    if (!field.value) {
      field.placeholder = colour;
      pickOf(field).value = colour;
    }
  }
  const place = part("design-contrast");
  if (place.dataset.shown === contrast) return;
  place.dataset.shown = contrast;
  const { value, take } = document.activeElement?.dataset ?? {};
  place.innerHTML = contrast;
  if (take) [...place.querySelectorAll(`[data-take="${take}"]`)].find((one) => one.dataset.value === value)?.focus();
}
