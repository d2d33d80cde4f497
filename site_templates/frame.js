// What surrounds every page: the session, notices, the other tab, leaving; each page is drawn from the session alone.
import { el, show, text } from "./dom.js";
import { Session } from "./session.js";

/**
 * Run a visit. study: the page's data; shape: what its session keeps (see visit.js); page(study, session, contact, draw) shows the page of the
 * session's step and calls draw when the step has changed.
 */
export function run(study, shape, page) {
  const notices = document.getElementById("notices");
  const session = new Session(study, shape, trouble);

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
    session.leaving = null;
    page(study, session, contact, draw);
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
}
