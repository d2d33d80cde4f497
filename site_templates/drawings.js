// The drawings of "how it works": a neuron that reacts to eyes, told in four small pictures.
import { el } from "./dom.js";

const SIDE = 120;

function drawing(...parts) {
  return el("svg", { viewBox: `-2 -2 ${SIDE + 4} ${SIDE + 4}`, class: "drawing", "aria-hidden": "true" }, parts.flat(2));
}

const tile = (x, y, side, kind = "") => el("rect", { x, y, width: side, height: side, rx: 5, class: `tile ${kind}` });

const eye = (cx, cy, r) => [el("circle", { cx, cy, r, class: "mark" }), el("circle", { cx, cy, r: r / 2, class: "pupil" })];

// What is in a picture of this kind, for a tile of this side at this place.
const SCENES = {
  eyes: (x, y, s) => [...eye(x + 0.34 * s, y + 0.42 * s, 0.17 * s), ...eye(x + 0.7 * s, y + 0.42 * s, 0.17 * s)],
  eye: (x, y, s) => eye(x + 0.5 * s, y + 0.52 * s, 0.24 * s),
  corner: (x, y, s) => eye(x + 0.66 * s, y + 0.66 * s, 0.18 * s),
  hill: (x, y, s) => [el("path", { d: `M${x + 0.12 * s} ${y + 0.8 * s} L${x + 0.45 * s} ${y + 0.3 * s} L${x + 0.88 * s} ${y + 0.8 * s} Z`, class: "thing" })],
  waves: (x, y, s) => [0.35, 0.55, 0.75].map((h) =>
    el("path", { d: `M${x + 0.14 * s} ${y + h * s} q${0.18 * s} ${-0.16 * s} ${0.36 * s} 0 t${0.36 * s} 0`, class: "line" })),
  stem: (x, y, s) => [el("path", { d: `M${x + 0.5 * s} ${y + 0.86 * s} V${y + 0.3 * s} m0 ${0.28 * s} l${-0.24 * s} ${-0.2 * s} m${0.24 * s} ${0.06 * s} l${0.24 * s} ${-0.2 * s}`, class: "line" })],
};

const scene = (kind, x, y, side, frame = "") => [tile(x, y, side, frame), ...SCENES[kind](x, y, side)];

/** Cells of grey over a tile: `levels` 0 (dark) to 3 (bright), row by row. */
function cells(levels, x, y, side) {
  const n = Math.sqrt(levels.length);
  const each = side / n;
  return levels.map((level, k) => el("rect", {
    x: x + (k % n) * each, y: y + Math.floor(k / n) * each, width: each, height: each, class: `cell level${level}`,
  }));
}

export function drawVisualization(gridcam) {
  const levels = gridcam ? [3, 1, 2, 2, 1, 1, 1, 3, 0, 2, 3, 2, 0, 1, 1, 2] : [];
  const eyes = [[30, 34, 20], [84, 26, 15], [92, 74, 19], [48, 86, 24], [18, 72, 9], [60, 52, 9], [96, 106, 8]];
  return drawing(tile(0, 0, SIDE), eyes.map(([x, y, r]) => eye(x, y, r)), cells(levels, 0, 0, SIDE));
}

export function drawExamples(gridcam) {
  const shown = [
    ["eyes", [0, 0, 0, 0, 3, 2, 3, 2, 1, 1, 1, 1, 0, 0, 0, 0]], ["corner", [0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 3, 3, 0, 1, 3, 2]],
    ["eye", [0, 1, 1, 0, 1, 3, 3, 1, 1, 3, 3, 1, 0, 1, 1, 0]], ["eyes", [0, 0, 1, 0, 2, 3, 2, 3, 1, 1, 1, 1, 0, 0, 0, 0]],
  ];
  return drawing(shown.map(([kind, levels], k) => {
    const [x, y] = [(k % 2) * 62, Math.floor(k / 2) * 62];
    return [...scene(kind, x, y, 58), ...(gridcam ? cells(levels, x, y, 58) : [])];
  }));
}

export function drawSlider() {
  const fine = [0, 0, 0, 0, 1, 3, 3, 1, 1, 3, 3, 1, 0, 1, 1, 0];
  return drawing(
    scene("eye", 0, 6, 56), cells(fine, 0, 6, 56), scene("eye", 64, 6, 56), cells([1, 2, 2, 3], 64, 6, 56),
    el("path", { d: "M6 92 H114", class: "track" }), el("path", { d: "M6 92 H78", class: "track done" }),
    el("circle", { cx: 78, cy: 92, r: 8, class: "handle" }));
}

/** Nine options; the three with eyes are picked, or nothing is yet. */
export function drawOptions(picked = true) {
  const kinds = ["hill", "eye", "waves", "eyes", "stem", "hill", "waves", "stem", "corner"];
  return drawing(kinds.map((kind, k) => {
    const [x, y] = [(k % 3) * 41.5, Math.floor(k / 3) * 41.5];
    return scene(kind, x, y, 37, picked && ["eye", "eyes", "corner"].includes(kind) ? "picked" : "");
  }));
}

/** The confidence and the line for words, as far as the study asks for them. */
export function drawAnswer(study) {
  const parts = [];
  if (study.ask_confidence) {
    parts.push(...[0, 2, 1].map((k) => el("rect", { x: k * 40, y: 26, width: 40, height: 26, rx: k === 1 ? 0 : 5, class: k === 1 ? "tile chosen" : "tile" })));
  }
  if (study.ask_concept) {
    parts.push(el("rect", { x: 0, y: 68, width: SIDE, height: 26, rx: 5, class: "tile" }), el("path", { d: "M10 82 q5 -7 10 0 t10 0 t10 0 t10 0 M62 75 V88", class: "line" }));
  }
  return drawing(parts);
}

export function drawDone() {
  return drawing(el("circle", { cx: 60, cy: 60, r: 60 }), el("path", { d: "M36 62 L53 79 L86 44" }));
}
