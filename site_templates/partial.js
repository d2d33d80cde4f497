// What was answered so far, sent after every question where the study file asks for it (upload_partial), so that it is
// known how far people come. In the background and without a word: nothing waits for it, nothing is said when it fails.
import { fileName, rows } from "./export.js";
import { send } from "./upload.js";

const KEPT_ALIVE = 60000; // bytes; browsers let requests of up to 64 KiB outlive their page

/** Sends what was answered so far, one request at a time; what comes while one is under way is sent after it, the newest alone. */
export class Partial {
  constructor(study, session) {
    this.study = study;
    this.session = session;
    this.waiting = null; // the body that is to be sent next
    this.running = null; // what stops the request that is under way
    this.taken = ""; // the questions whose answers were taken up last
    this.stopped = false;
    const leaving = () => this.waiting && this.#send();
    window.addEventListener("pagehide", leaving);
    document.addEventListener("visibilitychange", () => document.hidden && leaving());
  }

  /** Take up the answers so far, in the order shown; the questionnaire stays here until all is answered. */
  tell(answers = this.session.state.answers) {
    if (this.stopped || this.session.moved) return;
    const { state } = this.session;
    const which = JSON.stringify([state.step, ...answers.map(({ question_id }) => question_id)]);
    if (which === this.taken) return;
    this.taken = which;
    const content = rows(this.study, { ...state, answers, survey: {} }, "imetric-partial/1");
    this.waiting = JSON.stringify({
      experimentID: this.study.upload_experiment, filename: fileName(this.study, state).replace(/\.json$/, "_partial.json"),
      data: JSON.stringify(content),
    });
    if (!this.running) this.#send();
  }

  /** Send no more: the complete answers are about to be. */
  stop() {
    this.stopped = true;
    this.waiting = null;
    this.running?.abort();
  }

  async #send() {
    const body = this.waiting;
    const mine = new AbortController();
    this.waiting = null;
    this.running = mine;
    const kept = new Blob([body]).size <= KEPT_ALIVE;
    const stored = await send(this.study, body, { keepalive: kept, signal: mine.signal });
    if (this.running !== mine || this.stopped) return; // another was sent as the page was left
    this.running = null;
    if (this.waiting) this.#send();
    else if (!stored) this.waiting = body; // once more when the page is left; the next question's takes its place
  }
}
