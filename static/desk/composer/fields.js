// Words that save themselves while they are written. Each field knows what it was loaded with, and never loses what is in it.
import { label, later, page, part, status, trouble } from "./page.js";
import { post, queued, report, TooLarge, transmit } from "./saving.js";
import { meter } from "./meter.js";
import { ask, isAsked, noteOf, refuse } from "./conflicts.js";

const fields = new Map(); // by target and name: "digest/subject", "item:12/kicker"
const PAUSE = 700; // ms without a key
const AGAIN = 5000; // ms until a save that did not arrive is tried again

page.root.addEventListener("composer:words", ({ detail }) => refresh(detail.answer, detail.asker));

export function startFields() {
  for (const form of page.root.querySelectorAll(".composer-form")) watch(form);
  page.root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-give-back]");
    if (button) giveBack(fields.get(`digest/${button.dataset.giveBack}`));
  });
  page.root.addEventListener("composer:hindered", report);
  page.root.addEventListener("composer:quiet", showStatus);
  showAutomatic();
}

function showStatus() {
  if (unsaved()) status(isStuck() ? "unsaved" : "saving");
  else status(page.hindrance === "away" ? "away" : "saved");
}

// Is there a field that does not come to be saved by waiting?
const isStuck = () => [...fields.values()].some((field) => isDirty(field) && cannotGo(field));
export const unsaved = () => [...fields.values()].some(isDirty);
export const dirtyFields = (target) => [...fields.values()].filter((field) => field.target === target && isDirty(field));
const isDirty = (field) => field.get() !== field.known;
const isAutomatic = (field) => field.target === "digest" && page.automatic.includes(field.name);
const cannotGo = (field) => Boolean(page.hindrance || isAsked(field) || noteOf(field, "refused"));
const isFocused = (field) => field.element.contains(document.activeElement);

// Watch the plain fields of a form; rich ones bring their own `get` and `set` (rich.js).
export function watch(form) {
  const target = form.dataset.target;
  const base = Number(form.elements.seen.value);
  for (const element of form.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (!element.name || element.closest("[data-rich]")) continue;
    addField(target, element.name, element, {
      get: () => element.value.replaceAll("\0", ""),
      set: (text) => { element.value = text; element.placeholder = ""; element.dispatchEvent(new Event("composer:set")); },
      loaded: element.defaultValue,
      base,
    });
    if (element.dataset.seen) meter(element);
  }
}

// `loaded`: what stood there when the page came. Who is quicker than this script has written something else already.
export function addField(target, name, element, { get, set, loaded = get(), base = page.revision }) {
  const server = page.values[target]?.[name] ?? loaded;
  const field = { target, name, element, get, set, server, known: loaded, base, label: label(element) };
  const soon = later(PAUSE, () => save(field));
  fields.set(`${target}/${name}`, field);
  // A rich text field also tells of the words that it was given when the page came.
  element.addEventListener("input", () => { report(); showAutomatic(); soon(); });
  element.addEventListener("focusout", () => {
    if (!isDirty(field) && field.isBehind) take(field, field.server);
    else save(field);
  });
  if (isDirty(field)) soon();
}

export function forget(target) {
  for (const key of [...fields.keys()]) if (key.startsWith(`${target}/`)) fields.delete(key);
}

export const flush = () => Promise.all([...fields.values()].map(save));

// Until everything is saved, whatever is typed meanwhile. Resolves to the fields that cannot be saved as they are.
async function settled(target) {
  for (;;) {
    await flush();
    const left = target ? dirtyFields(target) : [...fields.values()].filter(isDirty);
    if (!left.length || left.some(cannotGo)) return left;
  }
}

// Says which field is not saved, of `target` or of all, and goes there. True: everything is.
export async function allSaved(target = null) {
  const fieldsLeft = await settled(target);
  const left = fieldsLeft.find(cannotGo) ?? fieldsLeft[0];
  if (left) {
    trouble(page.said.notYet.replace("%s", left.label));
    left.element.focus();
  }
  return !left;
}

// One save of a field waits at a time, and takes the words as they are when its turn comes.
function save(field) {
  if (!isDirty(field) || isAsked(field)) report();
  else if (!field.isWaiting) {
    field.isWaiting = true;
    field.saving = send(field);
  }
  return field.saving;
}

