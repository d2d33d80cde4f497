// One question at a time.
import { announce, el, painted, show, text } from "./dom.js";
import { preload } from "./pictures.js";
import { nudge, questionCard } from "./question.js";

/** The strip above questions: the study's title, how far one is, and where as the page's heading. */
export function bar(study, done, total, sentence) {
  const progress = el("progress", { max: total, value: done, "aria-label": sentence });
  const count = el("h1", { class: "count" }, sentence);
  return { progress, count, element: el("header", { class: "bar" }, el("span", { class: "title" }, study.title), progress, count) };
}

export function questionPage(study, session, draw) {
  const { step, orders } = session.state;
  const which = orders.questions[step];
  const question = study.questions[which];
  const total = study.questions.length;
  const next = el("button", { type: "submit", class: "primary" }, text(step === total - 1 ? "finish" : "next"));
  const card = questionCard(study, question, {
    place: step + 1, order: orders.options[which], draft: session.draft(question), action: next, onChange: () => {
      next.setAttribute("aria-disabled", String(Boolean(card.missing())));
      session.save();
    },
  });
  next.setAttribute("aria-disabled", String(Boolean(card.missing())));

  function submit() {
    if (card.missing()) {
      announce(card.missing());
      nudge(card.needed);
      return;
    }
    if (session.state.step !== step) return; // a second press of the same button
    const answer = card.answer(session.elapsed());
    session.forget(question);
    session.update({ answers: [...session.state.answers, answer], step: step + 1 });
    draw();
  }

  const sentence = text("progress", { number: step + 1, total });
  const form = el("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } }, card.nodes);
  show(bar(study, step, total, sentence).element, form);
  session.leaving = () => { card.record(); session.save(); };
  card.load().then(() => {
    if (!form.isConnected) return;
    painted(() => card.enter());
    preload(study.questions[orders.questions[step + 1]]);
  });
}
