// How long a line is, and how much of it phones show.
import { page } from "./page.js";

export function meter(element) {
  const seen = Number(element.dataset.seen);
  const counter = document.createElement("p");
  counter.className = "desk-counter";
  counter.id = `${element.id}-length`;
  element.setAttribute("aria-describedby", counter.id);
  const bar = document.createElement("meter");
  Object.assign(bar, { min: 0, max: seen * 2, low: seen, high: seen * 1.5, optimum: 0 });
  bar.setAttribute("aria-hidden", "true");
  const words = document.createElement("span");
  counter.append(bar, words);
  const count = () => {
    const length = [...element.value].length;
    bar.value = length;
    words.textContent = page.said.characters.replace("%s", length).replace("%s", seen);
    counter.classList.toggle("desk-long", length > seen);
  };
  element.after(counter);
  element.addEventListener("input", count);
  element.addEventListener("composer:set", count);
  count();
}
