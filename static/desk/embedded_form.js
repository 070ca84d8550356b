// The page of an embedded form: a preview that follows what is typed, and snippets that are copied with one press.
document.addEventListener("DOMContentLoaded", () => {
  const desk = document.getElementById("embedded-form");
  const form = document.getElementById("embeddedform_form");
  const frame = document.getElementById("form-preview");
  if (!desk || !form || !frame) return;
  const said = desk.querySelector("[data-said]");
  const page = () => frame.contentDocument && frame.contentDocument.documentElement;
  let latest = 0;
  let timer;

  const draw = async () => {
    const mine = ++latest;
    try {
      const answer = await fetch(desk.dataset.preview, { method: "POST", body: new FormData(form) });
      if (!answer.ok) throw new Error(answer.statusText);
      const config = await answer.json();
      const shown = page().querySelector("newsroom-signup");
      if (mine !== latest) return;
      if (config.theme !== "auto") page().dataset.theme = config.theme;
      shown.config = config;
      frame.style.setProperty("height", "auto");
      frame.style.setProperty("height", `${Math.max(320, page().offsetHeight + 40)}px`);
      said.textContent = said.dataset.live;
    } catch {
      if (mine === latest) said.textContent = said.dataset.lost;
    }
  };
  const drawSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 250);
  };
  form.addEventListener("input", drawSoon);
  form.addEventListener("change", drawSoon);
  form.addEventListener("click", drawSoon); // rows that are added, removed or moved
  frame.addEventListener("load", draw);
  draw();

  for (const button of desk.querySelectorAll("[data-theme]")) {
    button.addEventListener("click", () => {
      page().dataset.theme = button.dataset.theme;
      const shown = page().querySelector("newsroom-signup");
      shown.setAttribute("theme", button.dataset.theme);
      draw();
    });
  }
  for (const button of desk.querySelectorAll("[data-width]")) {
    button.addEventListener("click", () => frame.style.setProperty("width", button.dataset.width));
  }
  for (const button of desk.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy);
      getSelection().selectAllChildren(text);
      try {
        await navigator.clipboard.writeText(text.textContent);
      } catch {
        document.execCommand("copy"); // pages without https have no clipboard
      }
      button.textContent = button.dataset.done;
    });
  }
});
