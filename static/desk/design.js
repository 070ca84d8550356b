// The page of a template's look. Its form works by itself; here the mail beside it follows what is filled in.
import { startColours } from "./design/colours.js";
import { startPreview } from "./design/preview.js";
import { startSections } from "./design/sections.js";
import { page } from "./design/page.js";

startPreview();
if (page.mayChange) {
  startColours();
  startSections();
  startLeaving();
}

// What is not saved is not left by mistake.
function startLeaving() {
  let isSaving = false;
  page.form.addEventListener("submit", () => { isSaving = true; });
  page.form.addEventListener("input", () => { page.isUnsaved = true; });
  page.form.addEventListener("design:changed", () => { page.isUnsaved = true; });
  addEventListener("pageshow", () => { isSaving = false; });
  addEventListener("beforeunload", (event) => {
    if (page.isUnsaved && !isSaving) event.preventDefault();
  });
}
