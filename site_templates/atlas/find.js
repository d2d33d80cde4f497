// Search and filters, and the list of the units found: the map's alternative for who does not see it.
import { el, text } from "../dom.js";
import { EVERYTHING, filtersSet, RANGES, SORTS } from "./address.js";
import { spread } from "./charts.js";
import { thumbnail } from "./thumbnail.js";
import { count, figure, percent } from "./units.js";

const ROWS = 60; // of the list, before more are asked for
const TYPING = 200; // ms after the last key before what is typed is looked for

/**
 * does: { filter(filters, committed), pick(k), choose(k), chooseFound(), point(k) }. Returns { element, show(units), update(state), say() };
 * update takes { filters, found, open, selected }.
 */
export function finder(does) {
  let units = null;
  let filters = EVERYTHING;
  let listed = null; // what the list shows: found, and how many
  let rows = [];
  let typing = 0;
  let bounds = {}; // range -> { from, to, chart }

  const change = (part, committed = true) => {
    clearTimeout(typing);
    filters = { ...filters, ...part };
    does.filter(filters, committed);
  };
  const words = el("input", {
    type: "search", id: "words", autocomplete: "off", spellcheck: "false", "aria-describedby": "words-hint",
    oninput: () => { clearTimeout(typing); typing = setTimeout(() => change({ words: words.value }, false), TYPING); },
    onchange: () => words.value !== filters.words && change({ words: words.value }),
  });
  const of = el("select", { id: "class", onchange: () => change({ class: of.value }) });
  const passes = el("select", { id: "passes", onchange: () => change({ passes: passes.value }) },
    [["", "passes_any"], ["1", "passes_yes"], ["0", "passes_no"]].map(([value, key]) => el("option", { value }, text(key))));
  const sort = el("select", { id: "sort", "aria-label": text("sort"), onchange: () => change({ sort: sort.value }) });
  const ranges = el("div", {});
  const told = el("p", { class: "told", role: "status" });
  const list = el("ul", { class: "found", role: "list", "aria-label": text("found_list") });
  const more = el("button", { type: "button", class: "secondary more-rows", onclick: () => { const at = rows.length; extend(); rows[at]?.focus(); } }, text("more"));
  const clear = el("button", { type: "button", class: "link", onclick: () => { change({ ...EVERYTHING, sort: filters.sort }); words.focus(); } }, text("clear"));
  const all = el("button", { type: "button", class: "link", onclick: () => does.chooseFound() }, text("select_found"));
  const tally = el("span", { class: "tally" });
  const details = el("details", { class: "filters" }, el("summary", {}, text("filters"), tally),
    el("div", { class: "filter-fields" },
      el("div", { class: "field" }, el("label", { for: "class" }, text("class")), of),
      el("div", { class: "field" }, el("label", { for: "passes" }, text("criteria")), passes),
      ranges));
  const element = el("section", { class: "find", "aria-label": text("find") },
    el("div", { class: "field search" }, el("label", { for: "words" }, text("search")), words,
      el("p", { class: "quiet", id: "words-hint" }, text("search_hint"))),
    details,
    el("div", { class: "outcome" }, told, el("div", { class: "outcome-actions" }, all, clear)),
    el("div", { class: "listing" }, el("div", { class: "listing-head" }, el("label", { class: "quiet", for: "sort" }, text("sort")), sort), list, more));
  sort.removeAttribute("aria-label");

  /** A range: the distribution of a figure over all units, and its two bounds. */
  function range(name, column, shown) {
    const share = name !== "top";
    const field = (which, at) => {
      const input = el("input", { type: "number", step: "any", inputmode: "decimal", "aria-label": text(`${which}_label`, { what: text(name) }),
        placeholder: share ? (at ? "100" : "0") : shown[at],
        onchange: () => {
          const value = input.value === "" || !Number.isFinite(input.valueAsNumber) ? null : input.valueAsNumber / (share ? 100 : 1);
          const next = [...filters[name]];
          next[at] = value;
          change({ [name]: next });
        } });
      return input;
    };
    const [from, to] = [field("from", 0), field("to", 1)];
    const chart = spread(column, share ? [0, 1] : null);
    bounds[name] = { from, to, chart, share };
    return el("fieldset", { class: "range" }, el("legend", {}, text(name), share ? el("span", { class: "quiet" }, " %") : ""),
      chart.element, el("div", { class: "bounds" }, from, el("span", { "aria-hidden": "true" }, "–"), to));
  }

  function show(next) {
    units = next;
    listed = null;
    bounds = {};
    const sizes = new Map();
    for (const at of units.class) sizes.set(at, (sizes.get(at) ?? 0) + 1);
    of.replaceChildren(el("option", { value: "" }, text("class_any")),
      ...units.view.classes.map((name, at) => [name, sizes.get(at)]).filter(([, size]) => size)
        .map(([name, size]) => el("option", { value: name }, `${name} (${count(size)})`)));
    sort.replaceChildren(...SORTS.filter((name) => name === "number" || units[name]).map((value) => el("option", { value }, text(`sort_${value}`))));
    const top = units.top.filter((value) => value > 0);
    const edges = top.length ? extremes(top).map(figure) : ["", ""];
    ranges.replaceChildren(...RANGES.filter((name) => units[name])
      .map((name) => range(name, units[name], edges)));
  }

  const quote = (k) => (units.words?.[k] ? el("q", {}, units.words[k]) : "");

  /** People's words have come: they are put into the rows that are there. */
  function say() {
    for (const node of rows) node.querySelector(".row-facts").append(quote(node.place));
  }

  function row(k, at) {
    const scores = [...(filters.sort === "path" || filters.path.some((bound) => bound !== null) ? ["path"] : []), "machine", "people"].filter((name) => units[name]?.[k] != null).map((name) => text(`${name}_short`, { share: percent(units[name][k]) }));
    const facts = [units.dead(k) ? text("never") : text("of_class", { class: units.className(k), share: units.share[k] }), ...scores];
    const node = el("button", { type: "button", class: "row", tabindex: at === 0 ? "0" : "-1", onclick: () => does.pick(k),
      onpointerenter: () => does.point(k), onpointerleave: () => does.point(-1) },
    thumbnail(units, k, 44),
    el("span", { class: "row-text" },
      el("span", { class: "row-head" }, el("b", {}, text("unit", { number: units.number[k] })),
        units.dead(k) ? "" : el("span", {}, el("span", { class: "hidden-visually" }, `, ${text("activation")} `), figure(units.top[k]), el("span", { class: "hidden-visually" }, ", "))),
      el("span", { class: "row-facts" }, facts.join(" · "), quote(k))));
    node.place = k;
    return node;
  }

  function extend() {
    const from = rows.length;
    const next = listed.slice(from, from + ROWS).map((k, at) => row(k, from + at));
    rows.push(...next);
    list.append(...next.map((node) => el("li", {}, node)));
    more.hidden = rows.length >= listed.length;
    mark();
  }

  let open = -1;
  let selected = new Set();
  function mark() {
    for (const node of rows) {
      if (node.place === open) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
      node.classList.toggle("chosen", selected.has(node.place));
    }
  }

  // One stop for Tab, arrows within; more rows come by themselves.
  list.addEventListener("keydown", (event) => {
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (to === undefined) {
      if (event.key === " ") { event.preventDefault(); does.choose(rows[at].place); }
      return;
    }
    event.preventDefault();
    if (to >= rows.length && rows.length < listed.length) extend();
    const next = rows[Math.min(Math.max(to, 0), rows.length - 1)];
    next.focus();
  });
  list.addEventListener("focusin", (event) => {
    for (const node of rows) node.setAttribute("tabindex", node === event.target ? "0" : "-1");
    if (event.target.matches(":focus-visible")) does.point(event.target.place);
  });
  list.addEventListener("focusout", () => does.point(-1));

  function update(state) {
    ({ filters, open, selected } = state);
    const set = filtersSet(filters);
    if (document.activeElement !== words) words.value = filters.words;
    of.value = filters.class;
    passes.value = filters.passes;
    sort.value = filters.sort;
    for (const [name, { from, to, chart, share }] of Object.entries(bounds)) {
      filters[name].forEach((value, at) => { [from, to][at].value = value === null ? "" : share ? Number((100 * value).toFixed(1)) : value; });
      chart.mark(...filters[name]);
    }
    const within = set - (filters.words ? 1 : 0);
    tally.textContent = within ? String(within) : "";
    tally.hidden = !within;
    if (state.found === listed) { mark(); return; }
    listed = state.found;
    const parts = { found: count(listed.length), total: count(units.count) };
    told.textContent = set ? text(listed.length ? "found" : "found_none", parts) : text("found_all", parts);
    clear.hidden = !set;
    all.hidden = !set || !listed.length;
    rows = [];
    list.replaceChildren();
    extend();
  }

  return { element, show, update, say };
}

/** Numbers -> the least and the greatest, of any number of them. */
const extremes = (values) => values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
