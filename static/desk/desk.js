// Length counters beside subject and preheader, and forms that are sent only once. Pages work without it.
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("[data-counted]")) {
    const seen = Number(field.dataset.counted);
    const counter = document.createElement("p");
    counter.className = "desk-counter";
    const count = () => {
      const length = [...field.value].length;
      counter.textContent = `${length} characters; phones show about ${seen}`;
      counter.classList.toggle("desk-long", length > seen);
    };
    field.after(counter);
    field.addEventListener("input", count);
    count();
  }
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
