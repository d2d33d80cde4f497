// The address of the study: each visitor goes to one condition (?exp=) and one set (?set=) unless the address tells which, and
// stays with them. Evenly at random, or, where the study has an address that counts sessions, to where fewest are.
import { drawn, remember, remembered, setNamed } from "./assignment.js";

const PATIENCE = 2000; // ms for the counts; then evenly at random

const { study, assign } = document.body.dataset;
const experiments = document.body.dataset.experiments.split(" ");
const sets = Number(document.body.dataset.sets);
const folder = new URL(".", location.href).pathname;
const address = new URLSearchParams(location.search);
const known = (what) => remembered(what, study, folder);

/** Of these conditions and sets the pair that fewest sessions have finished or go on with; null where that is not told in time. */
async function leastFilled(names, numbers) {
  if (!assign || names.length * numbers.length === 1) return null;
  try {
    const answer = await fetch(assign, {
      credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", signal: AbortSignal.timeout(PATIENCE),
    });
    const told = await answer.json();
    if (told.study_id !== study) return null;
    const pairs = names.flatMap((name) => numbers.map((set) => {
      const { complete, running } = told.counts.find((each) => String(each.condition) === name && each.set === set);
      return { name, set, sessions: complete + running };
    }));
    if (!pairs.every(({ sessions }) => Number.isInteger(sessions))) return null;
    const least = Math.min(...pairs.map(({ sessions }) => sessions));
    const fewest = pairs.filter(({ sessions }) => sessions === least);
    return fewest[drawn(fewest.length)];
  } catch {
    return null;
  }
}

async function go() {
  document.querySelector(".not-started")?.remove(); // the way there may be long
  // Who has finished goes back to that condition and set, which tell them so, whatever the address asks for.
  const finished = experiments.includes(known("finished"));
  const given = [known("finished"), address.get("exp"), known("assigned")].find((one) => experiments.includes(one));
  const asked = !finished && address.has("set"); // one that there is not is passed on as well: the condition's page tells it
  const set = setNamed(asked ? address.get("set") : (finished && known("finished-set")) || known("set"), sets);
  const every = Array.from({ length: sets }, (_, k) => k + 1);
  const counted = await leastFilled(given ? [given] : experiments, set || asked ? [set ?? 1] : every);
  const chosen = given ?? counted?.name ?? experiments[drawn(experiments.length)];
  remember("assigned", study, folder, chosen);

  let search = location.search;
  if (sets > 1 && !asked) {
    const number = set ?? counted?.set ?? drawn(sets) + 1;
    remember("set", study, folder, number);
    address.set("set", number);
    search = `?${address}`;
  }
  location.replace(`exp${chosen}/${search}`);
}

go();
