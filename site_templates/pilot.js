// The pilot study: which patterns are seen, how starts differ, at which iteration the pattern is clearest.
import { announce, el, embedded, painted, show, text } from "./dom.js";
import { donePage, endPage } from "./end.js";
import { file } from "./export.js";
import { run } from "./frame.js";
import { decoded } from "./pictures.js";
import { isRecord, shuffled } from "./session.js";
import { startPage } from "./start.js";

const KINDS = ["object", "parts", "pattern", "texture", "edge"];
const PARTS = ["patterns", "starts", "iterations"];

/** What the session keeps: the order of tasks, part after part, and drafts of answers by task. */
const pilot = {
  begin(study, random) {
    const order = PARTS.flatMap((part) => {
      const own = study.questions.map((_, index) => index).filter((index) => study.questions[index].part === part);
      return study.shuffle ? shuffled(own, random) : own;
    });
    return { order, answers: [], drafts: {} };
  },
  whole(kept, study) {
    const { order, answers, drafts, step } = kept;
    const total = study.questions.length;
    return Array.isArray(order) && order.length === total && new Set(order).size === total
      && order.every((index) => Number.isInteger(index) && index >= 0 && index < total)
      && Array.isArray(answers) && answers.length === (Number.isInteger(step) ? step : 0) && isRecord(drafts)
      && (["start", "how"].includes(step) || (Number.isInteger(step) && step >= 0 && step <= total))
      && answers.every((answer, k) => isRecord(answer) && answer.question_id === study.questions[order[k]].id);
  },
  mend(kept) {
    kept.drafts = Object.fromEntries(Object.entries(kept.drafts).filter(([, draft]) => isRecord(draft)
      && Number.isFinite(draft.seen) && draft.seen >= 0 && isRecord(draft.answer)));
  },
  finished: (kept, study) => kept.step === study.questions.length,
};

function partsPage(study, session, draw) {
  show(el("section", { class: "sheet narrow" },
    el("h1", {}, text("how_heading")),
    el("ol", { class: "steps" }, PARTS.map((part) => el("li", {}, text(`pilot_how_${part}`)))),
    el("div", { class: "actions" }, el("button", { type: "button", class: "primary", onclick: () => {
      session.update({ step: 0, began_questions: session.elapsed() });
      draw();
    } }, text("begin")))));
}

function picture({ src }, label, images) {
  const image = el("img", { src, alt: label, draggable: "false" });
  images.push(image);
  return image;
}

/** Radio buttons or check boxes: a value for each, kept in answer[name]. */
function choices(type, name, values, answer, keep) {
  const chosen = (value) => (type === "radio" ? answer[name] === value : (answer[name] ?? []).includes(value));
  return el("fieldset", {}, el("legend", {}, text(`pilot_${name}`)), el("div", { class: "radios" },
    values.map((value) => el("label", { class: "radio" },
      el("input", { type, name, value, checked: chosen(value), onchange: ({ target }) => {
        if (type === "radio") answer[name] = value;
        else answer[name] = values.filter((each) => (each === value ? target.checked : chosen(each)));
        keep();
      } }), el("span", {}, text(`pilot_${name}_${value}`))))));
}

function line(name, answer, keep) {
  const area = el("textarea", { id: name, rows: 2, maxlength: 1000, oninput: () => { answer[name] = area.value; keep(); } });
  area.value = typeof answer[name] === "string" ? answer[name] : "";
  return el("div", { class: "field" }, el("label", { for: name }, text(`pilot_${name}`)), area);
}

