// A test to a few people: what is written is saved first, and how it went is told as it becomes known.
import { page, part } from "./page.js";
import { allSaved } from "./fields.js";

const AGAIN = 1500;

export function startTests() {
  part("composer-test")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const form = event.target;
    const button = event.submitter;
    if (!await allSaved()) return;
    button.disabled = true;
    const body = new FormData(form);
    body.set("csrfmiddlewaretoken", page.token);
    await show(fetch(`${page.url}tests/`, { method: "POST", body }));
    button.disabled = false;
  });
}

async function show(asked) {
  const response = await asked.catch(() => null);
  const place = part("composer-sent");
  if (!response || ![200, 422].includes(response.status) || response.redirected) {
    place.textContent = page.said.offline;
    return;
  }
  place.innerHTML = await response.text();
  if (place.querySelector("[data-waiting]")) setTimeout(look, AGAIN);
}

function look() {
  const query = new URLSearchParams();
  for (const letter of part("composer-sent").querySelectorAll("[data-letter]")) query.append("id", letter.dataset.letter);
  show(fetch(`${page.url}tests/?${query}`));
}
