// Sections are moved by dragging, by buttons and by keys; added, and marked to be taken out. The form keeps their order in numbers.
import { changed, fill, page, part } from "./page.js";

const list = part("design-sections");
const add = part("design-add");
const total = page.form.elements["sections-TOTAL_FORMS"];

export function startSections() {
  for (const section of sections()) equip(section);
  add.hidden = false;
  add.addEventListener("click", addOne);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(button.closest("[data-section]"), Number(button.dataset.move), button);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const section = event.target.closest("[data-section]");
    if (!step || !event.altKey || event.target.matches("select, textarea")) return;
    event.preventDefault();
    move(section, step, event.target);
  });
  list.addEventListener("input", (event) => rename(event.target.closest("[data-section]")));
  list.addEventListener("change", (event) => {
    if (!event.target.name?.endsWith("-DELETE")) return; // dragging tells of changes, too
    const section = event.target.closest("[data-section]");
    section.classList.toggle("is-leaving", event.target.checked);
    if (event.target.checked) say(fill(page.said.removed, nameOf(section)));
  });
  window.Sortable.create(list, {
    handle: ".design-handle",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    forceFallback: true,
    fallbackTolerance: 4,
    onEnd: (event) => {
      if (event.oldIndex !== event.newIndex) moved(event.item);
    },
  });
  number();
}

const sections = () => [...list.querySelectorAll("[data-section]")];
const field = (section, name) => section.querySelector(`[name$="-${name}"]`);

function equip(section) {
  section.querySelector(".design-moves").hidden = false;
  section.querySelector(".design-handle").hidden = false;
  section.querySelector("[data-order]").hidden = true;
  section.classList.toggle("is-leaving", field(section, "DELETE").checked);
}

function move(section, step, focused) {
  const others = sections();
  const place = others.indexOf(section) + step;
  if (place < 0 || place >= others.length) return;
  if (step < 0) others[place].before(section);
  else others[place].after(section);
  moved(section);
  focused.focus();
  // A button at the end of its way is off: its twin takes the focus.
  if (focused.disabled) section.querySelector("[data-move]:not(:disabled)")?.focus();
}

function moved(section) {
  number();
  const all = sections();
  say(fill(page.said.moved, nameOf(section), all.indexOf(section) + 1, all.length));
  changed();
}

function number() {
  const all = sections();
  all.forEach((section, place) => {
    field(section, "ORDER").value = place + 1;
    section.querySelector('[data-move="-1"]').disabled = place === 0;
    section.querySelector('[data-move="1"]').disabled = place === all.length - 1;
  });
  add.disabled = all.length >= Number(add.dataset.most);
}

function nameOf(section) {
  const style = field(section, "style");
  return field(section, "heading").value.trim() || style.options[style.selectedIndex]?.text || page.said.section;
}

function rename(section) {
  if (section) section.querySelector("[data-name]").textContent = nameOf(section);
}

function addOne() {
  const html = part("design-new-section").innerHTML.replaceAll("__prefix__", total.value);
  list.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const section = list.lastElementChild;
  equip(section);
  number();
  rename(section);
  field(section, "heading").focus();
  changed();
}

function say(text) {
  part("design-moved").textContent = text;
}
