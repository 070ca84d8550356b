// Unfold writes the name of a chosen file into the text field that it draws with its own file fields. Ours have none, so it
// would fail, or write into a field nearby, such as what a picture shows. Its mark says that a field is looked after.
document.addEventListener("DOMContentLoaded", () => {
  const mark = () => {
    for (const field of document.querySelectorAll(".desk input[type=file]")) field.hasChangeListener = true;
  };
  new MutationObserver(mark).observe(document.body, { childList: true, subtree: true });
  mark();
});

// Forms that are sent only once. Pages work without it.
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
});
// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});
// On a phone the names of a list’s columns stand before what is in them, and begin as they do over a column.
document.addEventListener("DOMContentLoaded", () => {
  for (const cell of document.querySelectorAll("td[data-label], th[data-label]"))
    cell.dataset.label = cell.dataset.label.slice(0, 1).toUpperCase() + cell.dataset.label.slice(1);
});
