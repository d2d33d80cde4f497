// What a visit to a condition is made of: its set, the orders it draws, what its kept state must satisfy.
import { isRecord, shuffled } from "./session.js";
import { setKey } from "./sets.js";

function isOrder(order, length) {
  return Array.isArray(order) && order.length === length && new Set(order).size === length
    && order.every((index) => Number.isInteger(index) && index >= 0 && index < length);
}

function isPicks(picks, question, most) {
  return Array.isArray(picks) && picks.length <= most && new Set(picks).size === picks.length
    && picks.every((id) => question.options.some((option) => option.id === id));
}

/** Whether a kept session is whole and belongs to this study. */
function isWhole(kept, study) {
  const { questions, practice, choices } = study;
  if (!isRecord(kept.orders) || !Array.isArray(kept.answers)) return false;
  if (!isOrder(kept.orders.questions, questions.length) || !Array.isArray(kept.orders.options)) return false;
  if (!questions.every((question, k) => isOrder(kept.orders.options[k], question.options.length))) return false;
  if (!Array.isArray(kept.orders.practice) || !practice.every((each, k) => isOrder(kept.orders.practice[k], each.options.length))) return false;
  const asked = Number.isInteger(kept.step) ? kept.step : 0;
  if (!["start", "how", "practice"].includes(kept.step) && (!Number.isInteger(kept.step) || asked < 0 || asked > questions.length)) return false;
  if (!Number.isInteger(kept.at) || kept.at < 0 || kept.at >= questions.length || !isRecord(kept.drafts)) return false;
  if (!Array.isArray(kept.practice) || kept.practice.length > practice.length) return false;
  if (kept.step === "practice" && kept.practice.length === practice.length) return false;
  if (!kept.practice.every((row, k) => isRecord(row) && row.question_id === practice[k].id)) return false;
  if (kept.answers.length !== asked) return false;
  return kept.answers.every((answer, k) => {
    const question = questions[kept.orders.questions[k]];
    return isRecord(answer) && answer.question_id === question.id && isPicks(answer.choice_ids, question, choices)
      && answer.choice_ids.length === choices;
  });
}

/** The drafts of a whole state without those that are damaged: only these questions start afresh. */
function soundDrafts(kept, study) {
  const fits = (draft, question) => question && isRecord(draft) && typeof draft.concept === "string"
    && isPicks(draft.choices, question, study.choices) && isPicks(draft.checked ?? [], question, study.choices)
    && Number.isFinite(draft.seen) && draft.seen >= 0 && [null, 1, 2, 3].includes(draft.confidence);
  const known = new Map([...study.questions, ...study.practice].map((question) => [question.id, question]));
  return Object.fromEntries(Object.entries(kept.drafts).filter(([id, draft]) => fits(draft, known.get(id))));
}

/** The part of a new state that hangs on the study: orders drawn from the session's seed, nothing answered yet. */
function begin(study, random) {
  const order = study.questions.map((_, index) => index);
  const unshuffled = (questions) => questions.map((question) => question.options.map((_, index) => index));
  const [options, practice] = [unshuffled(study.questions), unshuffled(study.practice)];
  const mixed = (orders) => orders.map((each) => shuffled(each, random));
  const orders = study.shuffle
    ? { questions: shuffled(order, random), options: mixed(options), practice: mixed(practice) }
    : { questions: order, options, practice };
  return { orders, practice: [], answers: [], drafts: {}, at: 0 };
}

/** The shape of a visit that answers this set; `study.questions` are its questions. */
export function visitOf(study, set) {
  return {
    key: setKey(study, set),
    begin: (_, random) => ({ set, ...begin(study, random) }),
    whole: (kept) => kept.set === set && isWhole(kept, study),
    mend: (kept) => { kept.drafts = soundDrafts(kept, study); },
    finished: (kept) => kept.step === study.questions.length,
  };
}
