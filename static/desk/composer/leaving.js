// Leaving the page: nothing that was written stays behind without a word.
import { page, trouble } from "./page.js";
import { allSaved, flush, unsaved } from "./fields.js";

const PATIENCE = 3000; // ms that an ordinary link waits; then the browser asks

export function startLeaving() {
  window.addEventListener("beforeunload", (event) => {
    flush();
    if (unsaved() || begun()) event.preventDefault();
  });
  for (const kind of ["click", "auxclick"]) document.addEventListener(kind, leave);
}

async function leave(event) {
  const link = event.target.closest?.("a[href]");
  const isAside = event.button || event.ctrlKey || event.metaKey || event.shiftKey || link?.target;
  if (!link || event.defaultPrevented || !(unsaved() || begun())) return;
  if (link.hasAttribute("data-when-saved")) await whenSaved(event, link, isAside);
  else if (!isAside && link.pathname !== location.pathname && unsaved()) {
    event.preventDefault();
    await Promise.race([flush(), new Promise((done) => { setTimeout(done, PATIENCE); })]);
    location.assign(link.href);
  }
}

// What goes to readers is looked at as it was written, however long saving it takes.
async function whenSaved(event, link, isAside) {
  event.preventDefault();
  if (link.hasAttribute("aria-busy")) return;
  link.setAttribute("aria-busy", "true");
  trouble("");
  const isSaved = await allSaved();
  link.removeAttribute("aria-busy");
  const story = begun();
  if (isSaved && story) {
    trouble(page.said.begun.replace("%s", story.value.trim()));
    story.focus();
  } else if (isSaved) {
    if (isAside) window.open(link.href, "_blank");
    else location.assign(link.href);
  }
}

// A story of one's own that was not written into the digest yet.
const begun = () => [...page.root.querySelectorAll(".composer-write [name=headline]")].find((field) => field.value.trim());
