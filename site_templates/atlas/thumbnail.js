// Small pictures of units, cut out of the map's last tiles.
import { el } from "../dom.js";

const CELL = 8;
const waiting = new WeakMap(); // element -> what fills it
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    waiting.get(target)();
  }
}, { rootMargin: "80px" });

/** The picture of a unit in a square of so many CSS pixels; asked for when it comes into view. */
export function thumbnail(units, k, side) {
  const { view } = units;
  const level = view.levels - 1;
  const along = view.tile / (CELL << level); // cells along a tile
  const [column, row] = units.where(k);
  const box = el("span", { class: "small-picture", "aria-hidden": "true" });
  box.style.width = box.style.height = `${side}px`;
  waiting.set(box, () => {
    const tile = `${units.folder}/tiles/${level}/${Math.floor(column / along)}_${Math.floor(row / along)}.webp`;
    box.style.backgroundImage = `url("${tile}")`;
    box.style.backgroundSize = `${along * side}px`;
    box.style.backgroundPosition = `${-(column % along) * side}px ${-(row % along) * side}px`;
  });
  seen.observe(box);
  return box;
}
