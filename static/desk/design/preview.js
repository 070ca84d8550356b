// The mail as the fields are filled in: asked for a moment after the last change; an answer that is overtaken is dropped.
import { showColours } from "./colours.js";
import { page, part } from "./page.js";

const WIDTHS = { phone: 375, desktop: 700, text: 600 };
const PATIENCE = 400; // ms after the last key
const shown = { mode: innerWidth < 700 ? "phone" : "desktop", dark: false };
let asking = null;
let timer = null;

export function startPreview() {
  page.root.querySelector(".design-side").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.mode) shown.mode = button.dataset.mode;
    if ("dark" in button.dataset) shown.dark = !shown.dark;
    show();
  });
  addEventListener("resize", fit);
  show();
  if (!page.mayChange) return;
  for (const name of ["input", "change", "design:changed"]) page.form.addEventListener(name, soon);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(ask, PATIENCE);
}

async function ask() {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  page.root.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(page.preview, { method: "POST", body: new FormData(page.form), signal: mine.signal });
    if (response.redirected || ![200, 422].includes(response.status)) {
      trouble(response.status === 413 || response.status === 400 ? page.said.large : page.said.lost);
      return;
    }
    const answer = await response.json();
    if (asking === mine) take(answer);
  } catch (error) {
    if (error.name !== "AbortError") trouble(page.said.lost);
  } finally {
    if (asking === mine) page.root.removeAttribute("aria-busy");
  }
}

function take(answer) {
  if (answer.contrast) showColours(answer);
  if (answer.mail) {
    page.documents = answer.mail;
    part("design-weight").textContent = answer.mail.weight;
    show();
  }
  const reasons = answer.errors ?? answer.faults;
  status(answer.mail ? page.said.fresh : page.said.stale);
  trouble(answer.mail && reasons.length ? page.said.refused : "", reasons);
}

function status(text) {
  if (part("design-status").textContent !== text) part("design-status").textContent = text;
}

// A list that has not changed is not said again.
function trouble(text, reasons = []) {
  const note = part("design-trouble");
  const list = document.createElement("ul");
  for (const reason of reasons) list.append(Object.assign(document.createElement("li"), { textContent: reason }));
  const head = Object.assign(document.createElement("p"), { textContent: text });
  const next = [...(text ? [head] : []), ...(reasons.length ? [list] : [])];
  const asHtml = next.map((node) => node.outerHTML).join("");
  if (note.dataset.told === asHtml) return;
  note.dataset.told = asHtml;
  note.replaceChildren(...next);
  note.hidden = !next.length;
}

function show() {
  for (const button of page.root.querySelectorAll("button[data-mode]"))
    button.setAttribute("aria-pressed", button.dataset.mode === shown.mode);
  page.root.querySelector("button[data-dark]").setAttribute("aria-pressed", shown.dark);
  const name = shown.mode === "text" ? "text" : shown.dark ? "dark" : "light";
  const mail = part("design-mail");
  if (mail.srcdoc !== page.documents[name]) mail.srcdoc = page.documents[name];
  part("design-frame").dataset.mode = shown.mode;
  part("design-frame").hidden = !page.documents.light; // it has never been good
  fit();
}

// A mail for a wide window is drawn at its width and scaled into the pane.
function fit() {
  const frame = part("design-frame");
  const mail = part("design-mail");
  const width = WIDTHS[shown.mode];
  const scale = Math.min(1, frame.clientWidth / width);
  mail.style.width = `${width}px`;
  mail.style.height = `${frame.clientHeight / scale}px`;
  mail.style.transform = `scale(${scale})`;
}
