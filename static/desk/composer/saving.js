// One change after the other goes to the server; its answer says how the digest stands now.
import { announce, page, part, renewToken, say, status, trouble } from "./page.js";
import { showBoard } from "./board.js";
import { refresh, unsaved } from "./fields.js";

let queue = Promise.resolve();
let waiting = 0;

export class Unreachable extends Error {}

// Fields of a form, or an object; `field` is the one that is saved by it. Resolves to the answer; its `status` is 200, 409 (somebody was faster) or 422 (refused).
export function post(given, field = null) {
  waiting += 1;
  status("saving");
  const done = queue.then(() => send(given, field));
  queue = done.catch(() => null);
  return done.finally(() => {
    waiting -= 1;
    setTimeout(report); // once its field has heard of it
  });
}

async function send(given, field) {
  const body = given instanceof FormData ? given : formOf(given);
  if (!body.has("seen")) body.set("seen", page.revision);
  if (page.open) body.set("open", page.open);
  let response = await give(body);
  if (response.status === 403 && await renewToken()) response = await give(body);
  if (![200, 409, 422].includes(response.status) || response.redirected) {
    trouble(page.said[[400, 413].includes(response.status) ? "large" : response.status >= 500 ? "offline" : "lost"]);
    throw new Unreachable();
  }
  const answer = { ...(await response.json()), status: response.status };
  trouble(answer.refused);
  apply(answer, answer.status === 200 ? field : null);
  say(answer.refused || answer.told);
  return answer;
}

async function give(body) {
  body.set("csrfmiddlewaretoken", page.token);
  try {
    return await fetch(`${page.url}change/`, { method: "POST", body, headers: { "X-Composer": "1" } });
  } catch {
    trouble(page.said.offline);
    throw new Unreachable();
  }
}

export function report() {
  if (!waiting) status(unsaved() ? "unsaved" : "saved");
}

// How the digest stands, from a change of ours or from a look; an older answer that comes late is dropped.
export function apply(answer, saved = null) {
  if (answer.revision < page.revision) return;
  const isNew = answer.revision > page.revision;
  page.revision = answer.revision;
  showBoard(answer.board);
  refresh(answer.values, saved);
  for (const name of ["undo", "redo"]) {
    const button = part(`composer-${name}`);
    if (button) button.disabled = !answer[name];
  }
  if (isNew) announce("composer:changed");
}

function formOf(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return body;
}
