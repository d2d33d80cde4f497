// What a browser remembers of a visitor beside the sites of a study, and draws that come out evenly.

const place = (what, study, folder) => `imetric:${what}:${study}:${folder}`;

/** What was remembered, or null. folder: the path of the front page's folder, which all conditions share. */
export function remembered(what, study, folder) {
  try {
    return localStorage.getItem(place(what, study, folder));
  } catch {
    return null;
  }
}

export function remember(what, study, folder, value) {
  try {
    localStorage.setItem(place(what, study, folder), value);
  } catch {
    // Nothing can be kept here: a second visit is drawn anew, and the page of the condition says that nothing is kept.
  }
}

/** An integer from 0 to count - 1, each as likely as the others. */
export function drawn(count) {
  // Rejection keeps the draw even when 2^32 is not a multiple of the count.
  const limit = Math.floor(2 ** 32 / count) * count;
  const value = new Uint32Array(1);
  do crypto.getRandomValues(value); while (value[0] >= limit);
  return value[0] % count;
}

/** The number of a set that these characters name, or null where they name none of 1 to `sets`. */
export function setNamed(characters, sets) {
  return /^[1-9]\d{0,3}$/.test(characters ?? "") && Number(characters) <= sets ? Number(characters) : null;
}
