// The page of a unit: everything that its record tells.
import { attribution } from "../attribution.js";
import { el, text } from "../dom.js";
import { bar, histogram, histories, path } from "./charts.js";
import { thumbnail } from "./thumbnail.js";
import { count, figure, percent } from "./units.js";

const section = (name, heading, ...parts) =>
  el("section", { class: `part ${name}`, "aria-labelledby": `part-${name}` }, el("h3", { id: `part-${name}` }, heading), ...parts);
const quiet = (sentence) => el("p", { class: "quiet" }, sentence);

/** A condition by its name: the paper's experiments are numbers. */
const condition = (name) => (/^\d+$/.test(name) ? text("experiment", { name }) : name);

/**
 * The page of unit k. does: { close(), choose(k), locate(k), step(by), link(k) -> address }. Its heading comes at once, the rest with the
 * record; where that fails, a sentence and a button say so. Returns { element, heading, update(selected) }.
 */
export function unitPage(units, k, does) {
  const number = units.number[k];
  const heading = el("h2", { id: "unit-heading", tabindex: "-1" }, text("unit", { number }));
  const choose = el("button", { type: "button", class: "secondary choose", "aria-pressed": "false", onclick: () => does.choose(k) });
  const body = el("div", { class: "unit-body", "aria-busy": "true" }, quiet(text("loading")));
  const icon = (name, label, sign, run) => el("button", { type: "button", class: `icon ${name}`, "aria-label": label, title: label, onclick: run }, el("span", { "aria-hidden": "true" }, sign));
  const element = el("section", { class: "unit", "aria-labelledby": "unit-heading" },
    el("header", { class: "unit-head" },
      el("div", { class: "unit-title" }, heading,
        el("div", { class: "unit-tools" },
          icon("before", text("before"), "‹", () => does.step(-1)), icon("after", text("after"), "›", () => does.step(1)),
          icon("locate", text("locate"), "◎", () => does.locate(k)), icon("close", text("close"), "×", () => does.close()))),
      el("div", { class: "unit-facts" }, el("p", { class: "lead-fact" }, units.dead(k)
        ? text("never_on_these") : text(units.share[k] > 4 ? "mostly" : "most_often", { class: units.className(k), share: units.share[k] })), choose)),
    body);
  const fill = () => {
    units.record(k).then((record) => body.replaceChildren(...parts(units, k, record, does)), () => body.replaceChildren(
      el("p", { class: "notice" }, text("record_failed")), el("button", { type: "button", class: "secondary", onclick: fill }, text("again")),
    )).finally(() => body.removeAttribute("aria-busy"));
  };
  fill();
  const update = (selected) => {
    choose.setAttribute("aria-pressed", String(selected.has(k)));
    choose.textContent = text(selected.has(k) ? "chosen" : "choose");
  };
  return { element, heading, update };
}

function parts(units, k, record, does) {
  return [
    visualizations(units, record), paths(record), examples(units, record), activations(record), classes(record), alike(units, record, does),
    criteria(units, k, record), scores("machine", record.machine), scores("people", record.people, record.words),
  ];
}

// Feature visualizations, by method

function visualizations(units, { visualizations: shown }) {
  if (!shown.length) return section("visualizations", text("visualizations"), quiet(text("no_visualization")));
  const methods = [...new Set(shown.map(({ method }) => method))];
  return section("visualizations", text("visualizations"), ...methods.map((method) => ofMethod(units, method, shown.filter((each) => each.method === method))));
}

