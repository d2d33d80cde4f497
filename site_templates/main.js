// One visit: start, how it works, the questions, the end. Each page is drawn from the session and nothing else.
import { download, fileName, rows } from "./export.js";
import { el, show, text } from "./dom.js";
import { questionPage } from "./question.js";
import { Session } from "./session.js";
import { howPage, startPage } from "./start.js";

const study = JSON.parse(document.getElementById("study").textContent);
const session = new Session(study);

function endPage() {
  const name = fileName(study, session.state);
  const save = () => download(name, rows(study, session.state));
  const again = el("button", { type: "button", class: "secondary", onclick: save }, text("save_again"));
  show(
    el("section", { class: "sheet narrow end" },
      el("h1", {}, text("end_heading")),
      el("p", { class: "lead" }, text("end_lead", { total: study.questions.length, file: name })),
      el("p", {}, text("end_send")),
      contact(),
      el("div", { class: "actions" }, again)),
  );
  if (!session.state.saved) {
    save();
    session.update({ saved: true });
  }
}

function contact() {
  return study.contact ? el("p", { class: "quiet" }, text("contact", { contact: study.contact })) : "";
}

function draw() {
  const { step } = session.state;
  if (step === "start") startPage(study, session, contact, draw);
  else if (step === "how") howPage(study, session, draw);
  else if (step < study.questions.length) questionPage(study, session, draw);
  else endPage();
  document.getElementById("page").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

draw();
