// One visit to a condition: start, how it works, practice, the questions, the end.
import { embedded } from "./dom.js";
import { donePage, endPage } from "./end.js";
import { run } from "./frame.js";
import { questionPage } from "./paged.js";
import { Partial } from "./partial.js";
import { practicePage } from "./practice.js";
import { scrollPage } from "./scroll.js";
import { assignedSet, noSuchSetPage } from "./sets.js";
import { howPage, startPage } from "./start.js";
import { visitOf } from "./visit.js";

let partial = null; // what sends the answers so far, where the study asks for it

function page(study, session, contact, draw) {
  const { step } = session.state;
  if (study.upload_partial) partial ??= new Partial(study, session);
  if (step === study.questions.length || step === "done") partial?.stop();
  else if (step !== "start") partial?.tell(); // consent is given
  if (step === "start") startPage(study, session, contact, draw);
  else if (step === "how") howPage(study, session, draw);
  else if (step === "practice") practicePage(study, session, draw);
  else if (step === "done") donePage(contact);
  else if (step === study.questions.length) endPage(study, session, contact);
  else if (study.layout === "scroll") scrollPage(study, session, draw, (answers) => partial?.tell(answers));
  else questionPage(study, session, draw);
}

const study = embedded("study");
const set = assignedSet(study);
if (set === null) noSuchSetPage(study);
else {
  study.questions = study.sets[set - 1]; // all that the visit asks, and the only pictures that it loads
  run(study, visitOf(study, set), page);
}
