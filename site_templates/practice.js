// Practice: an easy question about a neuron that is not in the study, told what was right until it is passed.
import { announce, el, painted, show, text } from "./dom.js";
import { bar } from "./paged.js";
import { preload } from "./pictures.js";
import { nudge, questionCard } from "./question.js";

const TRIES = 3;

export function practicePage(study, session, draw) {
  const position = session.state.practice.length;
  const total = study.practice.length;
  const question = study.practice[position];
  const draft = session.draft(question);
  draft.tries ??= 0;
  draft.checked ??= []; // the picks that were last checked
  const last = position === total - 1;

  const feedback = el("p", { class: "feedback", role: "status", tabindex: "-1" });
  // The second half of a double click on "check" must not skip what the first half told.
  const button = el("button", { type: "submit", class: "primary", onclick: (event) => event.detail > 1 && event.preventDefault() });
  const card = questionCard(study, question, {
    place: `practice-${position + 1}`, order: session.state.orders.practice[position], draft,
    asked: { confidence: false, concept: false }, action: button, onChange: () => { refresh(); session.save(); },
  });

  const right = () => draft.checked.filter((id) => question.solution.includes(id)).length;
  const passed = () => draft.checked.length > 0 && right() === question.solution.length;
  const over = () => passed() || draft.tries >= TRIES;

  function refresh() {
    for (const option of card.options) {
      const { id } = option.dataset;
      const known = question.solution.includes(id);
      const picked = draft.checked.includes(id) && draft.choices.includes(id);
      option.classList.toggle("right", known && (picked || over()));
      option.classList.toggle("wrong", !known && picked);
      const mark = option.classList.contains("right") ? "practice_right" : option.classList.contains("wrong") ? "practice_wrong" : "";
      if (mark) option.setAttribute("aria-description", text(mark));
      else option.removeAttribute("aria-description");
    }
    if (over()) card.lock();
    if (over()) card.needed.textContent = "";
    button.textContent = text(over() ? (last ? "practice_done" : "practice_next") : "practice_check");
    button.setAttribute("aria-disabled", String(!over() && Boolean(card.missing())));
    feedback.hidden = draft.tries === 0;
    if (passed()) feedback.textContent = text("practice_passed");
    else if (draft.tries >= TRIES) feedback.textContent = text(study.shows.length ? "practice_failed" : "practice_failed_alone");
    else feedback.textContent = text("practice_again", { right: right(), choices: question.solution.length });
    feedback.classList.toggle("good", passed());
  }

  function check() {
    if (card.missing()) {
      announce(card.missing());
      nudge(card.needed);
      return;
    }
    // The same picks again are no new try: a second press of the same button, most likely.
    if (draft.checked.length > 0 && draft.choices.every((id) => draft.checked.includes(id))) {
      nudge(feedback);
      return;
    }
    draft.tries += 1;
    draft.checked = [...draft.choices];
    if (over()) card.leave();
    card.record();
    session.save();
    refresh();
    feedback.scrollIntoView({ block: "nearest" });
  }

  function proceed() {
    if (session.state.practice.length !== position) return; // a second press of the same button
    const answer = { ...card.answer(session.elapsed()), tries: draft.tries, passed: passed() };
    session.forget(question);
    session.update({ practice: [...session.state.practice, answer], step: last ? 0 : "practice" });
    draw();
  }

  const sentence = total === 1 ? text("practice_only") : text("practice_progress", { number: position + 1, total });
  const head = bar(study, position, total, sentence);
  const form = el("form", { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    if (over()) proceed();
    else check();
  } }, card.nodes);
  card.body.querySelector(".answer").prepend(feedback);
  show(head.element, form);
  refresh();
  session.leaving = () => { card.record(); session.save(); };
  card.load().then(() => {
    if (!form.isConnected) return;
    painted(() => !over() && card.enter());
    preload(study.practice[position + 1] ?? study.questions[session.state.orders.questions[0]]);
  });
}
