// One visit: start, how it works, the questions, the end. Each page is drawn from the session and nothing else.
import { el, show, text } from "./dom.js";
import { donePage, endPage } from "./end.js";
import { questionPage } from "./paged.js";
import { practicePage } from "./practice.js";
import { scrollPage } from "./scroll.js";
import { Session } from "./session.js";
import { howPage, startPage } from "./start.js";

const study = JSON.parse(document.getElementById("study").textContent);
const notices = document.getElementById("notices");
const session = new Session(study, trouble);

function notice(key) {
  if (notices.querySelector(`[data-key="${key}"]`)) return;
  notices.append(el("p", { class: "notice", "data-key": key }, text(key)));
}

function trouble(kind) {
  if (kind === "storage") notice("storage_off");
  else if (kind === "kept") notices.querySelector('[data-key="storage_off"]')?.remove();
  else if (kind === "moved") movedPage();
}

/** Shown in place of the page when another tab has taken over: nothing done here would be kept. */
function movedPage() {
  notices.replaceChildren();
  show(el("section", { class: "sheet narrow" },
    el("h1", {}, text("moved_heading")),
    el("p", { class: "lead" }, text("moved_lead")),
    el("div", { class: "actions" },
      el("button", { type: "button", class: "secondary", onclick: () => location.reload() }, text("moved_here")))));
}

function contact() {
  return study.contact ? el("p", { class: "quiet" }, text("contact", { contact: study.contact })) : "";
}

function draw() {
  if (session.moved) return;
  const { step } = session.state;
  session.leaving = null;
  if (step === "start") startPage(study, session, contact, draw);
  else if (step === "how") howPage(study, session, draw);
  else if (step === "practice") practicePage(study, session, draw);
  else if (step === "done") donePage(contact);
  else if (step < study.questions.length) (study.layout === "scroll" ? scrollPage : questionPage)(study, session, draw);
  else endPage(study, session, contact);
  document.getElementById("page").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

// Where nothing is kept, closing the page loses the answers: the browser asks first.
window.addEventListener("beforeunload", (event) => {
  const { step, saved, uploaded } = session.state;
  if (!session.stored && !session.moved && step !== "start" && !saved && !uploaded) event.preventDefault();
});

history.scrollRestoration = "manual"; // each page begins at its top, or where it was left

if (!session.stored) notice("storage_off");
if (session.damaged) notice("damaged");
draw();