/** What stands on the left and what is asked, for each part: {shown, asked, missing(), value()}. */
const TASKS = {
  patterns(task, answer, images, keep) {
    const count = el("input", { type: "number", id: "count", min: 0, max: 50, step: 1, inputmode: "numeric", oninput: () => {
      answer.count = count.value;
      keep();
    } });
    count.value = answer.count ?? "";
    const number = () => (/^\d{1,2}$/.test(String(answer.count ?? "").trim()) ? Number(answer.count) : NaN);
    return {
      shown: el("div", { class: "six" }, task.pictures.map((each, k) => picture(each, text("pilot_picture", { number: k + 1 }), images))),
      asked: [line("patterns", answer, keep),
        el("div", { class: "field" }, el("label", { for: "count" }, text("pilot_count")), count),
        choices("radio", "understood", ["no", "partly", "yes"], answer, keep),
        choices("checkbox", "kinds", KINDS, answer, keep)],
      missing: () => (!(answer.patterns ?? "").trim() ? "pilot_need_patterns" : !(number() <= 50) ? "pilot_need_count"
        : answer.understood ? "" : "pilot_need_understood"),
      value: () => ({ patterns: answer.patterns.trim(), count: number(), understood: answer.understood, kinds: answer.kinds ?? [] }),
    };
  },
  starts(task, answer, images, keep) {
    const row = (from) => el("div", { class: "starts" }, el("h3", {}, text(`pilot_from_${from}`)),
      el("div", { class: "six" }, task.pictures.filter((each) => each.from === from)
        .map((each, k) => picture(each, `${text(`pilot_from_${from}`)} ${k + 1}`, images))));
    return {
      shown: el("div", {}, row("noise"), row("picture")),
      asked: [line("difference", answer, keep), choices("radio", "clearer", ["noise", "picture", "same"], answer, keep)],
      missing: () => (!(answer.difference ?? "").trim() ? "pilot_need_difference" : answer.clearer ? "" : "pilot_need_clearer"),
      value: () => ({ difference: answer.difference.trim(), clearer: answer.clearer }),
    };
  },
  iterations(task, answer, images, keep) {
    const frames = task.pictures.map((each) => picture(each, text("pilot_iteration", { number: each.iteration }), images));
    const shown = el("p", { class: "counter", role: "status" });
    const slider = el("input", { type: "range", id: "frame", min: 0, max: frames.length - 1, step: 1,
      "aria-label": text("pilot_frames"), oninput: () => turn(Number(slider.value)) });
    const strip = el("div", { class: "strip" }, task.pictures.map((each, k) => el("button", {
      type: "button", "aria-label": text("pilot_iteration", { number: each.iteration }), onclick: () => turn(k),
    }, el("img", { src: each.src, alt: "" }))));
    function turn(k) {
      answer.frame = k;
      slider.value = k;
      frames.forEach((image, j) => { image.hidden = j !== k; });
      [...strip.children].forEach((button, j) => button.setAttribute("aria-pressed", String(j === k)));
      shown.textContent = text("pilot_iteration", { number: task.pictures[k].iteration });
      slider.setAttribute("aria-valuetext", shown.textContent);
      keep();
    }
    const at = Number.isInteger(answer.frame) && answer.frame >= 0 && answer.frame < frames.length ? answer.frame : frames.length - 1;
    const choose = el("button", { type: "button", class: "secondary", onclick: () => {
      answer.iterations = task.pictures[answer.frame].iteration;
      tell();
      keep();
    } }, text("pilot_choose"));
    const chosen = el("p", { class: "lead", role: "status" });
    const tell = () => { chosen.textContent = answer.iterations ? text("pilot_chosen", { number: answer.iterations }) : ""; };
    turn(at);
    tell();
    return {
      shown: el("div", { class: "film" }, el("div", { class: "frame" }, frames), shown, slider, strip),
      asked: [el("p", {}, text("pilot_iterations_ask")), choose, chosen],
      missing: () => (task.pictures.some(({ iteration }) => iteration === answer.iterations) ? "" : "pilot_need_iterations"),
      value: () => ({ iterations: answer.iterations }),
    };
  },
};

function taskPage(study, session, draw) {
  const { step, order, drafts } = session.state;
  const task = study.questions[order[step]];
  const draft = (drafts[task.id] ??= { seen: 0, answer: {} });
  const images = [];
  let shownAt = null;
  const seen = () => Math.round(draft.seen + (shownAt === null ? 0 : performance.now() - shownAt));
  function keep() {
    if (shownAt !== null) {
      draft.seen = seen();
      shownAt = performance.now();
    }
    session.save();
    refresh();
  }
  let next = null;
  const needed = el("span", { class: "quiet needed" });
  const parts = TASKS[task.part](task, draft.answer, images, () => next && keep());
  next = el("button", { type: "submit", class: "primary" }, text(step === study.questions.length - 1 ? "finish" : "next"));
  function refresh() {
    const missing = parts.missing();
    needed.textContent = missing ? text(missing) : "";
    next.setAttribute("aria-disabled", String(Boolean(missing)));
  }
  function submit() {
    if (parts.missing()) return announce(text(parts.missing()));
    if (session.state.step !== step || session.moved) return; // a second press of the same button
    const answer = {
      time_elapsed: session.elapsed(), rt: seen(), question_id: task.id, neuron: task.neuron, method: task.method,
      response: parts.value(),
    };
    session.update({ answers: [...session.state.answers, answer], step: step + 1 });
    draw();
  }
  const progress = text("progress", { number: step + 1, total: study.questions.length });
  const heading = text(`pilot_heading_${task.part}`, { neuron: task.neuron.replace(/^n/, ""), method: task.method });
  const body = el("div", { class: "question pilot loading" },
    el("section", { class: "explanation", "aria-labelledby": "explanation-heading" },
      el("h2", { id: "explanation-heading" }, heading), parts.shown),
    el("section", { class: "choice", "aria-labelledby": "choice-heading" },
      el("h2", { id: "choice-heading" }, text(`pilot_asked_${task.part}`)),
      el("form", { class: "form plain", novalidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } },
        parts.asked, el("div", { class: "actions" }, needed, next))));
  const waiting = el("p", { class: "notice waiting", role: "status" }, text("loading"));
  show(el("header", { class: "bar" }, el("span", { class: "title" }, study.title),
    el("progress", { max: study.questions.length, value: step, "aria-label": progress }), el("h1", { class: "count" }, progress)), waiting, body);
  refresh();
  session.leaving = keep;
  const sizes = Object.fromEntries(task.pictures.map(({ src, bytes }) => [src, bytes]));
  const late = (image) => { waiting.textContent = text("picture_failed", { name: image.alt }); };
  Promise.all(images.map((image) => decoded(image, sizes[image.getAttribute("src")], () => late(image)))).then(() => {
    if (!body.isConnected) return;
    waiting.remove();
    body.classList.remove("loading");
    painted(() => { shownAt = performance.now(); });
  });
}

run(embedded("study"), pilot, (study, session, contact, draw) => {
  const { step } = session.state;
  if (step === "start") startPage(study, session, contact, draw);
  else if (step === "how") partsPage(study, session, draw);
  else if (step === "done") donePage(contact);
  else if (step < study.questions.length) taskPage(study, session, draw);
  else {
    const { order, answers } = session.state;
    const trials = answers.map((answer, k) => [`pilot-${study.questions[order[k]].part}`, answer]);
    endPage(study, session, contact, file(study, session.state, "imetric-pilot/1", trials));
  }
});
