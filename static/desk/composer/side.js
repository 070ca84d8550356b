// The mail beside the digest: its preview as it stands, its weight, what preflight finds, and the history.
import { later, look, page, part } from "./page.js";

const WIDTHS = { phone: 375, desktop: 700, text: 600 };
const shown = { mode: "phone", dark: false, images: false };

export function startSide() {
  const side = page.root.querySelector(".composer-side");
  side.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-mode]:is(button)");
    const toggle = event.target.closest("[data-toggle]");
    const further = event.target.closest("[data-before]");
    if (mode) shown.mode = mode.dataset.mode;
    if (toggle) shown[toggle.dataset.toggle] = !shown[toggle.dataset.toggle];
    if (mode || toggle) showMail();
    if (further) loadHistory(further.dataset.before, further);
  });
  part("composer-reader")?.addEventListener("change", showMail);
  startTabs(side.querySelector("[role=tablist]"));
  page.root.addEventListener("composer:changed", later(500, changed));
  window.addEventListener("resize", later(100, fit));
  fit();
  loadMail();
  loadFilling();
}

function changed() {
  showMail();
  loadMail();
  loadFilling();
  if (!part("panel-history").hidden) loadHistory();
}

function showMail() {
  for (const button of page.root.querySelectorAll("button[data-mode]"))
    button.setAttribute("aria-pressed", button.dataset.mode === shown.mode);
  for (const button of page.root.querySelectorAll("[data-toggle]"))
    button.setAttribute("aria-pressed", shown[button.dataset.toggle]);
  const query = new URLSearchParams({ of: "draft", theme: shown.dark ? "dark" : "light", revision: page.revision });
  if (shown.images) query.set("images", "off");
  const reader = part("composer-reader")?.value.trim();
  if (reader) query.set("reader", reader);
  const address = shown.mode === "text" ? page.mail.replace("mail.html", "mail.txt") : page.mail;
  part("composer-frame").dataset.mode = shown.mode;
  part("composer-mail").src = `${address}?${query}`;
  fit();
}

// A mail for a wide window is drawn at its width and scaled into the pane.
function fit() {
  const frame = part("composer-frame");
  const width = WIDTHS[shown.mode];
  const scale = Math.min(1, frame.clientWidth / width);
  const mail = part("composer-mail");
  mail.style.width = `${width}px`;
  mail.style.height = `${frame.clientHeight / scale}px`;
  mail.style.transform = `scale(${scale})`;
}

async function loadMail() {
  const response = await look(`${page.url}mail/`);
  if (!response) return;
  const mail = await response.json();
  part("composer-broken").hidden = !mail.broken;
  part("composer-broken").textContent = mail.broken ?? "";
  part("composer-weight").hidden = Boolean(mail.broken);
  if (mail.broken) return;
  part("composer-weight").dataset.level = mail.level;
  part("composer-meter").value = mail.bytes;
  part("composer-bytes").textContent = mail.weight;
  part("composer-findings").innerHTML = mail.findings;
  const count = page.root.querySelectorAll("#composer-findings .desk-findings > li:not(.desk-more)").length;
  part("composer-findings-count").textContent = count ? `(${count})` : "";
}

async function loadFilling() {
  if (!page.mayChange || !page.root.querySelector("[data-filling]")) return;
  const response = await look(`${page.url}filling/`);
  if (!response) return;
  const filling = await response.json();
  for (const place of page.root.querySelectorAll("[data-filling]"))
    place.innerHTML = filling[place.dataset.filling] ?? "";
}

async function loadHistory(before = null, button = null) {
  const response = await look(`${page.url}history/${before ? `?before=${before}` : ""}`);
  if (!response) return;
  const panel = part("panel-history");
  if (button) button.remove();
  else panel.replaceChildren();
  panel.insertAdjacentHTML("beforeend", await response.text());
}

function startTabs(list) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
      part(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    chosen.focus();
    if (chosen.id === "tab-history") loadHistory();
    if (chosen.id === "tab-preview") fit();
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) choose(tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length]);
  });
}
