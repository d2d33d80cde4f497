// The participant's file: a bare JSON array of rows, as jsPsych-family tools read it.

/** What every row carries, and the rows: row 0 tells of the session, then trials as [trial_type, answer]. */
export function file(study, state, format, trials) {
  const common = {
    study_id: study.study_id, experiment: study.experiment, subject_id: state.subject_id, session_id: state.session_id,
    plugin_version: null,
  };
  const session = {
    trial_type: "session", trial_index: 0, time_elapsed: state.began_questions ?? 0, rt: null, ...common,
    format, ...(state.set ? { set: state.set } : {}), build_hash: study.build, seed: state.seed, response: state.survey, address: state.address,
    viewport: state.viewport ?? null, language: navigator.language, user_agent: navigator.userAgent,
  };
  return [session, ...trials.map(([type, answer], k) => ({ trial_type: type, trial_index: k + 1, ...common, ...answer }))];
}

/** The rows of a session of an experiment, finished unless the format says otherwise: practice, then the questions in the order shown. */
export function rows(study, state, format = "imetric-response/1") {
  const catches = new Set(study.questions.filter((question) => question.catch).map(({ id }) => id));
  const trials = [
    ...state.practice.map((answer) => ["imetric-practice", answer]),
    ...state.answers.map((answer) => [catches.has(answer.question_id) ? "imetric-catch" : "imetric-question", answer]),
  ];
  return file(study, state, format, trials);
}

export function fileName(study, state) {
  return `imetric_exp${study.experiment}_${study.study_id}_${state.session_id}.json`;
}

export function download(name, content) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
