// All questions below each other on one page, as the paper showed them, handed in together.
import { announce, el, painted, show, text } from "./dom.js";
import { bar } from "./paged.js";
import { nudge, questionCard } from "./question.js";

/**
 * Each question's time runs while it crosses the middle of the window, or since it was last touched: at every moment
 * one question at most, so that their times never overlap. Pictures come question by question, from above.
 * soFar is told the answers of the questions that are complete, whenever others are than before.
 */
export function scrollPage(study, session, draw, soFar = () => {}) {
  const { orders } = session.state;
  const total = orders.questions.length;
  let active = null;
  let told = ""; // which questions were complete when soFar was told last
  let tried = false; // whether handing in was tried: from then on every card says what it lacks

  const items = orders.questions.map((which, position) => {
    const question = study.questions[which];
    const id = `question-${position + 1}`;
    const card = questionCard(study, question, {
      place: position + 1, order: orders.options[which], draft: session.draft(question), heading: "h3", onChange: () => {
        refresh();
        session.save();
        tellSoFar();
      },
    });
    const section = el("section", { class: "item", tabindex: "-1", "aria-labelledby": id },
      el("h2", { id }, text("progress", { number: position + 1, total })), card.nodes);
    const item = { card, section, position };
    for (const event of ["pointerdown", "focusin"]) section.addEventListener(event, () => activate(item));
    return item;
  });

  function activate(item) {
    if (active === item) return;
    active?.card.leave();
    active = item;
    item?.card.enter();
    if (item && session.state.at !== item.position) session.update({ at: item.position });
  }

  const finish = el("button", { type: "submit", class: "primary" }, text("finish"));
  const left = el("p", { class: "quiet needed", role: "status" });
  const head = bar(study, 0, total, "");
  const form = el("form", { class: "scroll", novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } },
    items.map(({ section }) => section), el("div", { class: "sheet narrow handing-in" }, left, finish));
  // Enter in a line of text would hand everything in.
  form.addEventListener("keydown", (event) => event.key === "Enter" && event.target.matches("input") && event.preventDefault());

  function refresh() {
    const open = items.filter(({ card }) => card.missing());
    const done = total - open.length;
    head.progress.value = done;
    head.count.textContent = text("answered", { done, total });
    head.progress.setAttribute("aria-label", head.count.textContent);
    finish.setAttribute("aria-disabled", String(open.length > 0));
    const numbers = open.map(({ position }) => position + 1).join(", ");
    left.textContent = tried && open.length ? text("still_open", { numbers }) : "";
    for (const { card, section } of items) section.classList.toggle("lacking", tried && Boolean(card.missing()));
    return open;
  }

  /** A question counts as answered from when it was complete first. */
  function tellSoFar() {
    const done = items.filter(({ card }) => !card.missing());
    const which = done.map(({ position }) => position).join();
    if (which === told) return;
    told = which;
    for (const item of done) item.doneAt ??= session.elapsed();
    soFar(done.map(({ card, doneAt }) => card.row(doneAt)));
  }

  function submit() {
    tried = true;
    const [first] = refresh();
    if (first) {
      first.section.scrollIntoView({ block: "start" });
      first.section.focus({ preventScroll: true });
      nudge(first.card.needed);
      announce(`${text("progress", { number: first.position + 1, total })}: ${first.card.missing()}`);
      return;
    }
    if (session.state.step === total) return; // a second press of the same button
    const elapsed = session.elapsed();
    observer.disconnect();
    active = null;
    const answers = items.map(({ card }) => card.answer(elapsed));
    for (const { card } of items) session.forget(card.question);
    session.update({ answers, step: total });
    draw();
  }

  // A line across the middle of the window: a question is in view while it crosses it.
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const item = items.find(({ section }) => section === target);
      if (isIntersecting) activate(item);
      else if (active === item) activate(null);
    }
  }, { rootMargin: "-50% 0px -50% 0px" });

  const at = session.state.at;
  show(head.element, form);
  head.element.classList.add("sticky");
  refresh();
  session.leaving = () => { active?.card.record(); session.save(); };

  // Where one was first, then from above, each when the one before has come or failed.
  const queue = [...items.slice(at), ...items.slice(0, at)];
  const load = () => {
    const item = queue.shift();
    item?.card.load(load).then(() => painted(() => active === item && item.card.enter()));
  };
  load();
  painted(() => {
    if (!form.isConnected) return;
    if (at > 0) items[at].section.scrollIntoView({ block: "start" });
    for (const { section } of items) observer.observe(section);
  });
}
