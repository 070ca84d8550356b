// Sections and their stories: shown as the server has them, moved by dragging and by keys.
import { page, part, say } from "./page.js";
import { dirtyFields, forget } from "./fields.js";
import { post } from "./saving.js";
import { openStory } from "./editor.js";

const board = part("composer-board");

page.root.addEventListener("composer:board", (event) => showBoard(event.detail)); // also for who may only look

export function startBoard() {
  makeSortable();
  board.addEventListener("keydown", onKey);
  startMoving();
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (isTyping || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    part(event.shiftKey ? "composer-redo" : "composer-undo").click();
  });
}

// “Move to …” moves at once what a mouse or a finger chose. By arrow keys a closed list changes with every press, so there
// Enter moves, and leaving the list moves nothing.
function startMoving() {
  let isByKeys = false;
  const listOf = (event) => (event.target.matches(".composer-to") ? event.target : null);
  const go = (list) => {
    isByKeys = false;
    const section = list.value;
    list.value = "";
    if (section) move(list.closest(".composer-item").dataset.item, section, 0);
  };
  board.addEventListener("pointerdown", () => { isByKeys = false; });
  board.addEventListener("keydown", (event) => {
    if (!listOf(event)) return;
    isByKeys = true;
    if (event.key !== "Enter" || !event.target.value) return;
    event.preventDefault(); // Chromium would press the form's first button
    go(event.target);
  });
  // An open list keeps its keys to itself, but for this end of them.
  board.addEventListener("keyup", (event) => { if (listOf(event) && event.key === "Enter") go(event.target); });
  board.addEventListener("change", (event) => {
    const list = listOf(event);
    if (!list?.value) return;
    if (isByKeys) say(page.said.enter.replace("{section}", list.selectedOptions[0].text));
    else go(list);
  });
  board.addEventListener("focusout", (event) => { if (listOf(event)) listOf(event).value = ""; });
}

// Only what differs is changed, so that the focus, open fields and half-written words stay where they are.
function showBoard(html) {
  const focused = document.activeElement?.id;
  const next = nextOf(document.activeElement);
  window.Idiomorph.morph(board, html, {
    morphStyle: "innerHTML",
    callbacks: {
      beforeNodeMorphed: (old) => !(old.matches?.("[data-editor], [data-filling]:not(:empty), details[open]")),
      beforeNodeRemoved: (node) => !keepsWords(node),
      beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
    },
  });
  makeSortable();
  if (!focused || document.activeElement?.id === focused) return;
  (part(focused) ?? (next && part(next)))?.focus();
}

// Where the focus goes when its story goes: to the one below, else above.
function nextOf(element) {
  const story = element?.closest?.(".composer-item");
  return (story?.nextElementSibling ?? story?.previousElementSibling)?.id;
}

// True for what must not go with a removal: the fields that stand open in a story. Unsaved words of a story that goes are sent
// once more, which brings it back where only a rule has taken it out; else they are shown.
function keepsWords(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return false;
  if (node.matches("[data-editor]")) return part(`story-${node.dataset.editor}`) !== null;
  for (const editor of node.querySelectorAll("[data-editor]")) rescue(editor.dataset.editor);
  return false;
}

async function rescue(itemId) {
  const target = `item:${itemId}`;
  const words = Object.fromEntries(dirtyFields(target).map((field) => [field.name, field.get()]));
  forget(target);
  if (page.open === itemId) page.open = null;
  if (!Object.keys(words).length) return;
  const answer = await post({ do: "reword", item: itemId, ...words }).catch(() => null);
  if (answer?.status === 200) openStory(itemId);
  else showWords(Object.values(words).filter(Boolean));
}

function showWords(words) {
  const note = document.createElement("p");
  note.className = "desk-note desk-note-warn";
  note.setAttribute("role", "alert");
  note.textContent = `${page.said.gone} “${words.join("” “")}”`;
  board.before(note);
}

function onKey(event) {
  const story = event.target;
  if (!story.matches(".composer-item") || event.ctrlKey || event.metaKey) return;
  const id = story.dataset.item;
  const act = event.altKey ? moveBy(event, id) : {
    Enter: () => openStory(id),
    e: () => openStory(id),
    l: () => press(`lock-${id}`),
    Delete: () => press(`remove-${id}`),
    ArrowDown: () => beside(story, 1)?.focus(),
    ArrowUp: () => beside(story, -1)?.focus(),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function moveBy(event, id) {
  if (event.key === "ArrowUp") return () => press(`up-${id}`);
  if (event.key === "ArrowDown") return () => press(`down-${id}`);
  const digit = Number(event.code.replace("Digit", ""));
  const section = board.querySelectorAll("[data-section]")[digit - 1];
  return section && (() => move(id, section.dataset.section, 0));
}

const press = (id) => part(id)?.click();

function beside(story, step) {
  const stories = [...board.querySelectorAll(".composer-item")];
  return stories[stories.indexOf(story) + step];
}

function move(item, section, place) {
  return post({ do: "move", item, section, place }).catch(() => null);
}

function makeSortable() {
  for (const list of board.querySelectorAll("[data-section]")) {
    if (window.Sortable.get(list)) continue;
    window.Sortable.create(list, {
      group: { name: "stories", pull: true, put: true },
      handle: ".composer-handle, .composer-thumb, .composer-words",
      draggable: ".composer-item, .composer-candidate",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      delay: 150,
      delayOnTouchOnly: true,
      forceFallback: true,
      fallbackTolerance: 4,
      emptyInsertThreshold: 24,
      onAdd: (event) => { if (event.item.dataset.article) add(event, list); },
      onEnd: (event) => dropped(event),
    });
  }
}

function dropped(event) {
  if (event.from === event.to && event.oldDraggableIndex === event.newDraggableIndex) return;
  const { item } = event.item.dataset;
  move(item, event.to.dataset.section, placeOf(event.item)).then((answer) => {
    if (!answer) putBack(event);
    if (answer?.status === 200) part(`story-${item}`)?.focus();
  });
}

// The server has not heard of it: it stands where it stood.
function putBack({ item, from, oldDraggableIndex }) {
  item.remove();
  from.insertBefore(item, from.querySelectorAll(":scope > .composer-item")[oldDraggableIndex] ?? null);
}

const placeOf = (dragged) => [...dragged.parentElement.querySelectorAll(":scope > li")].indexOf(dragged);

// What was dragged over from the candidates is only a picture of them: the server's answer brings the story.
function add(event, list) {
  const { article } = event.item.dataset;
  const place = placeOf(event.item);
  event.item.remove();
  post({ do: "add", article, section: list.dataset.section, place }).catch(() => null);
}
