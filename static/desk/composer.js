// The composer's page. Without scripts its forms work by themselves; here every change is saved at once.
import { page } from "./composer/page.js";
import { startBoard } from "./composer/board.js";
import { startCandidates } from "./composer/candidates.js";
import { startEditor } from "./composer/editor.js";
import { startFields } from "./composer/fields.js";
import { startLeaving } from "./composer/leaving.js";
import { startForms } from "./composer/forms.js";
import { startPresence } from "./composer/presence.js";
import { startRichText } from "./composer/rich.js";
import { startSide } from "./composer/side.js";
import { startTests } from "./composer/tests.js";

if (page.mayChange) {
  startRichText();
  startFields();
  startLeaving();
  startForms();
  startEditor();
  startBoard();
  startTests();
  startCandidates();
}
startSide();
startPresence();
page.root.dataset.ready = "yes";
