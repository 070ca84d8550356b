// Beside a field: why its words are not taken, or that somebody else has written others, and which shall stand.
import { page } from "./page.js";

const plain = (text) => new DOMParser().parseFromString(text, "text/html").body.textContent.trim();

export const noteOf = (field, kind) => field.element.closest(".composer-field")?.querySelector(`.composer-${kind}`);

export const isAsked = (field) => noteOf(field, "conflict") != null;

export const refuse = (field, text) => note(field, "refused", text);

// `change`: who wrote them, and when. The same words are asked about once.
export function ask(field, theirs, change, acts) {
  if (isAsked(field) && field.theirs === theirs) return;
  field.theirs = theirs;
  const words = page.said.theirs.replace("%s", plain(theirs) || page.said.empty);
  const asked = note(field, "conflict", `${change} ${words}`);
  for (const [name, act] of Object.entries(acts)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "desk-button";
    button.textContent = page.said[name];
    button.addEventListener("click", () => {
      asked.remove();
      act();
      field.element.focus();
    });
    asked.append(button);
  }
}

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
