// The map: every unit's picture in its cell, drawn on a canvas from tiles, and from the units' own pictures where they are large.
import { el } from "../dom.js";
import { bitmap, Cache } from "./cache.js";
import { Camera, clamp } from "./camera.js";

const CELL = 8; // pixels of a cell at level 0; each level doubles them
const OWN = 1.5; // a unit's own picture takes over where a cell is so many times as large as at the last level
const BLURRED = 1.4; // by how much the pixels of a level may be enlarged before the next is asked for
const DIMMED = 0.84; // how much of the ground's colour lies over units that are not found
const SHARP = 2; // pixels drawn for one of CSS at most
const TILES = 400;
const PICTURES = 260;
const SETTLED = 90; // ms without a move before own pictures are asked for

const dark = matchMedia("(prefers-color-scheme: dark)");

export class UnitMap extends Camera {
  /** box: the element that the map fills; moved(): called after each move. Draws when something changed, else rests. */
  constructor(box, moved) {
    super();
    Object.assign(this, { box, moved, units: null, due: false });
    Object.assign(this, { selected: new Set(), open: -1, cursor: -1, hovered: -1, frame: null });
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.mask = el("canvas", {}); // one pixel for each cell: what lies over it
    box.append(this.canvas);
    this.pen = this.canvas.getContext("2d", { alpha: false });
    new ResizeObserver(() => this.resize()).observe(box);
    dark.addEventListener("change", () => { this.colours(); this.redraw(); });
  }

  colours() {
    const style = getComputedStyle(this.box);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.ink = { ground: colour("--ground"), accent: colour("--accent"), mark: colour("--mark"), card: colour("--card") };
    if (this.units) this.cover();
  }

  /** Show these units, all of the map in view. */
  show(units) {
    this.tiles?.close();
    this.pictures?.close();
    const { view } = units;
    Object.assign(this, { units, view });
    this.box.dataset.drawn = "part";
    const arrived = () => this.redraw();
    this.tiles = new Cache((key) => bitmap(`${units.folder}/tiles/${key}.webp`), TILES, arrived);
    this.pictures = new Cache(async (k) => {
      const record = await units.record(k);
      const source = (record.visualizations[0] ?? record.examples[0])?.src;
      return source && bitmap(`${units.folder}/${source}`);
    }, PICTURES, arrived);
    this.there = new Set(); // tiles that there are: those with a unit
    this.bounds = [[view.grid, 0], [view.grid, 0]]; // first column that has a unit, and the one after the last; the same of rows
    for (let k = 0; k < units.count; k += 1) {
      units.where(k).forEach((at, axis) => {
        const [first, end] = this.bounds[axis];
        this.bounds[axis] = [Math.min(first, at), Math.max(end, at + 1)];
      });
    }
    for (let level = 0; level < view.levels; level += 1) {
      for (let k = 0; k < units.count; k += 1) this.there.add(this.tileOf(level, ...units.where(k)));
    }
    Object.assign(this, { found: null, selected: new Set(), open: -1, cursor: -1, hovered: -1, touched: false });
    this.colours();
    this.fit();
  }

  /** Cells along a tile's side. */
  along(level) { return this.view.tile / (CELL << level); }

  tileOf(level, column, row) {
    const along = this.along(level);
    return `${level}/${Math.floor(column / along)}_${Math.floor(row / along)}`;
  }

  // What is marked

  /** found: the places of the units found, null: all. */
  mark(found) {
    this.found = found && new Set(found);
    this.cover();
    this.redraw();
  }

  has(k) { return k >= 0 && (!this.found || this.found.has(k)); }

  /** What lies over the cells: the ground where there is no unit, a veil where it is not found. */
  cover() {
    const { grid } = this.view;
    const pen = this.mask.getContext("2d");
    this.mask.width = this.mask.height = grid;
    pen.fillStyle = this.ink.ground;
    for (let cell = 0; cell < grid * grid; cell += 1) {
      const k = this.units.at[cell];
      if (this.has(k)) continue;
      pen.globalAlpha = k < 0 ? 1 : DIMMED;
      pen.fillRect(cell % grid, Math.floor(cell / grid), 1, 1);
    }
    this.covered = Boolean(this.found) || this.units.count < grid * grid;
  }

  set(marks) {
    Object.assign(this, marks);
    this.redraw();
  }

  // What is in the window

