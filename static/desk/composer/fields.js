// Words that save themselves while they are written. Each field knows what it was loaded with, and never loses what is in it.
import { later, page, status } from "./page.js";
import { post, report } from "./saving.js";

const fields = new Map(); // by target and name: "digest/subject", "item:12/kicker"
const PAUSE = 700; // ms without a key
const PATIENCE = 3000; // ms that a link waits; then the browser asks
const AGAIN = 5000; // ms until a save that did not arrive is tried again

export function startFields() {
  for (const form of page.root.querySelectorAll(".composer-form")) watch(form);
  window.addEventListener("beforeunload", (event) => {
    flush();
    if (unsaved()) event.preventDefault();
  });
  document.addEventListener("click", leave);
}

// A link waits for the words that are being saved, so that nobody is asked whether to lose them.
async function leave(event) {
  const link = event.target.closest?.("a[href]");
  const isElsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || link?.target;
  if (!link || isElsewhere || event.defaultPrevented || link.pathname === location.pathname || !unsaved()) return;
  event.preventDefault();
  await Promise.race([flush(), new Promise((done) => { setTimeout(done, PATIENCE); })]);
  location.assign(link.href);
}

export const unsaved = () => [...fields.values()].some(isDirty);
export const dirtyFields = (target) => [...fields.values()].filter((field) => field.target === target && isDirty(field));
const isDirty = (field) => field.get() !== field.known;
export const refused = () => [...fields.values()].some((field) => noteOf(field, "refused") && isDirty(field));

// Watch the plain fields of a form; rich ones bring their own `get` and `set` (rich.js).
export function watch(form) {
  const target = form.dataset.target;
  for (const element of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (!element.name || element.closest("[data-rich]")) continue;
    addField(target, element.name, element, {
      get: () => element.value,
      set: (text) => { element.value = text; element.dispatchEvent(new Event("composer:set")); },
      loaded: element.defaultValue,
    });
    if (element.dataset.seen) meter(element);
  }
}

// `loaded`: what stood there when the page came. Who is quicker than this script has written something else already.
export function addField(target, name, element, { get, set, loaded = get() }) {
  const server = page.values[target]?.[name] ?? loaded;
  const field = { target, name, element, get, set, server, known: loaded, base: page.revision, isHeld: false };
  const soon = later(PAUSE, () => save(field));
  fields.set(`${target}/${name}`, field);
  // A rich text field also tells of the words that it was given when the page came.
  element.addEventListener("input", () => { if (isDirty(field)) status("saving"); soon(); });
  element.addEventListener("focusout", () => save(field));
  if (isDirty(field)) soon();
}

export function forget(target) {
  for (const key of [...fields.keys()]) if (key.startsWith(`${target}/`)) fields.delete(key);
}

export const flush = () => Promise.all([...fields.values()].map(save));

function save(field) {
  const text = field.get();
  if (text === field.known || field.isHeld) report();
  else if (field.sending?.text !== text) field.sending = { text, done: send(field, text) };
  return field.sending?.done;
}

async function send(field, text) {
  const words = { do: "words", [field.name]: text, seen: field.base };
  if (field.target !== "digest") Object.assign(words, { do: "reword", item: field.target.split(":")[1] });
  try {
    const answer = await post(words, field);
    if (answer.status === 200) settle(field, text, answer);
    if (answer.status === 422) note(field, "refused", answer.refused);
  } catch {
    setTimeout(() => save(field), AGAIN);
  } finally {
    if (field.sending?.text === text) field.sending = null;
  }
  markInvalid(field);
}

function settle(field, text, answer) {
  noteOf(field, "refused")?.remove();
  field.known = text;
  field.server = answer.values[field.target]?.[field.name] ?? text;
  field.base = answer.revision;
  if (field.get() !== text) save(field);
}

function markInvalid(field) {
  field.element.setAttribute("aria-invalid", isDirty(field) && !field.isHeld ? "true" : "false");
}

// The server's words: shown where nobody is writing, held against ours where somebody is. `saved` is settled by its own answer.
export function refresh(values, saved = null) {
  for (const field of fields.values()) {
    const theirs = values?.[field.target]?.[field.name];
    if (theirs === undefined || field === saved) continue;
    if (theirs === field.server) {
      field.base = Math.max(field.base, page.revision);
    } else if (!isDirty(field)) {
      take(field, theirs);
    } else {
      ask(field, theirs);
    }
  }
}

const plain = (text) => new DOMParser().parseFromString(text, "text/html").body.textContent.trim();

function take(field, text) {
  field.set(text);
  noteOf(field, "refused")?.remove();
  field.known = field.get();
  field.server = text;
  field.base = page.revision;
  field.element.setAttribute("aria-invalid", "false");
}

function ask(field, theirs) {
  field.isHeld = true;
  const asked = note(field, "conflict", `${page.said.conflict} “${plain(theirs) || page.said.empty}”`);
  for (const [name, act] of [["mine", keep], ["theirs", take]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "desk-button";
    button.textContent = page.said[name];
    button.addEventListener("click", () => {
      field.isHeld = false;
      asked.remove();
      act(field, theirs);
      field.element.focus();
      report();
    });
    asked.append(button);
  }
}

const noteOf = (field, kind) => field.element.closest(".composer-field")?.querySelector(`.composer-${kind}`);

// Stands with its field until it is settled, whatever else is done on the page meanwhile.
function note(field, kind, text) {
  noteOf(field, kind)?.remove();
  const note = document.createElement("div");
  note.className = `composer-${kind} desk-note desk-note-${kind === "refused" ? "bad" : "warn"}`;
  note.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = text;
  note.append(words);
  field.element.closest(".composer-field")?.append(note);
  return note;
}

function keep(field, theirs) {
  field.server = theirs;
  field.base = page.revision;
  save(field);
}

function meter(element) {
  const seen = Number(element.dataset.seen);
  const counter = document.createElement("p");
  counter.className = "desk-counter";
  counter.id = `${element.id}-length`;
  element.setAttribute("aria-describedby", counter.id);
  const bar = document.createElement("meter");
  Object.assign(bar, { min: 0, max: seen * 2, low: seen, high: seen * 1.5, optimum: 0 });
  bar.setAttribute("aria-hidden", "true");
  const words = document.createElement("span");
  counter.append(bar, words);
  const count = () => {
    const length = [...element.value].length;
    bar.value = length;
    words.textContent = page.said.characters.replace("%s", length).replace("%s", seen);
    counter.classList.toggle("desk-long", length > seen);
  };
  element.after(counter);
  element.addEventListener("input", count);
  element.addEventListener("composer:set", count);
  count();
}

export const touchedPlace = () => {
  const form = document.activeElement?.closest?.(".composer-form");
  return form ? form.dataset.target : "";
};
