// Intro and outro: a rich text field in the place of each text area. The server cleans what it is given once more.
import { page } from "./page.js";
import { addField } from "./fields.js";

const ALLOWED = { ALLOWED_TAGS: ["a", "b", "br", "em", "i", "li", "ol", "p", "strong", "ul"], ALLOWED_ATTR: ["href"] };
const ADDRESS = /^(https?:\/\/\S+\.\S+|mailto:\S+@\S+)$/i;

// As people type and paste them: behind a scheme that stood there already, without one, or as a mail address.
function addressIn(typed) {
  const text = typed.trim().replace(/^https?:\/\/(?=https?:|mailto:|$)/i, "");
  if (!text || ADDRESS.test(text)) return text;
  return [`https://${text}`, `mailto:${text}`].find((address) => ADDRESS.test(address) && address.includes("@") === address.startsWith("mailto:"));
}

const cleaned = (html) =>
  document.importNode(window.DOMPurify.sanitize(html, { ...ALLOWED, RETURN_DOM_FRAGMENT: true }), true);

export function startRichText() {
  for (const place of page.root.querySelectorAll("[data-rich]")) start(place);
}

function start(place) {
  const name = place.dataset.rich;
  const area = place.querySelector("textarea");
  const root = document.createElement("div");
  root.id = `rich-${name}`;
  root.className = "composer-rich";
  root.setAttribute("role", "textbox");
  root.setAttribute("aria-multiline", "true");
  root.setAttribute("aria-labelledby", `label-${name}`);
  area.hidden = true;
  area.after(root);
  const editor = new window.Squire(root, { blockTag: "P", sanitizeToDOMFragment: cleaned });
  editor.setHTML(area.value);
  place.querySelector("label").addEventListener("click", () => editor.focus());
  addField("digest", name, root, { get: () => htmlOf(editor), set: (html) => editor.setHTML(html) });
  // What is pasted, or done by a key of the editor's own, is no input to the browser.
  editor.addEventListener("input", () => root.dispatchEvent(new Event("input")));
  tools(place, editor, root);
}

// An empty field says nothing, whatever the editor keeps in it to hold its caret.
function htmlOf(editor) {
  const html = editor.getHTML();
  const words = document.createElement("div");
  words.append(cleaned(html));
  return words.textContent.trim() ? html : "";
}

function tools(place, editor, root) {
  const bar = place.querySelector("[role=toolbar]");
  const asked = place.querySelector(".composer-link");
  const address = asked.querySelector("input");
  bar.hidden = false;
  const link = () => {
    const where = addressIn(address.value);
    if (where === undefined) {
      address.setCustomValidity(page.said.link);
      address.reportValidity();
      return;
    }
    if (where) editor.makeLink(where);
    else editor.removeLink();
    asked.hidden = true;
    editor.focus();
  };
  const acts = {
    bold: () => (editor.hasFormat("B") ? editor.removeBold() : editor.bold()),
    italic: () => (editor.hasFormat("I") ? editor.removeItalic() : editor.italic()),
    list: () => (editor.hasFormat("UL") ? editor.removeList() : editor.makeUnorderedList()),
    plain: () => { editor.removeLink(); editor.removeAllFormatting(); },
    link: () => {
      asked.hidden = false;
      address.value = editor.getSelection().startContainer.parentElement?.closest("a")?.href ?? "https://";
      address.select();
    },
    "set-link": link,
  };
  address.addEventListener("input", () => address.setCustomValidity(""));
  address.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { asked.hidden = true; editor.focus(); }
    if (event.key !== "Enter") return;
    event.preventDefault();
    link();
  });
  place.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]");
    if (!tool) return;
    acts[tool.dataset.tool]();
    root.dispatchEvent(new Event("input"));
  });
  // The selection stays in the field while a button is pressed.
  bar.addEventListener("mousedown", (event) => event.preventDefault());
}
