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
  automatic: read("composer-automatic"), // the digest's words that we write ourselves
  hindrance: null, // why nothing can be saved just now: "away", the server is; "barred", we are
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
  if (page.hindrance === "barred") note.append(" ", signIn());
};

export const hinder = (what, text) => {
  page.hindrance = what;
  trouble(text);
  announce("composer:hindered");
};

// What is wrong with the way to the server is over once the server answers; what it refused stays told. True: it was.
export const reached = () => {
  if (!page.hindrance) return false;
  page.hindrance = null;
  trouble("");
  return true;
};

// How people call a field.
export const label = (element) => element.closest(".composer-field")?.querySelector("label")?.textContent.trim() ?? "";

function signIn() {
  const link = document.createElement("a");
  Object.assign(link, { href: page.root.dataset.signIn, target: "_blank", textContent: page.said.signIn });
  return link;
}

// What the server shows, or null. Where it asks for a password instead, that is said, and never shown as a part of this page.
export async function look(address) {
  const response = await fetch(address).catch(() => null);
  if (!response || response.status >= 500) hinder("away", page.said.offline);
  else if (response.redirected || response.status === 403) hinder("barred", page.said.lost);
  return response?.ok && !response.redirected ? response : null;
}

// Who signs in again gets a new token; a page that was open before takes it over.
export async function renewToken() {
  const response = await look(page.url);
  if (!response) return false;
  const anew = new DOMParser().parseFromString(await response.text(), "text/html");
  page.token = anew.querySelector("#composer [name=csrfmiddlewaretoken]")?.value ?? page.token;
  return true;
}

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

export const announce = (name, detail = null) => page.root.dispatchEvent(new CustomEvent(name, { detail }));