  resize() {
    const { width, height } = this.box.getBoundingClientRect();
    if (!width || !height) return;
    const ratio = Math.min(devicePixelRatio || 1, SHARP);
    this.size = [width, height];
    this.ratio = ratio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    if (!this.units) return;
    if (this.touched) this.place(this.x, this.y, this.scale);
    else this.fit();
    this.draw(); // at once: an emptied canvas must not be seen
  }

  /** Show this unit: at least so large, in the middle where it is out of view. */
  reach(k, scale = this.scale) {
    const [x, y] = this.units.where(k).map((value) => value + 0.5);
    const large = Math.max(this.scale, scale);
    const [across, down] = this.size.map((side) => side / 2 / large - 1);
    const inView = Math.abs(x - this.x) < across && Math.abs(y - this.y) < down;
    if (!inView || large !== this.scale) this.glide(inView ? this.x : x, inView ? this.y : y, large);
  }

  /** The unit at a point of the window, -1: none. */
  unitAt(right, down) {
    if (!this.units) return -1;
    const { grid } = this.view;
    const column = Math.floor((right - this.size[0] / 2) / this.scale + this.x);
    const row = Math.floor((down - this.size[1] / 2) / this.scale + this.y);
    return column >= 0 && row >= 0 && column < grid && row < grid ? this.units.at[row * grid + column] : -1;
  }

  /** The box of a unit in the window: left, top, side. */
  boxOf(k) {
    const [column, row] = this.units.where(k);
    return [(column - this.x) * this.scale + this.size[0] / 2, (row - this.y) * this.scale + this.size[1] / 2, this.scale];
  }

  // Drawing

