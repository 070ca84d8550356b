// Buttons: what would be sent by a form is sent from here, and the page stays.
import { page } from "./page.js";
import { allSaved, flush } from "./fields.js";
import { post } from "./saving.js";
import { reopen } from "./editor.js";

export function startForms() {
  page.root.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.action.endsWith("/compose/change/")) return;
    event.preventDefault();
    if (form.classList.contains("composer-form")) {
      flush();
      return;
    }
    const body = new FormData(form, event.submitter);
    body.delete("seen");
    if (event.submitter?.name === "do" && ["undo", "redo"].includes(event.submitter.value)) {
      // Words that are not taken are the last thing done: taking back what was done before them would surprise.
      if (!await allSaved()) return;
    }
    const answer = await post(body).catch(() => null);
    if (answer?.status !== 200) return;
    if (form.dataset.then === "reopen") reopen();
    if (form.dataset.then === "reload") location.reload();
    if (body.get("do") === "write") finishWriting(form);
  });
}

function finishWriting(form) {
  form.reset();
  form.closest("details")?.removeAttribute("open");
}