function ofMethod(units, method, shown) {
  const figures = shown.map((each, at) => {
    const from = each.start === "example" ? text("from_example") : each.seed === null ? text("from_noise") : text("from_noise_seed", { seed: each.seed });
    const image = picture(units, each.src, text("visualization_alt", { method, from }));
    const made = el("figure", {}, el("div", { class: "framed" }, image), el("figcaption", {},
      shown.length > 1 && each.history?.length > 1 ? swatch(at) : "", el("span", {}, from), el("span", { class: "value" }, figure(each.activation))));
    if (!each.trace) return [made];
    return [made, el("figure", {}, el("div", { class: "framed" }, picture(units, each.trace, `${text("trace")}, ${method}, ${from}`)), el("figcaption", {}, text("trace")))];
  });
  const parts = [el("div", { class: "figures" }, figures.flat())];
  const lines = shown.map(({ history }) => history ?? []);
  const values = lines.flat().map(([, value]) => value);
  if (values.length && values.every((value) => value === 0)) parts.push(quiet(text("history_zero")));
  else if (lines.some((line) => line.length > 1)) {
    parts.push(el("figure", { class: "with-chart" },
      histories(lines, [text("step"), text("activation")], text("history_alt", { method, from: figure(Math.min(...values)), to: figure(Math.max(...values)) })),
      el("figcaption", { class: "quiet" }, text("history_caption"))));
  }
  return el("div", { class: "method" }, el("h4", {}, method), ...parts);
}

const swatch = (at) => el("svg", { class: "swatch", viewBox: "0 0 22 8", "aria-hidden": "true" }, el("path", { class: `line line${at % 4}`, d: "M1 4H21" }));

function picture(units, source, alt) {
  const { size } = units.view;
  return el("img", { src: `${units.folder}/${source}`, alt, width: size, height: size, loading: "lazy", decoding: "async" });
}

// Whether they go the way through the network that natural pictures go

function paths({ paths: shown }) {
  if (!shown.length) return section("paths", text("paths"), quiet(text("no_paths")));
  if (shown[0].natural.every((value) => value === null)) return section("paths", text("paths"), quiet(text("paths_untold"))); // of any method
  return section("paths", text("paths"), ...shown.map((of) => {
    const told = of.natural.filter((value) => value !== null).length;
    const apart = text("paths_apart", { apart: of.apart.length, told });
    const value = (one) => (one === null ? text("path_untold") : figure(one));
    return el("div", { class: "method" }, shown.length > 1 ? el("h4", {}, of.method) : "",
      el("p", { class: 2 * of.apart.length > told ? "verdict" : "verdict good" }, apart),
      el("figure", { class: "with-chart" }, path(of, [text("layer"), text("likeness")], `${of.method}: ${apart}`)),
      el("details", { class: "layers" }, el("summary", {}, text("layers")), el("table", {},
        el("thead", {}, el("tr", {}, ["layer", "likeness", "path_natural"].map((name, at) => el("th", { scope: "col", class: at ? "number" : "" }, text(name))))),
        el("tbody", {}, of.layers.map((name, at) => el("tr", {}, el("th", { scope: "row" }, `${at + 1} ${name}`),
          el("td", { class: "number" }, value(of.visualization[at])), el("td", { class: "number" }, value(of.natural[at]))))))));
  }), quiet(text("paths_caption")));
}

// The top pictures, as participants see them; the next unit's look as these were left

const looks = { level: 1, originals: false };

function examples(units, { unit, examples: shown }) {
  if (!shown.length) return section("examples", text("examples"), quiet(text("no_examples")));
  const attributions = shown.map(({ src, cams }) => ({ src, cams: cams ?? [], originals: true }));
  const most = Math.max(0, ...attributions.map(({ cams }) => cams.length));
  const { element, grid, images, level } = attribution({ attributions }, `unit-${unit}`, { level: Math.min(looks.level, most) }, () => {
    Object.assign(looks, { level: level(), originals: grid.classList.contains("originals") });
  });
  if (looks.originals) element.querySelector("[role=switch]")?.click();
  images.forEach(({ image, src }, at) => {
    const { activation, name, class: label } = shown[at];
    image.src = `${units.folder}/${src}`;
    image.alt = text("example_alt", { number: at + 1, class: label, value: figure(activation) });
    image.title = name;
    if (image.parentElement.tagName === "BUTTON") image.parentElement.setAttribute("aria-label", `${image.alt}. ${text("show_originals")}`);
  });
  const boxes = [...grid.children];
  grid.replaceChildren(...boxes.map((box, at) =>
    el("figure", {}, box, el("figcaption", { "aria-hidden": "true" }, el("span", { class: "name" }, shown[at].class), el("span", { class: "value" }, figure(shown[at].activation))))));
  return section("examples", text("examples"), element, shown.some(({ cams }) => cams) ? "" : quiet(text("no_cams")));
}

