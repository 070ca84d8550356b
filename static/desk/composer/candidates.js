// Stories to add: searched while one writes, dragged over or added by a button.
import { later, look, page, part } from "./page.js";

export function startCandidates() {
  const form = part("composer-search");
  const soon = later(250, () => search());
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search(event.submitter?.name === "page" ? event.submitter.value : null);
  });
  page.root.addEventListener("composer:changed", later(300, () => search()));
  makeSortable();
}

let asked = 0;

async function search(further = null) {
  const query = new URLSearchParams(new FormData(part("composer-search")));
  if (further) query.set("page", further);
  const mine = ++asked;
  const response = await look(`${page.url}candidates/?${query}`);
  if (!response || mine !== asked) return;
  const found = document.createElement("div");
  found.innerHTML = await response.text();
  show(found, Boolean(further));
}

function show(found, isFurther) {
  const place = part("composer-candidates");
  const focused = document.activeElement?.id;
  if (isFurther) {
    const list = place.querySelector("[data-candidates]");
    const first = found.querySelector("li button");
    list.append(...found.querySelectorAll("[data-candidates] > li"));
    place.querySelector(".composer-more")?.remove();
    place.append(...found.querySelectorAll(".composer-more"));
    first?.focus();
  } else {
    place.replaceChildren(...found.childNodes);
    if (focused && !document.activeElement?.id) part(focused)?.focus();
  }
  makeSortable();
}

function makeSortable() {
  const list = part("composer-candidates").querySelector("[data-candidates]");
  if (!page.mayChange || !list || window.Sortable.get(list)) return;
  window.Sortable.create(list, {
    group: { name: "stories", pull: "clone", put: false },
    draggable: ".composer-candidate",
    filter: "button",
    preventOnFilter: false,
    sort: false,
    delay: 150,
    delayOnTouchOnly: true,
    forceFallback: true,
    fallbackTolerance: 4,
  });
}
