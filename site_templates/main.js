// One visit to an experiment: start, how it works, practice, the questions, the end.
import { donePage, endPage } from "./end.js";
import { run } from "./frame.js";
import { questionPage } from "./paged.js";
import { practicePage } from "./practice.js";
import { scrollPage } from "./scroll.js";
import { howPage, startPage } from "./start.js";
import { visit } from "./visit.js";

run(visit, (study, session, contact, draw) => {
  const { step } = session.state;
  if (step === "start") startPage(study, session, contact, draw);
  else if (step === "how") howPage(study, session, draw);
  else if (step === "practice") practicePage(study, session, draw);
  else if (step === "done") donePage(contact);
  else if (step < study.questions.length) (study.layout === "scroll" ? scrollPage : questionPage)(study, session, draw);
  else endPage(study, session, contact);
});