const send = (field) => queued(async () => {
  field.isWaiting = false;
  if (!isDirty(field) || isAsked(field)) return;
  field.isSending = true;
  const text = field.get();
  const what = field.target === "digest" ? { do: "words" } : { do: "reword", item: field.target.split(":")[1] };
  try {
    const answer = await transmit({ ...what, [field.name]: text, seen: field.base }, field);
    field.isSending = false;
    if (answer.status === 200) settle(field, text, answer);
    if (answer.status === 422) refuse(field, answer.refused);
    if (answer.status === 409) save(field); // unless it is asked about
  } catch (error) {
    field.isSending = false;
    if (error instanceof TooLarge) refuse(field, page.said.large);
    else {
      field.isInDoubt = true; // it may have arrived all the same
      setTimeout(() => save(field), AGAIN);
    }
  }
  markInvalid(field);
});

function settle(field, text, answer) {
  noteOf(field, "refused")?.remove();
  field.isInDoubt = false;
  field.known = text;
  field.server = answer.values[field.target]?.[field.name] ?? text;
  field.base = answer.revision;
  if (isDirty(field)) save(field);
  else if (isAutomatic(field) && field.server !== text) takeLater(field, field.server);
  showAutomatic();
}

function markInvalid(field) {
  field.element.setAttribute("aria-invalid", isDirty(field) && !isAsked(field) ? "true" : "false");
}

// The server's words: shown where nobody is writing, held against ours where somebody is. What is on its way to the server is
// judged by its own answer: that of `asker`.
function refresh(answer, asker = null) {
  for (const field of fields.values()) {
    const theirs = answer.values?.[field.target]?.[field.name];
    if (theirs === undefined || (field === asker ? answer.status === 200 : field.isSending)) continue;
    if (theirs === field.server) field.base = Math.max(field.base, page.revision);
    else if (!isDirty(field)) takeLater(field, theirs);
    else judge(field, theirs, answer.changed?.[field.target]?.[field.name]);
  }
  showAutomatic();
}

// What we write ourselves is in nobody's way, nor is a save of our own whose answer was lost: only other people's words are.
function judge(field, theirs, change) {
  if (theirs === field.get()) take(field, theirs);
  else if (isAutomatic(field) || (field.isInDoubt && change?.is_mine)) goOn(field, theirs);
  else ask(field, theirs, change?.text ?? page.said.conflict, {
    keep: () => { goOn(field, theirs); save(field); report(); },
    take: () => { take(field, theirs); report(); },
  });
}

function goOn(field, theirs) {
  field.server = theirs;
  field.base = page.revision;
}

// Not while somebody has the field under their hands: what they mark or type would meet other words.
function takeLater(field, theirs) {
  if (!isFocused(field)) {
    take(field, theirs);
    return;
  }
  goOn(field, theirs);
  field.isBehind = true;
  if (!field.get() && isAutomatic(field)) field.element.placeholder = theirs;
}

function take(field, text) {
  field.set(text);
  noteOf(field, "refused")?.remove();
  field.known = field.get();
  field.isBehind = field.isInDoubt = false;
  goOn(field, text);
  field.element.setAttribute("aria-invalid", "false");
  showAutomatic();
}

// “Use the automatic one”: instead of what stands there, whether it was saved or not.
async function giveBack(field) {
  const answer = await post({ do: "words", automatic: field.name }).catch(() => null);
  if (answer?.status !== 200) return;
  take(field, answer.values.digest[field.name]);
  noteOf(field, "conflict")?.remove();
  report();
  field.element.focus();
}

function showAutomatic() {
  for (const badge of page.root.querySelectorAll("[data-automatic]")) {
    const field = fields.get(`digest/${badge.dataset.automatic}`);
    badge.hidden = !field || !isAutomatic(field) || isDirty(field) || !field.get();
  }
  for (const button of page.root.querySelectorAll("[data-give-back]"))
    button.hidden = page.automatic.includes(button.dataset.giveBack);
}

export const touchedPlace = () => {
  const form = document.activeElement?.closest?.(".composer-form");
  return form ? form.dataset.target : "";
};
