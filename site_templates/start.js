// Before the questions: what this is about, the questionnaire, how it works.
import { el, show, text } from "./dom.js";
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
    el("p", { class: "lead" }, text("start_lead")),
    el("p", {}, text("start_facts", { total: study.questions.length })),
    el("p", { class: "quiet" }, text(study.upload_url ? "start_privacy_upload" : "start_privacy")),
    contact(), form));
}

function tile(x, y, side, fill, extra = []) {
  return el("g", {}, el("rect", { x, y, width: side, height: side, rx: 4, class: fill }), ...extra);
}

/** A drawing of the task: an explanation on the left, nine options on the right, three of them picked. */
function illustration(study) {
  const parts = [];
  const cams = [[0, 1, 3, 1], [1, 3, 2, 0], [2, 1, 1, 3], [0, 2, 3, 2]];
  const shown = study.experiment === 1 ? 1 : 4;
  for (let k = 0; k < shown; k++) {
    const side = shown === 1 ? 116 : 54;
    const x = (k % 2) * 62;
    const y = Math.floor(k / 2) * 62;
    parts.push(tile(x, y, side, "tile"));
    if (shown === 1) {
      for (const [cx, cy, r] of [[32, 36, 20], [84, 28, 14], [76, 80, 24], [28, 88, 12]]) {
        parts.push(el("circle", { cx, cy, r, class: "mark" }), el("circle", { cx, cy, r: r / 2, class: "pupil" }));
      }
    } else {
      cams[k].forEach((level, i) => parts.push(el("rect", {
        x: x + 5 + (i % 2) * 23, y: y + 5 + Math.floor(i / 2) * 23, width: 21, height: 21, class: `level${level}`,
      })));
    }
  }
  for (let k = 0; k < 9; k++) {
    const x = 170 + (k % 3) * 41;
    const y = Math.floor(k / 3) * 41;
    const picked = [1, 3, 8].includes(k);
    parts.push(tile(x, y, 34, picked ? "tile picked" : "tile"));
    if (picked) parts.push(el("path", { d: `M${x + 9} ${y + 18} l6 6 l11 -13`, class: "tick" }));
  }
  parts.push(el("path", { d: "M132 58 h22 m-7 -7 l7 7 l-7 7", class: "arrow" }));
  return el("svg", { viewBox: "-4 -4 300 126", class: "illustration", role: "img", "aria-hidden": "true" }, ...parts);
}

export function howPage(study, session, draw) {
  const question = study.questions[0];
  const numbers = { choices: study.choices, options: question.options.length };
  const cams = study.experiment !== 1;
  preload(study, session.state, 0);
  const begin = el("button", { type: "button", class: "primary", onclick: () => {
    session.update({ step: 0, began_questions: session.elapsed() });
    draw();
  } }, text("begin"));
  show(el("section", { class: "sheet narrow" },
    el("h1", {}, text("how_heading")),
    illustration(study),
    el("ol", { class: "steps" },
      el("li", {}, text(cams ? "how_see_cam" : "how_see_1")),
      cams ? el("li", {}, text("how_slider")) : "",
      el("li", {}, text("how_pick", numbers)),
      study.ask_concept || study.ask_confidence ? el("li", {}, text("how_concept")) : ""),
    el("div", { class: "actions" }, begin)));
}