  redraw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame((now) => {
      this.due = false;
      this.advance(now);
      this.draw();
      if (this.motion) this.redraw();
    });
  }

  draw() {
    if (!this.units || !this.ratio) return;
    const { pen, ratio, view, canvas } = this;
    const { grid } = view;
    const cell = this.scale * ratio; // device pixels
    const left = canvas.width / 2 - this.x * cell;
    const top = canvas.height / 2 - this.y * cell;
    const first = [left, top].map((edge) => clamp(Math.floor(-edge / cell), 0, grid));
    const end = [canvas.width - left, canvas.height - top].map((edge) => clamp(Math.ceil(edge / cell), 0, grid));
    const at = { cell, left, top, first, end };
    pen.fillStyle = this.ink.ground;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (end[0] > first[0] && end[1] > first[1]) {
      this.drawTiles(at);
      this.drawPictures(at);
      this.drawCover(at);
      this.drawMarks(at);
    }
    const drawn = this.tiles.idle && this.pictures.idle && !this.settling ? "all" : "part";
    if (this.box.dataset.drawn !== drawn) this.box.dataset.drawn = drawn;
  }

  level(cell) {
    return clamp(Math.ceil(Math.log2(cell / CELL / BLURRED)), 0, this.view.levels - 1);
  }

  drawTiles({ cell, left, top, first, end }) {
    const { pen } = this;
    const level = this.level(cell);
    const along = this.along(level);
    const [fromX, fromY] = first.map((from) => Math.floor(from / along));
    const [toX, toY] = end.map((to) => Math.ceil(to / along));
    const wanted = [];
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "low"; // never less than 0.7 of their size
    for (let y = fromY; y < toY; y += 1) {
      for (let x = fromX; x < toX; x += 1) {
        const key = `${level}/${x}_${y}`;
        if (!this.there.has(key)) continue;
        const found = this.tiles.get(key);
        if (!found) wanted.push([key, Math.hypot((x + 0.5) * along - this.x, (y + 0.5) * along - this.y)]);
        // The last tiles of a row or column reach beyond the map.
        const cells = [x, y].map((at) => Math.min(along, this.view.grid - at * along));
        const box = [x, y, x + cells[0] / along, y + cells[1] / along].map((edge, k) => Math.round((k % 2 ? top : left) + edge * along * cell));
        if (found) this.drawPart(found, 0, 0, cells, CELL << level, box);
        else this.drawCoarser(level, x, y, cells, box);
      }
    }
    wanted.sort((one, other) => one[1] - other[1]);
    this.tiles.want(wanted.map(([key]) => key));
  }

  /** Until a tile is here: its part of one that shows more at once. */
  drawCoarser(level, x, y, cells, box) {
    const { tile } = this.view;
    for (let up = 1; up <= level; up += 1) {
      const found = this.tiles.get(`${level - up}/${x >> up}_${y >> up}`);
      if (!found) continue;
      const side = tile >> up;
      const mask = (1 << up) - 1;
      this.drawPart(found, (x & mask) * side, (y & mask) * side, cells, CELL << (level - up), box);
      return;
    }
  }

  /** So many cells of a tile, from a place in it on, into a box of the canvas. */
  drawPart(tile, x, y, [across, down], side, [left, top, right, bottom]) {
    this.pen.drawImage(tile, x, y, across * side, down * side, left, top, right - left, bottom - top);
  }

  drawPictures({ cell, left, top, first, end }) {
    clearTimeout(this.settling);
    this.settling = 0;
    const wanted = [];
    if (cell < (CELL << (this.view.levels - 1)) * OWN) end = first; // tiles are sharp enough
    this.pen.imageSmoothingQuality = "medium";
    for (let row = first[1]; row < end[1]; row += 1) {
      for (let column = first[0]; column < end[0]; column += 1) {
        const k = this.units.at[row * this.view.grid + column];
        if (k < 0) continue;
        const found = this.pictures.get(k);
        if (found) {
          const box = [column, row, column + 1, row + 1].map((edge, side) => Math.round((side % 2 ? top : left) + edge * cell));
          this.pen.drawImage(found, box[0], box[1], box[2] - box[0], box[3] - box[1]);
        } else wanted.push([k, Math.hypot(column + 0.5 - this.x, row + 0.5 - this.y)]);
      }
    }
    wanted.sort((one, other) => one[1] - other[1]);
    const ask = () => this.pictures.want(wanted.map(([k]) => k));
    if (!wanted.length || performance.now() - this.last > SETTLED) ask();
    else this.settling = setTimeout(() => { this.settling = 0; ask(); }, SETTLED);
  }

  drawCover({ cell, left, top, first, end }) {
    const { pen } = this;
    if (this.covered) {
      pen.imageSmoothingEnabled = false;
      const [width, height] = [end[0] - first[0], end[1] - first[1]];
      pen.drawImage(this.mask, first[0], first[1], width, height, left + first[0] * cell, top + first[1] * cell, width * cell, height * cell);
    }
    if (cell < 20) return;
    const gap = Math.max(1, Math.round(Math.min(cell / 22, 4 * this.ratio)));
    pen.fillStyle = this.ink.ground;
    for (let column = first[0]; column <= end[0]; column += 1) pen.fillRect(Math.round(left + column * cell - gap / 2), 0, gap, this.canvas.height);
    for (let row = first[1]; row <= end[1]; row += 1) pen.fillRect(0, Math.round(top + row * cell - gap / 2), this.canvas.width, gap);
  }

  drawMarks({ cell, left, top, first, end }) {
    const { pen, ratio, ink } = this;
    const boxes = (places, grown) => {
      const path = new Path2D();
      for (const k of places) {
        const [column, row] = k < 0 ? [-1, -1] : this.units.where(k);
        if (column < first[0] || row < first[1] || column >= end[0] || row >= end[1]) continue;
        path.rect(left + column * cell - grown, top + row * cell - grown, cell + 2 * grown, cell + 2 * grown);
      }
      return path;
    };
    const outline = (places, colour, width, grown = 0) => {
      const path = boxes(places, grown);
      pen.strokeStyle = ink.card;
      pen.lineWidth = (width + 2) * ratio;
      pen.stroke(path);
      pen.strokeStyle = colour;
      pen.lineWidth = width * ratio;
      pen.stroke(path);
    };
    pen.lineJoin = "round";
    if (this.selected.size) outline(this.selected, ink.mark, cell > 24 * ratio ? 3 : 2);
    if (this.hovered >= 0) outline([this.hovered], ink.accent, 1.5, ratio);
    if (this.cursor >= 0) outline([this.cursor], ink.accent, 3, 2 * ratio);
    if (this.open >= 0) outline([this.open], ink.accent, 3, 2 * ratio);
    if (this.frame) {
      const [x, y, width, height] = this.frame.map((value) => value * ratio);
      pen.fillStyle = ink.mark;
      pen.globalAlpha = 0.16;
      pen.fillRect(x, y, width, height);
      pen.globalAlpha = 1;
      pen.strokeStyle = ink.mark;
      pen.lineWidth = 1.5 * ratio;
      pen.strokeRect(x, y, width, height);
    }
  }
}
