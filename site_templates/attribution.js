// The explanation of a neuron: its pictures, plain or under grid-cams with the level slider and the switch to the
// originals; and how long each was seen.
import { el, text } from "./dom.js";

/** Draw one level's cell scores (0–255, row by row): one canvas pixel per cell, enlarged with sharp edges by the page. */
function drawCam(canvas, values) {
  const cells = Math.sqrt(values.length);
  canvas.width = canvas.height = cells;
  const image = new ImageData(cells, cells);
  values.forEach((value, at) => image.data.set([value, value, value, 255], 4 * at));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Times during which something was in view: [{...what, viewing_time}] in ms, in the order of viewing. */
export class Viewing {
  constructor(history = []) {
    this.history = history;
    this.open = new Map();
  }

  start(key, what) {
    if (!this.open.has(key)) this.open.set(key, { what, since: performance.now() });
  }

  stop(key) {
    const seen = this.open.get(key);
    if (!seen) return;
    this.open.delete(key);
    this.history.push({ ...seen.what, viewing_time: Math.round(performance.now() - seen.since) });
  }

  /** What has been seen up to now, what is still in view included; nothing ends by asking. */
  soFar() {
    const now = performance.now();
    const open = [...this.open.values()].map(({ what, since }) => ({ ...what, viewing_time: Math.round(now - since) }));
    return [...this.history, ...open];
  }

  stopAll() {
    for (const key of [...this.open.keys()]) this.stop(key);
    return this.history;
  }
}

/**
 * The attribution of a question. Returns its element, the grid of its pictures in it, thumbnails of them under the same level
 * (fill() gives them their pictures), its images with their addresses, and `levels` and `originals`, the viewing times, which
 * run from enter() to leave(); cover() ends a look at one original. Which pictures have a grid-cam (`cams`), and which of those may be
 * seen without it (`originals`), each tells of itself; the slider and the switch are there where they do something.
 * place: the question's number on the page; kept: { level, view_history, original_views } of an earlier look at it.
 */
export function attribution(question, place, kept, onChange) {
  const levels = new Viewing(kept.view_history);
  const originals = new Viewing(kept.original_views);
  const images = [];
  const covers = []; // { canvas, cams } of the pictures under a grid-cam, and of their thumbnails
  const revealed = []; // functions that cover the original of one picture again
  const most = Math.max(0, ...question.attributions.map(({ cams }) => cams.length)); // levels
  const uncovered = question.attributions.some((shown) => shown.cams.length > 0 && shown.originals);
  let level = kept.level ?? 1;
  let inView = false;

  const pictures = question.attributions.map((shown, position) => {
    const label = text("attribution_label", { number: position + 1 });
    const image = el("img", { alt: label, draggable: "false" });
    images.push({ image, src: shown.src });
    if (!shown.cams.length) return el("div", { class: "explained" }, image);
    const canvas = el("canvas", { "aria-hidden": "true" });
    covers.push({ canvas, cams: shown.cams });
    if (!shown.originals) return el("div", { class: "explained" }, image, canvas);
    const box = el("button", { type: "button", class: "explained", "aria-label": `${label}. ${text("show_originals")}` }, image, canvas);
    const reveal = () => { box.classList.add("original"); originals.start(position, { position }); };
    const cover = () => { box.classList.remove("original"); originals.stop(position); };
    revealed.push(cover);
    for (const event of ["pointerenter", "pointerdown"]) box.addEventListener(event, reveal);
    // Focus that the keyboard brought: a tap focuses too, but only after the finger has gone.
    box.addEventListener("focus", () => box.matches(":focus-visible") && reveal());
    for (const event of ["pointerleave", "blur", "pointercancel"]) box.addEventListener(event, cover);
    // A finger leaves no pointer behind: lifting it covers the original again.
    box.addEventListener("pointerup", (event) => event.pointerType !== "mouse" && cover());
    box.addEventListener("contextmenu", (event) => event.preventDefault());
    return box;
  });

  const columns = pictures.length === 1 ? "single" : pictures.length <= 4 ? "" : pictures.length <= 9 ? "three" : "four";
  const grid = el("div", { class: `pictures ${columns}`.trim() }, pictures);
  const small = question.attributions.map((shown) => {
    const image = el("img", { alt: "", loading: "lazy", draggable: "false" });
    if (!shown.cams.length) return el("span", { class: "thumbnail" }, image);
    const canvas = el("canvas", {});
    covers.push({ canvas, cams: shown.cams });
    return el("span", { class: shown.originals ? "thumbnail uncovers" : "thumbnail" }, image, canvas);
  });
  const thumbnails = el("span", { class: "thumbnails", "aria-hidden": "true" }, small);
  const fill = () => small.forEach((box, k) => { box.firstChild.src = images[k].image.currentSrc; });
  const common = { grid, thumbnails, fill, images, levels, originals, cover: () => revealed.forEach((cover) => cover()) };
  if (!most) return { ...common, element: grid, level: () => null, enter: () => {}, leave: () => {} };

  const sliderId = `crop-size-${place}`;
  const value = el("output", { for: sliderId }, String(level));
  const setLevel = (next) => {
    levels.stop(level);
    level = next;
    value.textContent = String(level);
    for (const { canvas, cams } of covers) drawCam(canvas, cams[level - 1]);
  };
  const slider = el("input", {
    type: "range", id: sliderId, min: 1, max: most, step: 1, value: level, "aria-describedby": `${sliderId}-hint`,
    oninput: () => {
      setLevel(Number(slider.value));
      if (inView) levels.start(level, { level });
      onChange();
    },
  });
  const all = el("button", { type: "button", class: "switch", role: "switch", "aria-checked": "false", onclick: () => {
    const on = all.getAttribute("aria-checked") === "false";
    all.setAttribute("aria-checked", String(on));
    for (const node of [grid, thumbnails]) node.classList.toggle("originals", on);
    if (on) originals.start("all", { position: null });
    else originals.stop("all");
    onChange();
  } }, el("span", { class: "knob", "aria-hidden": "true" }), el("span", {}, text("show_originals")));
  setLevel(level);
  const element = el("div", { class: "with-controls" }, grid,
    el("div", { class: "controls" },
      el("div", { class: "slider" },
        el("label", { for: sliderId }, text("crop_size")), slider, value,
        el("p", { class: "quiet", id: `${sliderId}-hint` }, text("crop_hint"))),
      uncovered ? all : ""));
  const enter = () => {
    inView = true;
    levels.start(level, { level });
    if (grid.classList.contains("originals")) originals.start("all", { position: null });
  };
  const leave = () => {
    inView = false;
    levels.stopAll();
    originals.stopAll();
  };
  return { ...common, element, level: () => level, enter, leave };
}
