// Before the questions: what this is about, the questionnaire, how it works.
import { el, show, text } from "./dom.js";
import { drawAnswer, drawExamples, drawOptions, drawSlider, drawVisualization } from "./drawings.js";
import { preload } from "./pictures.js";

const GENDERS = ["female", "male", "other", "unsaid"];
const BACKGROUNDS = ["none", "some", "course", "work"];

function field(name, control, values) {
  const id = `field-${name}`;
  control.id = id;
  control.name = name;
  control.setAttribute("aria-describedby", `${id}-error`);
  if (values[name] !== undefined) control.value = values[name];
  return el("div", { class: "field" },
    el("label", { for: id }, text(name)), control, el("p", { class: "error", id: `${id}-error`, hidden: true }));
}

function choice(name, options) {
  return el("select", { required: true },
    el("option", { value: "" }, text("choose")),
    options.map((option) => el("option", { value: option }, text(`${name}_${option}`))));
}

const CONTROLS = {
  name: () => el("input", { type: "text", required: true, maxlength: 100, autocomplete: "off" }),
  age: () => el("input", { type: "number", required: true, min: 18, max: 120, step: 1, inputmode: "numeric" }),
  gender: () => choice("gender", GENDERS),
  major: () => el("input", { type: "text", required: true, maxlength: 100, autocomplete: "off" }),
  background: () => choice("background", BACKGROUNDS),
};

function complain(control, sentence) {
  const place = document.getElementById(`${control.id}-error`);
  place.textContent = sentence;
  place.hidden = !sentence;
  control.setAttribute("aria-invalid", String(Boolean(sentence)));
}

/** What is wrong with a control, or nothing. */
function fault(control) {
  if (control.type === "checkbox") return control.checked ? "" : text("consent_needed");
  if (control.name === "age" && !control.validity.valid) return text("age_range");
  return control.value.trim() ? "" : text("required");
}

/** Where the answers go, and when. */
function privacy(study) {
  if (!study.upload_url) return text("start_privacy");
  if (!study.upload_partial) return text("start_privacy_upload");
  return study.fields.length ? `${text("start_privacy_partial")} ${text("start_privacy_partial_about")}` : text("start_privacy_partial");
}

export function startPage(study, session, contact, draw) {
  const values = session.state.survey;
  const fields = study.fields.map((name) => field(name, CONTROLS[name](), values));
  const consent = el("input", { type: "checkbox", id: "field-consent", name: "consent", "aria-describedby": "field-consent-error" });
  const form = el("form", { class: "form", novalidate: true },
    fields.length ? el("h2", {}, text("about_you")) : "",
    el("div", { class: "fields" }, fields),
    el("div", { class: "field consent" },
      el("label", { class: "check" }, consent, el("span", {}, text("consent"))),
      el("p", { class: "error", id: "field-consent-error", hidden: true })),
    el("div", { class: "actions" }, el("button", { type: "submit", class: "primary" }, text("continue"))));
  const controls = () => [...form.elements].filter((control) => control.name);

  form.addEventListener("input", ({ target }) => {
    if (!target.name) return;
    if (!target.parentElement.closest(".field").querySelector(".error").hidden) complain(target, fault(target));
    if (target.type !== "checkbox") session.update({ survey: { ...session.state.survey, [target.name]: target.value } });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = controls().filter((control) => {
      const sentence = fault(control);
      complain(control, sentence);
      return sentence;
    });
    if (wrong.length) return wrong[0].focus();
    const survey = Object.fromEntries(controls().filter((c) => c.type !== "checkbox").map((c) => [c.name, c.value.trim()]));
    if (survey.age) survey.age = Number(survey.age);
    session.update({ survey, consent: true, step: "how", viewport: [window.innerWidth, window.innerHeight] });
    draw();
  });

  show(el("section", { class: "sheet narrow" },
    study.title === text("title") ? "" : el("p", { class: "kicker" }, study.title),
    el("h1", {}, text("start_heading")),
    el("p", { class: "lead" }, text(study.shows?.length === 0 ? "start_lead_alone" : "start_lead")),
    el("p", {}, text("start_facts", { total: study.questions.length })),
    el("p", study.upload_partial ? {} : { class: "quiet" }, privacy(study)), // what one agrees to is no small print
    contact(), form));
}

/** A count as a word of the text, as far as the language's list goes; then in digits. */
function inWords(count) {
  return text("count_words").split(" ")[count - 1] ?? String(count);
}

/** What the pictures of the explanation are, in one text: how many, made or found, and what the squares on them mean. */
function seen(shows) {
  const total = (elements) => elements.reduce((sum, { count }) => sum + count, 0);
  const count = total(shows);
  const made = total(shows.filter(({ kind }) => kind === "feature_visualization"));
  const covered = total(shows.filter(({ gridcam }) => gridcam));
  const sentences = [];
  if (made === count) sentences.push(count === 1 ? text("how_see_1") : text("how_see_made", { count: inWords(count) }));
  else sentences.push(count === 1 ? text("how_see_example") : text("how_see_examples", { count: inWords(count) }));
  // Under grid-cams the paper's condition does not tell the two kinds apart either.
  if (made > 0 && made < count && covered < count) sentences.push(text("how_some_made"));
  if (covered === count) sentences.push(text("how_cam"));
  else if (covered > 0) sentences.push(text("how_cam_some"));
  return sentences.join(" ");
}

/** The steps before picking: what is shown of the neuron, and what can be done with it. */
function shownSteps({ shows }, step, numbers) {
  if (!shows.length) return [step(drawOptions(false), text("how_alone", numbers))];
  const gridcam = shows.some((each) => each.gridcam);
  const originals = shows.some((each) => each.gridcam && each.originals);
  const found = shows.some(({ kind }) => kind === "dataset_example");
  const sliding = originals ? `${text("how_slider")} ${text("how_originals")}` : text("how_slider");
  return [
    step(found ? drawExamples(gridcam) : drawVisualization(gridcam), seen(shows)),
    gridcam ? step(drawSlider(), sliding) : "",
  ];
}

export function howPage(study, session, draw) {
  const first = study.questions[session.state.orders.questions[0]];
  const numbers = { choices: study.choices, options: first.options.length };
  const practised = study.practice.length > 0;
  preload(study.practice[0] ?? first);
  const begin = el("button", { type: "button", class: "primary", onclick: () => {
    session.update({ step: practised ? "practice" : 0, began_questions: session.elapsed() });
    draw();
  } }, text(practised ? "practice_begin" : "begin"));
  const step = (drawing, sentence) => el("li", {}, drawing, el("p", {}, sentence));
  show(el("section", { class: "sheet narrow" },
    el("h1", {}, text("how_heading")),
    el("ol", { class: "walk" },
      shownSteps(study, step, numbers),
      step(drawOptions(), text(study.shows.length ? "how_pick" : "how_pick_alone", numbers)),
      study.ask_concept || study.ask_confidence ? step(drawAnswer(study), text("how_concept")) : ""),
    practised ? el("p", {}, text("how_practice")) : "",
    el("div", { class: "actions" }, begin)));
}
