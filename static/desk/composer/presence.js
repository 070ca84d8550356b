// Who else is here, and what they did meanwhile.
import { hinder, page, part, reached, renewToken, say } from "./page.js";
import { flush, touchedPlace } from "./fields.js";
import { apply, report } from "./saving.js";

const OFTEN = 5000;
const SELDOM = 15000; // while the window is in the background
const PATIENCE = 20000; // for an answer

export function startPresence() {
  poll();
  // Back from another window, where one may have signed in again.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look().catch(() => null); });
  window.addEventListener("pagehide", () => navigator.sendBeacon(`${page.url}poll/`, body({ leave: "1" })));
}

async function poll() {
  try {
    await look();
  } catch {
    if (page.hindrance !== "away") hinder("away", page.said.offline);
  }
  setTimeout(poll, document.hidden ? SELDOM : OFTEN);
}

async function look() {
  const seen = page.revision;
  const sent = body({ seen, place: touchedPlace(), ...(page.open && { open: page.open }) });
  const response = await fetch(`${page.url}poll/`, { method: "POST", body: sent, signal: AbortSignal.timeout(PATIENCE) });
  if (response.status === 403 && await renewToken()) return;
  if (response.redirected || response.status === 403) hinder("barred", page.said.lost);
  if (response.status >= 500) throw new Error(response.statusText);
  if (!response.ok || response.redirected) return;
  if (reached()) {
    flush(); // what waited for the server waits no longer
    report();
  }
  const answer = await response.json();
  part("composer-left").textContent = answer.time_left;
  part("composer-left").parentElement.hidden = !answer.time_left;
  const names = answer.present.map((one) => one.name);
  part("composer-present").textContent = names.length ? page.said.here.replace("%s", names.join(", ")) : "";
  mark(answer.present);
  if (page.mayChange && !answer.is_open) location.reload();
  if (answer.board && seen === page.revision) {
    apply(answer);
    if (answer.news?.length) say(answer.news.join(" "));
  }
}

// Beside the words that somebody else is writing.
function mark(present) {
  for (const form of page.root.querySelectorAll("[data-busy]")) delete form.dataset.busy;
  for (const { name, place } of present) {
    const found = place.startsWith("item:") ? part(`story-${place.slice(5)}`) : page.root.querySelector(`[data-target="${CSS.escape(place)}"]`);
    if (found) found.dataset.busy = name;
  }
}

function body(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("csrfmiddlewaretoken", page.token);
  return form;
}
