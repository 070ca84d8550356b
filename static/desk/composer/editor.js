// The fields of one story, open in its place; one story at a time.
import { look, page, part } from "./page.js";
import { allSaved, forget, watch } from "./fields.js";

export function startEditor() {
  page.root.addEventListener("click", (event) => {
    const edit = event.target.closest("[data-edit]");
    const close = event.target.closest("[data-close]");
    if (edit) {
      event.preventDefault();
      if (page.open === edit.dataset.edit) closeStory();
      else openStory(edit.dataset.edit);
    }
    if (close) closeStory();
  });
  page.root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest("[data-editor]")) closeStory();
  });
  const standing = page.root.querySelector("[data-editor]");
  if (standing) begin(standing.dataset.editor);
}

let asked = 0;

export async function openStory(id) {
  const mine = ++asked;
  if (!await closeStory()) return;
  const response = await look(`${page.url}item/?item=${id}`);
  const story = part(`story-${id}`);
  if (!response || !story || mine !== asked) return;
  story.insertAdjacentHTML("beforeend", await response.text());
  begin(id);
  part(`editor-${id}`).querySelector(".composer-form input:not([type=hidden])").focus();
}

function begin(id) {
  page.open = id;
  delete page.values[`item:${id}`];
  watch(part(`editor-${id}`).querySelector(".composer-form"));
}

// What is not saved yet is saved first; what cannot be keeps it open. True: it is closed.
export async function closeStory() {
  const id = page.open;
  if (!id) return true;
  if (!await allSaved(`item:${id}`)) return false;
  forget(`item:${id}`);
  part(`editor-${id}`)?.remove();
  page.open = null;
  part(`story-${id}`)?.focus();
  return true;
}

export async function reopen() {
  const id = page.open;
  if (id) await openStory(id);
}
