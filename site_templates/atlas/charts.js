// The charts of the atlas, drawn as SVG: histories of visualizations, distributions of activations.
import { el } from "../dom.js";
import { figure } from "./units.js";

const WIDTH = 340;
const HEIGHT = 150;
const LEFT = 52;
const RIGHT = 8;
const TOP = 22;
const BOTTOM = 32;

/** Round numbers between two others, about so many. */
export function ticks(least, most, about) {
  const rough = (most - least) / about;
  if (!(rough > 0)) return [least];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const found = [];
  for (let k = Math.ceil(least / step - 1e-9); k * step <= most + step * 1e-9; k += 1) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** An empty chart: axes with their names; x and y turn figures into places. down: the scale of heights. */
function axes([left, right], [low, high], names, down = (value) => value, marks = ticks(low, high, 3), places = ticks(left, right, 4)) {
  const span = right - left || 1;
  const height = down(high) - down(low) || 1;
  const x = (value) => LEFT + ((value - left) / span) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - ((down(value) - down(low)) / height) * (HEIGHT - TOP - BOTTOM);
  const lines = marks.map((value) => el("path", { class: "rule", d: `M${LEFT} ${y(value)}H${WIDTH - RIGHT}` }));
  const labels = marks.map((value) => el("text", { x: LEFT - 6, y: y(value) + 4, class: "end" }, figure(value)));
  const along = places.map((value) => el("text", { x: x(value), y: HEIGHT - BOTTOM + 15, class: "middle" }, figure(value)));
  const titles = [el("text", { x: WIDTH - RIGHT, y: HEIGHT - 3, class: "end" }, names[0]), el("text", { x: 0, y: 11 }, names[1])];
  return { x, y, base: [...lines, ...labels, ...along, ...titles] };
}

const chart = (label, ...parts) =>
  el("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart", role: "img", "aria-label": label }, ...parts);

/** Histories [[step, activation], …], one line each -> a chart. */
export function histories(lines, names, label) {
  const points = lines.flat();
  const steps = points.map(([step]) => step);
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(0, ...values), Math.max(...values)];
  const { x, y, base } = axes([Math.min(...steps), Math.max(...steps)], [least, most > least ? most : least + 1], names);
  const drawn = lines.map((line, k) =>
    el("path", { class: `line line${k % 4}`, d: line.map(([step, value], at) => `${at ? "L" : "M"}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join("") }));
  return chart(label, ...base, ...drawn);
}

/** A histogram { edges, counts, top } -> a chart; counts on a logarithmic scale, or the many small ones would hide the few large. */
export function histogram({ edges, counts, top }, names, label, topLabel) {
  const log = (value) => Math.log10(value + 1);
  const most = Math.max(...counts, 1);
  const marks = [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].filter((value) => value <= most && (most < 100 || value !== 1));
  const { x, y, base } = axes([edges[0], edges.at(-1)], [0, most], names, log, marks.filter((_, k) => marks.length < 6 || k % 2 === 0));
  const bars = counts.map((size, k) => {
    const width = Math.max(0.5, x(edges[k + 1]) - x(edges[k]) - 1);
    return size ? el("rect", { class: edges[k + 1] > top ? "bar-top" : "bar-rest", x: x(edges[k]), y: y(size), width, height: y(0) - y(size) }) : "";
  });
  const at = Math.min(Math.max(x(top), LEFT), WIDTH - RIGHT);
  const right = at < WIDTH * 0.6;
  return chart(label, ...base, ...bars,
    el("path", { class: "threshold", d: `M${at} ${TOP - 12}V${HEIGHT - BOTTOM}` }),
    el("text", { x: at + (right ? 5 : -5), y: TOP - 4, class: right ? "threshold-name" : "threshold-name end" }, topLabel));
}

/** A path similarity { layers, visualization, natural, apart } -> a chart: what is natural as a shade, layers that are apart as rings. */
export function path({ layers, visualization, natural, apart }, names, label) {
  const [low, high] = [-0.5, 1.5]; // what lies beyond is drawn at the edge
  const there = layers.map((_, at) => at).filter((at) => natural[at] !== null);
  const { x, y, base } = axes([0.5, layers.length + 0.5], [low, high], names, undefined, [0, 1], layers.map((_, at) => at + 1));
  const at = (k, value) => `${x(k + 1).toFixed(1)} ${y(Math.min(Math.max(value, low), high)).toFixed(1)}`;
  const runs = there.reduce((found, k) => { k && found.at(-1)?.at(-1) === k - 1 ? found.at(-1).push(k) : found.push([k]); return found; }, []);
  const shades = runs.map((run) => el("path", { class: "natural", d: `M${[...run.map((k) => at(k, natural[k])), ...run.toReversed().map((k) => at(k, 1))].join("L")}Z` }));
  const lines = runs.map((run) => el("path", { class: "line", d: `M${run.map((k) => at(k, visualization[k])).join("L")}` }));
  const dots = there.map((k) => {
    const [left, top] = at(k, visualization[k]).split(" ");
    return el("circle", { class: apart.includes(k) ? "dot apart" : "dot", cx: left, cy: top, r: 4 });
  });
  return chart(label, ...shades, ...base, ...lines, ...dots);
}

/** A column of figures -> its distribution as bars, of which those between two bounds can be marked. */
export function spread(column, between) {
  const values = column.filter((value) => value !== null && (between || value > 0));
  // Activations range over powers of ten.
  const scale = between ? (value) => value : Math.log10;
  const scaled = values.map(scale);
  const [least, most] = between ?? scaled.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  const bins = 32;
  const sizes = new Array(bins).fill(0);
  for (const value of scaled) sizes[Math.min(bins - 1, Math.floor(((value - least) / (most - least || 1)) * bins))] += 1;
  const highest = Math.max(...sizes, 1);
  const bars = sizes.map((size, k) => el("rect", { x: k * 10, width: 9, y: 40 - (38 * size) / highest - (size ? 2 : 0), height: (38 * size) / highest + (size ? 2 : 0), class: "bar-rest" }));
  const element = el("svg", { viewBox: "0 0 320 41", class: "spread", "aria-hidden": "true", preserveAspectRatio: "none" },
    ...bars, el("path", { class: "rule", d: "M0 40.5H320" }));
  const mark = (from, to) => bars.forEach((bar, k) => {
    const middle = least + ((k + 0.5) / bins) * (most - least);
    const low = from === null ? -Infinity : scale(from);
    const high = to === null ? Infinity : scale(to);
    const within = (from !== null || to !== null) && middle >= low && middle <= high;
    bar.setAttribute("class", within ? "bar-top" : "bar-rest");
  });
  return { element, mark };
}

/** A share of something as a bar, beside which it stands in figures. */
export function bar(share) {
  const inner = el("span", { class: "bar-fill" });
  inner.style.width = `${Math.min(Math.max(share, 0), 1) * 100}%`;
  return el("span", { class: "bar-track", "aria-hidden": "true" }, inner);
}
