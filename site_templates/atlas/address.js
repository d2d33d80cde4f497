// What the address says after its #: view, unit, place on the map, and what is searched for.

/** What is searched for where the address says nothing. Ranges are [from, to], null: no bound. */
export const EVERYTHING = Object.freeze({
  words: "", class: "", passes: "", top: [null, null], path: [null, null], machine: [null, null], people: [null, null], sort: "number",
});
export const RANGES = ["top", "path", "machine", "people"]; // columns of figures
export const SORTS = ["number", ...RANGES];

const bound = (written) => (written === undefined || written === "" || !Number.isFinite(Number(written)) ? null : Number(written));

/** The address -> {view, unit, at, filters}; what is not there or makes no sense is null, or as in EVERYTHING. */
export function readAddress(hash, atlas) {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const view = atlas.views.find(({ id }) => id === told.get("view")) ?? atlas.views[0];
  const unit = /^\d+$/.test(told.get("unit") ?? "") ? Number(told.get("unit")) : null;
  const at = (told.get("at") ?? "").split(",").map(Number);
  const filters = { ...EVERYTHING, words: told.get("words") ?? "" };
  if (view.classes.includes(told.get("class"))) filters.class = told.get("class");
  if (["0", "1"].includes(told.get("passes"))) filters.passes = told.get("passes");
  if (SORTS.includes(told.get("sort"))) filters.sort = told.get("sort");
  for (const name of RANGES) {
    const [from, to] = (told.get(name) ?? "").split("..");
    filters[name] = [bound(from), bound(to)];
  }
  return { view, unit, at: at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? at : null, filters };
}

/** The reverse: the shortest address that says this. */
export function writeAddress({ view, unit, at, filters }, atlas) {
  const told = new URLSearchParams();
  if (view !== atlas.views[0]) told.set("view", view.id);
  if (unit !== null) told.set("unit", unit);
  for (const name of ["words", "class", "passes"]) if (filters[name]) told.set(name, filters[name]);
  for (const name of RANGES) {
    const [from, to] = filters[name];
    if (from !== null || to !== null) told.set(name, `${from ?? ""}..${to ?? ""}`);
  }
  if (filters.sort !== "number") told.set("sort", filters.sort);
  if (at) told.set("at", at.map((value) => Number(value.toFixed(2))).join(","));
  return `#${told}`.replaceAll("%2C", ",");
}

/** How many filters are set. */
export const filtersSet = (filters) =>
  ["words", "class", "passes"].filter((name) => filters[name]).length +
  RANGES.filter((name) => filters[name].some((value) => value !== null)).length;
