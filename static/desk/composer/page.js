// What every part of the page shares: where it is, which revision it shows, and how it speaks to people.
const root = document.getElementById("composer");
const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const page = {
  root,
  url: root.dataset.url,
  mail: root.dataset.mail,
  mayChange: root.hasAttribute("data-may-change"),
  revision: Number(root.dataset.revision),
  said: read("composer-said"),
  values: read("composer-values"),
  open: null, // the story whose fields stand open
  token: root.querySelector("[name=csrfmiddlewaretoken]").value,
};

export const part = (id) => document.getElementById(id);

export const say = (text) => {
  const told = part("composer-told");
  told.textContent = "";
  // An equal sentence is announced again only when it comes anew.
  requestAnimationFrame(() => { told.textContent = text; });
};

export const trouble = (text) => {
  const note = part("composer-trouble");
  note.textContent = text;
  note.hidden = !text;
};

export const status = (name) => {
  const saved = part("composer-saved");
  saved.textContent = page.said[name];
  saved.dataset.state = name;
};

export const later = (wait, act) => {
  let timer = null;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), wait);
  };
};

export const announce = (name) => page.root.dispatchEvent(new CustomEvent(name));
