// What one participant has done so far, kept in this browser after every change.
const DAY = 24 * 60 * 60 * 1000;

/** Random 32-bit numbers from a seed (mulberry32): the recorded seed alone gives the same orders again. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A shuffled copy (Fisher and Yates). */
export function shuffled(items, random) {
  const result = [...items];
  for (let k = result.length - 1; k > 0; k--) {
    const j = Math.floor(random() * (k + 1));
    [result[k], result[j]] = [result[j], result[k]];
  }
  return result;
}

function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Session {
  /** study: the page's own data. Takes up the saved session of exactly this build, if there is a recent one. */
  constructor(study) {
    this.study = study;
    this.key = `imetric:${study.study_id}:${study.build}:${study.experiment}`;
    this.stored = true;
    this.restored = false;
    this.since = performance.now();
    this.state = this.#load() ?? this.#begin();
    this.save();
  }

  #begin() {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const random = randomFrom(seed);
    const order = this.study.questions.map((_, index) => index);
    const options = this.study.questions.map((question) => question.options.map((_, index) => index));
    const orders = this.study.shuffle
      ? { questions: shuffled(order, random), options: options.map((each) => shuffled(each, random)) }
      : { questions: order, options };
    const address = new URLSearchParams(location.search);
    const passed = {};
    for (const name of ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID", "id"]) {
      if (address.has(name)) passed[name] = address.get(name).slice(0, 200);
    }
    return {
      session_id: randomId(), subject_id: passed.PROLIFIC_PID || passed.id || randomId(), address: passed, seed, orders,
      began: Date.now(), elapsed: 0, step: "start", survey: {}, answers: [], current: null, saved: false,
    };
  }

  #load() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key));
      const fits = kept && kept.session_id && kept.orders.questions.length === this.study.questions.length;
      // A clock set back makes the session look younger, which loses nothing.
      if (!fits || Date.now() - kept.began > this.study.keep_days * DAY) return null;
      this.restored = kept.step !== "start";
      return kept;
    } catch {
      return null;
    }
  }

  /** Milliseconds since the session began, counting only time with the page open; never runs backwards. */
  elapsed() {
    return Math.round(this.state.elapsed + performance.now() - this.since);
  }

  update(changes) {
    Object.assign(this.state, changes);
    this.save();
  }

  save() {
    const now = performance.now();
    this.state.elapsed += now - this.since;
    this.since = now;
    try {
      localStorage.setItem(this.key, JSON.stringify(this.state));
    } catch {
      this.stored = false;
    }
  }
}
