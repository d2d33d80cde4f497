// Which of the study's sets a visitor is asked about. Every set belongs to all conditions; a visitor answers one.
import { drawn, remember, remembered, setNamed } from "./assignment.js";
import { el, show, text } from "./dom.js";
import { sessionKey } from "./session.js";

/** What a session's key ends in for one set of several, so that sessions of two sets never overwrite each other. */
export const setKey = (study, set) => (study.sets.length > 1 ? `:set${set}` : "");

function hasSession(study, set) {
  try {
    return localStorage.getItem(sessionKey(study) + setKey(study, set)) !== null;
  } catch {
    return false;
  }
}

/**
 * The number of this visitor's set, from 1: the one that the address names, else that of a session begun here, else the
 * one remembered beside the sites, else drawn. Null where the address names a set that the study has not.
 */
export function assignedSet(study) {
  const count = study.sets.length;
  const folder = new URL("..", location.href).pathname;
  const asked = new URLSearchParams(location.search).get("set");
  if (asked !== null && setNamed(asked, count) === null) return null;
  const known = setNamed(remembered("set", study.study_id, folder), count);
  const begun = study.sets.map((_, k) => k + 1).filter((set) => hasSession(study, set));
  const set = setNamed(asked, count) ?? (begun.includes(known) ? known : begun[0]) ?? known ?? drawn(count) + 1;
  if (count > 1) remember("set", study.study_id, folder, set);
  return set;
}

/** In place of a visit: the address names a set that there is not. */
export function noSuchSetPage(study) {
  const asked = new URLSearchParams(location.search).get("set").slice(0, 20);
  const count = study.sets.length;
  show(el("section", { class: "sheet narrow" },
    el("h1", {}, study.title),
    el("p", { class: "notice", role: "alert" }, text(count === 1 ? "no_such_set_of_one" : "no_such_set", { asked, count })),
    study.contact ? el("p", { class: "quiet" }, text("contact", { contact: study.contact })) : ""));
}
