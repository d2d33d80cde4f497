// The address of the study: each visitor goes to one condition (?exp=) and one set (?set=), evenly at random unless the
// address tells which, and stays with them.
import { drawn, remember, remembered, setNamed } from "./assignment.js";

const { study } = document.body.dataset;
const experiments = document.body.dataset.experiments.split(" ");
const sets = Number(document.body.dataset.sets);
const folder = new URL(".", location.href).pathname;
const address = new URLSearchParams(location.search);
const known = (what) => remembered(what, study, folder);

// Who has finished goes back to that condition and set, which tell them so, whatever the address asks for.
const finished = experiments.includes(known("finished"));
const chosen = [known("finished"), address.get("exp"), known("assigned"), experiments[drawn(experiments.length)]]
  .find((one) => experiments.includes(one));
remember("assigned", study, folder, chosen);

let search = location.search;
// A set that there is not is passed on as well: the page of the condition tells which there are.
if (sets > 1 && (finished || !address.has("set"))) {
  const kept = finished ? known("finished-set") ?? known("set") : known("set");
  const set = setNamed(kept, sets) ?? drawn(sets) + 1;
  remember("set", study, folder, set);
  address.set("set", set);
  search = `?${address}`;
}
document.querySelector(".not-started")?.remove(); // the way there may be long
location.replace(`exp${chosen}/${search}`);
