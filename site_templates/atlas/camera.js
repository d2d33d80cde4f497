// Where the map stands and how it moves.

const MARGIN = 24; // CSS pixels left free of a map that is in view as a whole, both sides together
const GLIDE = 260; // ms of a move that was asked for
const SLOWING = 240; // ms in which a map that was thrown loses all but a third of its speed

const still = matchMedia("(prefers-reduced-motion: reduce)");
export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/**
 * x, y: the place in the middle of the window, in cells; scale: CSS pixels of a cell; size: of the window; bounds: the cells that are there,
 * first and end along each axis. Who extends it has view (the size of pictures), redraw(), which asks for a frame, and moved().
 */
export class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 1, size: [1, 1], bounds: [[0, 1], [0, 1]], motion: null, touched: false, last: 0 });
  }

  /** The scale at which all of the map is in view. */
  get least() { return Math.min(...this.bounds.map(([first, end], axis) => (this.size[axis] - MARGIN) / (end - first)), this.most); }

  get most() { return Math.min(Math.min(...this.size) * 0.7, Math.max(240, this.view.size * 1.5)); }

  place(x, y, scale) {
    this.scale = clamp(scale, this.least, this.most);
    // Nothing beyond the map is shown for as long as the map fills the window.
    [this.x, this.y] = [x, y].map((at, axis) => {
      const [first, end] = this.bounds[axis];
      const half = Math.min(end - first, (this.size[axis] - MARGIN) / this.scale) / 2;
      return clamp(at, first + half, end - half);
    });
    this.last = performance.now();
    this.redraw();
    this.moved();
  }

  /** All of the map. */
  fit() {
    this.stop();
    this.touched = false;
    this.place(...this.middle, this.least);
  }

  get middle() { return this.bounds.map(([first, end]) => (first + end) / 2); }

  go(x, y, scale) {
    this.touched = scale > this.least * 1.0001; // else all of it is shown, whatever the window
    this.place(x, y, scale);
  }

  pan(right, down) { this.go(this.x - right / this.scale, this.y - down / this.scale, this.scale); }

  /** Enlarge by a factor about a point of the window, its middle unless told. */
  zoom(factor, at) { this.go(...this.about(factor, at)); }

  glideZoom(factor, at) { this.glide(...this.about(factor, at)); }

  about(factor, at = this.size.map((side) => side / 2)) {
    const scale = clamp(this.scale * factor, this.least, this.most);
    const [right, down] = at.map((place, k) => place - this.size[k] / 2);
    return [this.x + right / this.scale - right / scale, this.y + down / this.scale - down / scale, scale];
  }

  /** Go there in a glide, or at once where motion is not wanted. */
  glide(x, y, scale) {
    this.stop();
    if (still.matches) { this.go(x, y, scale); return; }
    const from = [this.x, this.y, Math.log(this.scale)];
    const to = [x, y, Math.log(clamp(scale, this.least, this.most))];
    const began = performance.now();
    this.motion = (now) => {
      const share = clamp((now - began) / GLIDE, 0, 1);
      const eased = 1 - (1 - share) ** 3;
      const [right, down, size] = from.map((value, k) => value + (to[k] - value) * eased);
      this.go(right, down, Math.exp(size));
      return share < 1;
    };
    this.redraw();
  }

  /** Go on moving with a speed in CSS pixels a millisecond, slower and slower. */
  throw(right, down) {
    if (still.matches || Math.hypot(right, down) < 0.05) return;
    let last = performance.now();
    let speed = 1;
    this.motion = (now) => {
      const passed = Math.min(now - last, 50);
      last = now;
      speed *= Math.exp(-passed / SLOWING);
      this.pan(right * speed * passed, down * speed * passed);
      return Math.hypot(right, down) * speed > 0.02;
    };
    this.redraw();
  }

  stop() { this.motion = null; }

  /** A frame of what is moving. */
  advance(now) {
    const { motion } = this;
    if (motion && !motion(now) && this.motion === motion) this.motion = null;
  }
}
