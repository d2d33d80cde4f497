// How the map is moved and asked: wheel, pointers, fingers and keys.

const CLICK = 6; // CSS pixels that a pointer may move and still have pressed
const TWICE = 280; // ms between the presses of a double one
const HELD = 80; // ms before the end of a drag that tell how fast it was
const FINE = 28; // CSS pixels: a finger means no unit that is smaller, and comes nearer instead
const STEP = 1.6; // factor of a step of zooming
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Listen on the map's box. does: { pick(k, how), hover(k), framed(places), choose(k), walk(right, down), open(), close() };
 * choosing(): whether a press selects.
 */
export function listen(map, does, choosing) {
  const { box } = map;
  const pointers = new Map(); // id -> { x, y }
  let start = null; // { x, y, moved, framing }
  let trail = []; // [time, x, y] of a drag
  let lastTap = null;
  let tapping = 0;

  const place = (event) => {
    const { left, top } = box.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const pinch = () => {
    const [one, other] = [...pointers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) };
  };

  box.addEventListener("wheel", (event) => {
    event.preventDefault();
    map.stop();
    const lines = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 400 : 1;
    const { x, y } = place(event);
    // A trackpad's pinch comes as a wheel with Ctrl, in small steps.
    const by = Math.max(-240, Math.min(240, event.deltaY * lines)) * (event.ctrlKey ? 0.012 : 0.0022);
    map.zoom(Math.exp(-by), [x, y]);
  }, { passive: false });

  box.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    map.stop();
    const at = place(event);
    pointers.set(event.pointerId, at);
    box.setPointerCapture(event.pointerId);
    if (pointers.size === 1) {
      start = { ...at, moved: false, framing: event.shiftKey };
      trail = [[event.timeStamp, at.x, at.y]];
    } else if (start) start.moved = true;
  });

  box.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType === "mouse") does.hover(map.unitAt(at.x, at.y));
      return;
    }
    const before = pointers.size === 2 ? pinch() : pointers.get(event.pointerId);
    pointers.set(event.pointerId, at);
    if (pointers.size === 2) {
      const now = pinch();
      map.pan(now.x - before.x, now.y - before.y);
      if (before.apart > 0) map.zoom(now.apart / before.apart, [now.x, now.y]);
      return;
    }
    if (!start || pointers.size > 2) return;
    if (!start.moved && Math.hypot(at.x - start.x, at.y - start.y) < CLICK) return;
    if (!start.moved) does.hover(-1);
    const from = start.moved ? before : start;
    start.moved = true;
    if (start.framing) map.set({ frame: [Math.min(start.x, at.x), Math.min(start.y, at.y), Math.abs(at.x - start.x), Math.abs(at.y - start.y)] });
    else map.pan(at.x - from.x, at.y - from.y);
    trail.push([event.timeStamp, at.x, at.y]);
  });

  const lifted = (event, counts) => {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size) { trail = []; return; }
    const began = start;
    start = null;
    if (!began) return;
    if (map.frame) {
      const frame = map.frame;
      map.set({ frame: null });
      if (counts) does.framed(framedBy(map, frame));
    } else if (began.moved) {
      const recent = trail.filter(([time]) => event.timeStamp - time < HELD);
      const [first, last] = [recent[0], recent.at(-1)];
      if (recent.length > 1 && last[0] > first[0]) map.throw((last[1] - first[1]) / (last[0] - first[0]), (last[2] - first[2]) / (last[0] - first[0]));
    } else if (counts) pressed(event, began);
  };
  box.addEventListener("pointerup", (event) => lifted(event, true));
  box.addEventListener("pointercancel", (event) => lifted(event, false));
  box.addEventListener("pointerleave", () => does.hover(-1));

  function pressed(event, { x, y }) {
    const k = map.unitAt(x, y);
    const twice = lastTap && event.timeStamp - lastTap.time < TWICE && Math.hypot(x - lastTap.x, y - lastTap.y) < 30;
    lastTap = twice ? null : { x, y, time: event.timeStamp };
    clearTimeout(tapping);
    if (twice) { map.glideZoom(2.5, [x, y]); return; }
    if (event.pointerType === "mouse") {
      if (k >= 0) (choosing() || event.shiftKey ? does.choose : does.pick)(k);
      return;
    }
    // A finger's press may be the first of two.
    tapping = setTimeout(() => {
      if (map.scale < FINE) map.glideZoom(Math.max(3, FINE * 1.5 / map.scale), [x, y]);
      else if (k >= 0) (choosing() ? does.choose : does.pick)(k);
    }, TWICE);
  }

  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow && event.shiftKey) map.glide(map.x + arrow[0] * map.size[0] / map.scale / 4, map.y + arrow[1] * map.size[1] / map.scale / 4, map.scale);
    else if (arrow) does.walk(...arrow);
    else if (["+", "="].includes(event.key)) map.glideZoom(STEP, middle(map));
    else if (["-", "_"].includes(event.key)) map.glideZoom(1 / STEP, middle(map));
    else if (["0", "Home"].includes(event.key)) map.fit();
    else if (event.key === "Enter") does.open();
    else if (event.key === " " || event.key === "s") does.choose(map.cursor);
    else return;
    event.preventDefault();
  });
}

/** Zooming by keys keeps the unit that the keys are at where it is. */
function middle(map) {
  if (map.cursor < 0) return undefined;
  const [left, top, side] = map.boxOf(map.cursor);
  return [left + side / 2, top + side / 2];
}

/** The units whose middle lies in this frame of the window. */
function framedBy(map, [left, top, width, height]) {
  const places = [];
  for (let k = 0; k < map.units.count; k += 1) {
    const [x, y, side] = map.boxOf(k);
    const [right, down] = [x + side / 2 - left, y + side / 2 - top];
    if (map.has(k) && right >= 0 && down >= 0 && right <= width && down <= height) places.push(k);
  }
  return places;
}
