// One question: the attribution, nine options of which exactly three are chosen, confidence, concept.
import { attribution } from "./attribution.js";
import { announce, el, show, text } from "./dom.js";
import { decoded, preload } from "./pictures.js";

export function questionPage(study, session, draw) {
  const { step, orders } = session.state;
  const which = orders.questions[step];
  const question = study.questions[which];
  const order = orders.options[which].map((index) => question.options[index].id);
  const sources = Object.fromEntries(question.options.map(({ id, src }) => [id, src]));
  const current = session.state.current ?? { choices: [], confidence: null, concept: "", seen: 0 };
  session.state.current = current;
  let shownAt = null; // performance.now() when every picture was first in view on this visit

  const explained = attribution(question, current, () => keep());
  const counter = el("span", { class: "counter", id: "counter" });
  const message = el("p", { class: "notice", role: "status", hidden: true });
  const images = [...explained.images];

  const options = order.map((id, position) => {
    const image = el("img", { alt: "", src: sources[id], draggable: "false" });
    images.push(image);
    return el("button", {
      type: "button", class: "option", "aria-pressed": "false", "data-id": id,
      "aria-label": text("option_label", { number: position + 1 }), onclick: () => toggle(id),
    }, image, el("span", { class: "number", "aria-hidden": "true" }, String(position + 1)));
  });

  const confidence = [1, 2, 3].map((value) => el("label", { class: "radio" },
    el("input", { type: "radio", name: "confidence", value, checked: current.confidence === value, onchange: () => {
      current.confidence = value;
      keep();
      refresh();
    } }), el("span", {}, text(`confidence_${value}`))));
  const concept = el("input", {
    type: "text", id: "concept", maxlength: 300, autocomplete: "off", placeholder: text("concept_placeholder"),
    oninput: () => { current.concept = concept.value; keep(); },
  });
  concept.value = current.concept;

  const last = step === study.questions.length - 1;
  const next = el("button", { type: "submit", class: "primary" }, text(last ? "finish" : "next"));
  const needed = el("span", { class: "quiet needed" });
  const form = el("form", { class: "answer", novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } },
    study.ask_confidence ? el("fieldset", {}, el("legend", {}, text("confidence")), el("div", { class: "radios" }, confidence)) : "",
    study.ask_concept ? el("div", { class: "field concept" }, el("label", { for: "concept" }, text("concept")), concept) : "",
    el("div", { class: "actions" }, needed, next));

  function missing() {
    const left = study.choices - current.choices.length;
    if (left > 0) return text("still_needed_picks", { missing: left });
    if (study.ask_confidence && !current.confidence) return text("still_needed_confidence");
    return "";
  }

  function refresh() {
    for (const button of options) button.setAttribute("aria-pressed", String(current.choices.includes(button.dataset.id)));
    counter.textContent = text("picked", { count: current.choices.length, choices: study.choices });
    counter.classList.toggle("full", current.choices.length === study.choices);
    needed.textContent = missing();
    next.setAttribute("aria-disabled", String(Boolean(missing())));
  }

  function toggle(id) {
    const at = current.choices.indexOf(id);
    if (at >= 0) current.choices.splice(at, 1);
    else if (current.choices.length < study.choices) current.choices.push(id);
    else {
      // Never four: say so gently, change nothing.
      message.hidden = false;
      message.textContent = text("too_many");
      counter.classList.remove("nudge");
      void counter.offsetWidth; // restarts the animation
      counter.classList.add("nudge");
      return;
    }
    message.hidden = true;
    announce(text("picked", { count: current.choices.length, choices: study.choices }));
    keep();
    refresh();
  }

  /** Milliseconds that this question has been in view, over all visits to it. */
  function seen() {
    return Math.round(current.seen + (shownAt === null ? 0 : performance.now() - shownAt));
  }

  function keep() {
    current.level = explained.level();
    current.view_history = explained.levels.soFar();
    current.original_views = explained.originals.soFar();
    if (shownAt !== null) {
      current.seen = seen();
      shownAt = performance.now();
    }
    session.save();
  }

  function submit() {
    if (missing()) {
      announce(missing());
      needed.classList.remove("nudge");
      void needed.offsetWidth;
      needed.classList.add("nudge");
      return;
    }
    if (session.state.step !== step) return; // a second press of the same button
    const answer = {
      time_elapsed: session.elapsed(), rt: seen(), question_id: question.id, choice_ids: [...current.choices],
      response: current.choices.map((id) => order.indexOf(id)), choice_order: order, confidence: current.confidence,
      concept: current.concept.trim(), view_history: explained.levels.stopAll(), original_views: explained.originals.stopAll(),
    };
    window.removeEventListener("pagehide", keep);
    session.update({ answers: [...session.state.answers, answer], current: null, step: step + 1 });
    draw();
  }

  const progress = text("progress", { number: step + 1, total: study.questions.length });
  const body = el("div", { class: "question loading" },
    el("section", { class: "explanation", "aria-labelledby": "explanation-heading" },
      el("h2", { id: "explanation-heading" }, text("attribution_heading")), explained.element),
    el("section", { class: "choice", "aria-labelledby": "choice-heading" },
      el("div", { class: "choice-head" },
        el("h2", { id: "choice-heading" }, text("options_heading", { choices: study.choices })), counter),
      el("div", { class: "options", role: "group", "aria-labelledby": "choice-heading" }, options), message, form));
  const bar = el("progress", { max: study.questions.length, value: step, "aria-label": progress });
  const waiting = el("p", { class: "notice waiting", role: "status" }, text("loading"));
  show(el("header", { class: "bar" }, el("span", { class: "title" }, study.title), bar, el("h1", { class: "count" }, progress)), waiting, body);
  refresh();

  window.addEventListener("pagehide", keep);
  const sizes = Object.fromEntries([...question.attributions, ...question.options].map(({ src, bytes }) => [src, bytes]));
  const late = (image) => {
    const name = image.alt || image.closest("button").getAttribute("aria-label");
    waiting.textContent = text("picture_failed", { name });
  };
  Promise.all(images.map((image) => decoded(image, sizes[image.getAttribute("src")], () => late(image)))).then(() => {
    if (!body.isConnected) return;
    waiting.remove();
    body.classList.remove("loading");
    requestAnimationFrame(() => {
      shownAt = performance.now();
      if (explained.level() !== null) explained.levels.start(explained.level(), { level: explained.level() });
    });
    preload(study, session.state, step + 1);
  });
}
