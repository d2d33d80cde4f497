// What one participant has done so far, kept in this browser after every change.
import { remember } from "./assignment.js";

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

export const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What every kept state has, whatever is asked: what a browser kept may be damaged or meddled with. */
function isSession(kept) {
  return isRecord(kept) && /^[0-9a-f]{16}$/.test(kept.session_id) && typeof kept.subject_id === "string"
    && [kept.began, kept.elapsed].every(Number.isFinite) && kept.elapsed >= 0 && Number.isInteger(kept.seed)
    && [kept.survey, kept.address].every(isRecord);
}

/** Under what the sessions of exactly this build at exactly this address are kept; a shape may add to it. */
export function sessionKey(study) {
  const place = location.pathname.replace(/index\.html$/, "");
  return `imetric:${place}:${study.study_id}:${study.build}:${study.experiment}`;
}

export class Session {
  /**
   * study: the page's own data; shape: what is kept of it (see visit.js). Takes up the kept session of exactly this
   * build at exactly this address, if there is a recent one. onTrouble is told "storage" when nothing can be kept, "kept" when it can again, "moved" when the same
   * study was opened in another tab: from then on that tab alone writes, so that two tabs never undo each other.
   */
  constructor(study, shape, onTrouble = () => {}) {
    this.study = study;
    this.shape = shape;
    this.onTrouble = onTrouble;
    this.key = sessionKey(study) + (shape.key ?? "");
    this.tab = randomId();
    this.owner = false;
    this.stored = true;
    this.moved = false;
    this.restored = false;
    this.damaged = false;
    this.leaving = null; // what the page in view does when it is left: keep what it has
    this.since = performance.now();
    this.state = this.#load() ?? this.#begin();
    this.save();
    window.addEventListener("pagehide", () => this.leaving?.());
    // The last that a phone lets a page know before it is put away.
    document.addEventListener("visibilitychange", () => document.hidden && this.leaving?.());
    window.addEventListener("storage", (event) => event.key === `${this.key}:tab` && this.#check());
    // A page taken out of the browser's memory may have been overtaken while it lay there.
    window.addEventListener("pageshow", (event) => event.persisted && this.#check());
  }

  #begin() {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const random = randomFrom(seed);
    const address = new URLSearchParams(location.search);
    const passed = {};
    for (const name of ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID", "id"]) {
      if (address.has(name)) passed[name] = address.get(name).slice(0, 200);
    }
    return {
      session_id: randomId(), subject_id: passed.PROLIFIC_PID || passed.id || randomId(), address: passed, seed,
      began: Date.now(), elapsed: 0, step: "start", survey: {}, saved: false, uploaded: false, attempts: 0,
      ...this.shape.begin(this.study, random),
    };
  }

  #load() {
    let text = null;
    try {
      text = localStorage.getItem(this.key);
    } catch {
      return null;
    }
    if (text === null) return null;
    try {
      const kept = JSON.parse(text);
      if (kept?.step === "done") return { step: "done" };
      if (!isSession(kept) || !this.shape.whole(kept, this.study)) throw new TypeError("damaged");
      this.shape.mend(kept, this.study);
      // A clock set back makes the session look younger, which loses nothing.
      if (Date.now() - kept.began > this.study.keep_days * DAY) {
        if (!this.shape.finished(kept, this.study)) return null;
        // Past the limit only the fact of having taken part is kept, unless the answers never left this browser.
        if (kept.saved || kept.uploaded) return { step: "done" };
      }
      this.restored = kept.step !== "start";
      return kept;
    } catch {
      this.damaged = true;
      return null;
    }
  }

  /** Milliseconds since the session began, counting only time with the page open; never runs backwards. */
  elapsed() {
    return Math.round(this.state.elapsed + performance.now() - this.since);
  }

  /** What was done so far of an unfinished question; whoever changes it saves. */
  draft(question) {
    this.state.drafts[question.id] ??= { choices: [], confidence: null, concept: "", seen: 0 };
    return this.state.drafts[question.id];
  }

  forget(question) {
    delete this.state.drafts[question.id];
  }

  update(changes) {
    Object.assign(this.state, changes);
    this.save();
  }

  save() {
    if (this.#check()) return;
    if (this.state.step !== "done") {
      const now = performance.now();
      this.state.elapsed += now - this.since;
      this.since = now;
    }
    const before = this.stored;
    try {
      localStorage.setItem(`${this.key}:tab`, this.tab);
      this.owner = true;
      localStorage.setItem(this.key, JSON.stringify(this.state));
      this.stored = true;
    } catch {
      this.stored = false;
    }
    if (before !== this.stored) this.onTrouble(this.stored ? "kept" : "storage");
  }

  /** Remember, beside the sites, that this visitor has taken part in this study. */
  finish() {
    const folder = new URL("..", location.href).pathname;
    remember("finished", this.study.study_id, folder, this.study.experiment);
    if (this.state.set) remember("finished-set", this.study.study_id, folder, this.state.set);
  }

  /** Whether another tab has taken the session over. */
  #check() {
    if (this.moved || !this.owner) return this.moved;
    try {
      const writer = localStorage.getItem(`${this.key}:tab`);
      this.moved = writer !== null && writer !== this.tab;
    } catch {
      return false;
    }
    if (this.moved) this.onTrouble("moved");
    return this.moved;
  }
}
