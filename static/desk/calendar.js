// Arrow keys go from day to day; Tab still goes from link to link.
document.addEventListener("DOMContentLoaded", () => {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  for (const table of document.querySelectorAll("[data-calendar]")) {
    const days = [...table.querySelectorAll("[data-day]")];
    table.addEventListener("keydown", (event) => {
      const at = days.indexOf(event.target);
      if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
      const to = event.key === "Home" ? at - (at % 7) : event.key === "End" ? at - (at % 7) + 6 : at + steps[event.key];
      if (!days[to]) return;
      event.preventDefault();
      days[to].focus();
    });
  }
});
