// One question as a card: the attribution, if the condition shows one, nine options of which exactly three are chosen, confidence, concept.
// What a page makes of it (one at a time, all below each other, practice) is in paged.js, scroll.js and practice.js.
import { attribution } from "./attribution.js";
import { announce, el, text } from "./dom.js";
import { decoded } from "./pictures.js";
import { strip } from "./strip.js";

/** Play an element's short sideways movement again. */
export function nudge(node) {
  node.classList.remove("nudge");
  void node.offsetWidth; // restarts the animation
  node.classList.add("nudge");
}

/**
 * A question's card.
 * place: its number on the page, which keeps ids apart; order: the options' indices as shown; draft: what was done so
 * far (`session.draft`), changed as the participant goes on; heading: the tag of its headings; asked: whether
 * { confidence, concept } are asked for; action: nodes below, in the corner; onChange: told after every change.
 *
 * Its times run from enter() to leave() and only once every picture is decoded, so that several cards can share a page.
 */
export function questionCard(study, question, { place, order, draft, heading = "h2", asked, action = [], onChange }) {
  const shown = order.map((index) => question.options[index]);
  const ids = shown.map(({ id }) => id);
  const asks = asked ?? { confidence: study.ask_confidence, concept: study.ask_concept };
  const bytes = Object.fromEntries([...question.attributions, ...shown].map((picture) => [picture.src, picture.bytes]));
  let ready = false;
  let locked = false;
  let shownAt = null; // performance.now() since when this card has been in view, uncounted so far

  const explains = study.shows.length > 0; // or else this is the control: the options are all there is
  const explained = attribution(question, place, draft, changed);
  const counter = el("span", { class: "counter" });
  const message = el("p", { class: "notice", role: "status", hidden: true });
  const images = shown.map(({ src }) => ({ image: el("img", { alt: "", draggable: "false" }), src }));
  const options = ids.map((id, position) => el("button", {
    type: "button", class: "option", "aria-pressed": "false", "data-id": id,
    "aria-label": text("option_label", { number: position + 1 }), onclick: () => toggle(id),
  }, images[position].image, el("span", { class: "number", "aria-hidden": "true" }, String(position + 1))));

  const confidence = [1, 2, 3].map((value) => el("label", { class: "radio" },
    el("input", { type: "radio", name: `confidence-${place}`, value, checked: draft.confidence === value, onchange: () => {
      draft.confidence = value;
      changed();
    } }), el("span", {}, text(`confidence_${value}`))));
  const concept = el("input", {
    type: "text", id: `concept-${place}`, maxlength: 300, autocomplete: "off", placeholder: text("concept_placeholder"),
    oninput: () => { draft.concept = concept.value; changed(); },
  });
  concept.value = draft.concept;
  const needed = el("span", { class: "quiet needed" });
  const fields = [
    asks.confidence ? el("fieldset", {}, el("legend", {}, text("confidence")), el("div", { class: "radios" }, confidence)) : "",
    asks.concept ? el("div", { class: "field concept" }, el("label", { for: `concept-${place}` }, text("concept")), concept) : "",
    el("div", { class: "actions" }, needed, action),
  ];

  /** What is still to be done, as a sentence, or nothing. */
  function missing() {
    const left = study.choices - draft.choices.length;
    if (left > 0) return text("still_needed_picks", { missing: left });
    if (asks.confidence && !draft.confidence) return text("still_needed_confidence");
    return "";
  }

  function refresh() {
    for (const button of options) button.setAttribute("aria-pressed", String(draft.choices.includes(button.dataset.id)));
    counter.textContent = text("picked", { count: draft.choices.length, choices: study.choices });
    counter.classList.toggle("full", draft.choices.length === study.choices);
    needed.textContent = missing();
  }

  function toggle(id) {
    if (locked) return;
    const at = draft.choices.indexOf(id);
    if (at >= 0) draft.choices.splice(at, 1);
    else if (draft.choices.length < study.choices) draft.choices.push(id);
    else {
      // Never four: say so gently, change nothing.
      message.hidden = false;
      message.textContent = text("too_many");
      nudge(counter);
      return;
    }
    message.hidden = true;
    announce(text("picked", { count: draft.choices.length, choices: study.choices }));
    changed();
  }

  /** Milliseconds that this question has been in view, over all visits to it. */
  function seen() {
    return Math.round(draft.seen + (shownAt === null ? 0 : performance.now() - shownAt));
  }

  /** Bring the draft up to now. */
  function record() {
    draft.level = explained.level();
    draft.view_history = explained.levels.soFar();
    draft.original_views = explained.originals.soFar();
    if (shownAt === null) return;
    draft.seen = seen();
    shownAt = performance.now();
  }

  function changed() {
    record();
    refresh();
    onChange();
  }

  function enter() {
    if (!ready || shownAt !== null) return;
    shownAt = performance.now();
    explained.enter();
  }

  function leave() {
    if (shownAt === null) return;
    explained.leave();
    record();
    shownAt = null;
  }

  // Where cards share a page, each stands in a region of its own; more regions of the same name would lead nowhere.
  const part = (name, ...children) => (heading === "h2"
    ? el("section", { class: name, "aria-labelledby": `${name}-${place}` }, children) : el("div", { class: name }, children));
  const waiting = el("p", { class: "notice waiting", role: "status" }, text("loading"));
  const asking = text(explains ? "options_heading" : "options_heading_alone", { choices: study.choices });
  const head = el("div", { class: "choice-head" },
    el(heading, { id: `choice-${place}`, class: "column" }, asking), counter);
  const { button, dialog } = explains ? strip({
    place, head, shown: explained.element, pictures: explained.grid, thumbnails: explained.thumbnails, onClose: explained.cover,
  }) : {};
  if (button) head.prepend(button);
  const body = el("div", { class: explains ? "question loading" : "question alone loading" },
    explains ? part("explanation",
      el(heading, { id: `explanation-${place}`, class: "column" }, text("attribution_heading")), explained.element) : "",
    part("choice", head,
      el("div", { class: "board" },
        el("div", { class: "options", role: "group", "aria-labelledby": `choice-${place}` }, options), message),
      el("div", { class: "answer" }, fields)), dialog ?? "");
  refresh();

  /**
   * Fetch the pictures and show the card when all of them are decoded; resolves then. `onFirst` is told once, when
   * every picture has either come or failed for the second time: others need not wait for it.
   */
  function load(onFirst = () => {}) {
    const all = [...explained.images, ...images];
    const settled = new Set();
    let told = false; // a picture that goes on failing settles again and again
    const settle = (image) => {
      if (settled.add(image).size < all.length || told) return;
      told = true;
      onFirst();
    };
    const late = (image) => {
      const name = image.alt || image.closest("button").getAttribute("aria-label");
      waiting.textContent = text("picture_failed", { name });
      settle(image);
    };
    return Promise.all(all.map(({ image, src }) => {
      image.src = src;
      return decoded(image, bytes[src], () => late(image)).then(() => settle(image));
    })).then(() => {
      waiting.remove();
      body.classList.remove("loading");
      explained.fill();
      ready = true;
    });
  }

  /** What is answered so far, as a row of the export; `elapsed` ms since the session began. */
  function row(elapsed) {
    record();
    return {
      time_elapsed: elapsed, rt: Math.round(draft.seen), question_id: question.id, choice_ids: [...draft.choices],
      response: draft.choices.map((id) => ids.indexOf(id)), choice_order: ids, confidence: draft.confidence,
      concept: draft.concept.trim(), view_history: draft.view_history, original_views: draft.original_views,
    };
  }

  /** The same when it is handed in: its times end. */
  function answer(elapsed) {
    leave();
    return row(elapsed);
  }

  return {
    nodes: [waiting, body], body, options, needed, question, load, enter, leave, record, missing, row, answer,
    isReady: () => ready, lock: () => { locked = true; },
  };
}
