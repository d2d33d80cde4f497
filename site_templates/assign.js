// The address of the study: each visitor goes to one experiment, evenly at random or by ?exp=, and stays with it.
const experiments = document.body.dataset.experiments.split(" ");
const asked = new URLSearchParams(location.search).get("exp");
const place = `${document.body.dataset.study}:${new URL(".", location.href).pathname}`;

function remembered(what) {
  try {
    return localStorage.getItem(`imetric:${what}:${place}`);
  } catch {
    return null;
  }
}

function drawn() {
  // Rejection keeps the draw even when 2^32 is not a multiple of the number of experiments.
  const limit = Math.floor(2 ** 32 / experiments.length) * experiments.length;
  const value = new Uint32Array(1);
  do crypto.getRandomValues(value); while (value[0] >= limit);
  return experiments[value[0] % experiments.length];
}

// Who has finished goes back to that experiment, which tells them so, whatever the address asks for.
const chosen = [remembered("finished"), asked, remembered("assigned"), drawn()].find((one) => experiments.includes(one));
try {
  localStorage.setItem(`imetric:assigned:${place}`, chosen);
} catch {
  // Without storage a second visit is drawn anew; the experiment itself says that nothing is kept.
}
document.querySelector(".not-started")?.remove(); // the way there may be long
location.replace(`exp${chosen}/${location.search}`);