// Figures

function activations({ histogram: shown, examples: top }) {
  if (!shown || !shown.counts?.length) return section("activations", text("activations"), quiet(text("no_histogram")));
  const all = shown.counts.reduce((sum, size) => sum + size, 0);
  if (!top.length) return section("activations", text("activations"), quiet(text("histogram_dead", { count: count(all) })));
  return section("activations", text("activations"), el("figure", { class: "with-chart" },
    histogram(shown, [text("activation"), text("pictures")], text("histogram_alt", { count: count(all), top: figure(shown.top) }), text("top_group")),
    el("figcaption", { class: "quiet" }, text("histogram_caption", { count: count(all), top: figure(shown.top) }))));
}

function classes({ classes: shown, examples: top }) {
  if (!shown.length || !top.length) return section("classes", text("classes"), quiet(text("no_classes")));
  const most = Math.max(...shown.map(({ mean }) => mean));
  return section("classes", text("classes"), el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, text("class")), el("th", { scope: "col", class: "number" }, text("mean")), el("td", {}), el("th", { scope: "col", class: "number" }, text("max")))),
    el("tbody", {}, shown.map(({ name, mean, max }) => el("tr", {}, el("th", { scope: "row" }, name),
      el("td", { class: "number" }, figure(mean)), el("td", { class: "bar-cell" }, bar(most > 0 ? mean / most : 0)), el("td", { class: "number" }, figure(max)))))));
}

function alike(units, { alike: shown }, does) {
  const there = shown.map((each) => ({ ...each, k: units.place.get(each.unit) })).filter(({ k }) => k !== undefined);
  if (!there.length) return section("alike", text("alike"), quiet(text("no_alike")));
  return section("alike", text("alike"), el("ul", { class: "alike-list" }, there.map(({ unit, likeness, k }) => el("li", {},
    el("a", { href: does.link(k), "aria-label": text("alike_label", { number: unit, likeness: figure(likeness) }) },
      thumbnail(units, k, 64), el("span", {}, unit), el("span", { class: "value" }, figure(likeness)))))), quiet(text("alike_caption")));
}

function criteria(units, k, { criteria: told }) {
  if (!told) return section("criteria", text("criteria"), quiet(text("no_criteria")));
  const key = told.passes ? "criteria_passes" : told.why === "active" ? "criteria_active" : told.why === "distinct" ? "criteria_distinct" : "criteria_fails";
  return section("criteria", text("criteria"), el("p", { class: told.passes ? "verdict good" : "verdict" },
    text(key, { top: figure(told.top_smallest), bottom: figure(told.bottom_largest) })));
}

function scores(who, told, words = []) {
  const said = words.length ? [el("p", { class: "quiet words-lead" }, text("words_lead")), el("ul", { class: "words" }, words.map((word) => el("li", {}, word)))] : [];
  if (!told) return section(who, text(who), quiet(text(`no_${who}`)), ...said);
  const people = who === "people";
  const rows = people
    ? Object.entries(told).map(([name, { score, answers }]) => [condition(name), score, text("answers", { count: count(answers) })])
    : Object.entries(told).flatMap(([observer, of]) => Object.entries(of).map(([name, score]) => [observer, score, condition(name)]));
  return section(who, text(who), el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, text(people ? "condition" : "observer")), el("th", { scope: "col", class: people ? "number" : "" }, text(people ? "answers_head" : "condition")),
      el("th", { scope: "col", class: "number" }, text("score")), el("td", {}))),
    el("tbody", {}, rows.map(([name, score, more]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", { class: people ? "number" : "" }, more),
      el("td", { class: "number" }, percent(score)), el("td", { class: "bar-cell chance" }, bar(score)))))), quiet(text("score_caption")), ...said);
}
