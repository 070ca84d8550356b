// Keeps a digest's state, deadline and time left as they are now, without a reload. The page works without it.
document.addEventListener("DOMContentLoaded", () => {
  for (const part of document.querySelectorAll("[data-standing]")) {
    const first = part.querySelector("[data-state]")?.dataset.state;
    const note = part.parentElement.querySelector("[data-standing-moved]");
    let last = "";
    const look = async () => {
      if (!document.hidden) {
        try {
          const answer = await fetch(part.dataset.standing, { credentials: "same-origin" });
          if (answer.redirected) return; // signed out: what stands here stays
          if (answer.ok) {
            const html = await answer.text();
            if (html !== last) part.innerHTML = html;
            last = html;
            const state = part.querySelector("[data-state]")?.dataset.state;
            if (note) note.hidden = state === first;
          }
        } catch {
          // The network is away: what stands here stays, and is asked for again.
        }
      }
      plan();
    };
    const plan = () => {
      const seconds = Number(part.querySelector("[data-state]")?.dataset.seconds) || 30;
      setTimeout(look, seconds * 1000);
    };
    plan();
  }
});
