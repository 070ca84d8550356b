// One change after the other goes to the server; its answer says how the digest stands now.
import { announce, hinder, page, part, reached, renewToken, say, status, trouble } from "./page.js";

const PATIENCE = 20_000; // ms for an answer
const FOR_FILES = 180_000;

let queue = Promise.resolve();
let waiting = 0;

export class Unreachable extends Error {}
export class TooLarge extends Error {}

// Jobs are done one after the other.
export function queued(job) {
  waiting += 1;
  status("saving");
  const done = queue.then(job);
  queue = done.catch(() => null);
  return done.finally(() => {
    waiting -= 1;
    setTimeout(report); // unless something follows from it at once
  });
}

// Fields of a form, or an object. Resolves to the answer; its `status` is 200, 409 (somebody was faster) or 422 (refused).
export const post = (given) => queued(() => transmit(given));

// Only in a job; `field` is the one that is saved by it.
export async function transmit(given, field = null) {
  const body = given instanceof FormData ? given : formOf(given);
  if (!body.has("seen")) body.set("seen", page.revision);
  if (page.open) body.set("open", page.open);
  let response = await give(body, field);
  if (response.status === 403 && await renewToken()) response = await give(body, field);
  if (response.status >= 500) return gone(field);
  if ([400, 413].includes(response.status)) {
    trouble(page.said.large);
    throw new TooLarge();
  }
  if (![200, 409, 422].includes(response.status) || response.redirected) {
    hinder("barred", page.said.lost);
    throw new Unreachable();
  }
  const answer = { ...(await read(response, field)), status: response.status };
  reached();
  trouble(answer.refused);
  apply(answer, field);
  say(answer.refused || answer.told);
  return answer;
}

async function give(body, field) {
  body.set("csrfmiddlewaretoken", page.token);
  const hasFile = [...body.values()].some((value) => value instanceof File);
  const signal = AbortSignal.timeout(hasFile ? FOR_FILES : PATIENCE);
  try {
    return await fetch(`${page.url}change/`, { method: "POST", body, signal, headers: { "X-Composer": "1" } });
  } catch {
    return gone(field);
  }
}

// An answer may break off.
const read = (response, field) => response.json().catch(() => gone(field));

function gone(field) {
  hinder("away", field ? page.said.offline : page.said.notDone);
  throw new Unreachable();
}

// Nothing is on its way: the fields say what is left (fields.js).
export function report() {
  if (!waiting && page.mayChange) announce("composer:quiet");
}

// How the digest stands, from a change of ours or from a look; an older answer that comes late is dropped. What the later one
// said of a field that was just being saved was passed over: the next look asks for it again. The board comes before the
// fields, which may go with a story that is gone.
export function apply(answer, field = null) {
  if (answer.revision < page.revision) {
    if (field) page.revision = answer.revision;
    return;
  }
  const isNew = answer.revision > page.revision;
  page.revision = answer.revision;
  page.automatic = answer.automatic;
  announce("composer:board", answer.board);
  announce("composer:words", { answer, asker: field });
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
