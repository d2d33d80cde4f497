// An atlas: the map, what finds units on it, the page of a unit and the selection; the address tells what is shown.
import { announce, el, embedded, show, text } from "../dom.js";
import { EVERYTHING, filtersSet, readAddress, writeAddress } from "./address.js";
import { finder } from "./find.js";
import { listen } from "./gestures.js";
import { UnitMap } from "./map.js";
import { remember, remembered, selection } from "./selection.js";
import { thumbnail } from "./thumbnail.js";
import { unitPage } from "./unit.js";
import { count, loadUnits } from "./units.js";

const LARGE = 56; // CSS pixels: beside a unit that is smaller, its picture is shown larger
const RESTED = 70; // ms on a unit before its picture is asked for
const LOCATED = 96; // CSS pixels that a unit has at least when it is shown on the map
const WORDS = 100; // ms between looks at whether the map is drawn
const MOVED = 400; // ms after the last move of the map before its place is put into the address

const atlas = embedded("atlas");
const narrow = matchMedia("(max-width: 760px)"); // as in layout.css: one thing at a time
const state = { view: null, unit: null, at: null, filters: EVERYTHING }; // what the address says
let units = null;
let found = []; // places, in the order of the list
let selected = new Set();
let page = null; // of the unit that is open
let choosing = false;
let moving = 0;
let resting = 0;
let back = null; // what has the focus again when the unit's page is closed

// The frame

const button = (name, label, sign, run) => el("button", { type: "button", class: `icon ${name}`, "aria-label": label, title: label, onclick: run }, el("span", { "aria-hidden": "true" }, sign));
const box = el("div", { class: "map", tabindex: "0", role: "application", "aria-label": text("map"), "aria-describedby": "map-keys" });
const tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
const choose = el("button", { type: "button", class: "tool", "aria-pressed": "false", title: text("choosing_hint"), onclick: () => {
  choosing = !choosing;
  choose.setAttribute("aria-pressed", String(choosing));
  stage.classList.toggle("choosing", choosing);
} }, text("choosing"));
const stage = el("div", { class: "stage" }, box, tip, el("p", { class: "hidden-visually", id: "map-keys" }, text("map_keys")));
const tools = el("div", { class: "tools" }, choose,
  el("div", { class: "zoom" }, button("in", text("zoom_in"), "+", () => map.glideZoom(1.8)), button("out", text("zoom_out"), "−", () => map.glideZoom(1 / 1.8)),
    button("all", text("zoom_all"), "⤢", () => map.glide(...map.middle, map.least))));
const aside = el("div", { class: "unit-panel", hidden: true });
const switcher = el("select", { id: "view", onchange: () => go({ view: atlas.views[switcher.selectedIndex], unit: null, at: null, filters: EVERYTHING }) },
  atlas.views.map((view) => el("option", { value: view.id }, `${view.network} · ${view.layer}`)));
const extent = el("p", { class: "facts" });
const tab = (name) => el("button", { type: "button", "data-tab": name, "aria-pressed": String(name === "map"), onclick: () => turn(name) }, text(`tab_${name}`));
const tabs = el("div", { class: "tabs", role: "group", "aria-label": text("tabs") }, tab("map"), tab("find"));

function turn(name) {
  document.body.dataset.tab = name;
  for (const each of tabs.children) each.setAttribute("aria-pressed", String(each.dataset.tab === name));
}

const find = finder({
  filter: (filters, committed) => go({ filters }, committed),
  pick: (k) => pick(k, document.activeElement),
  choose: (k) => toggle([k]),
  chooseFound: () => toggle(found, true),
  point: (k) => map.set({ hovered: k }),
});
const chosen = selection({ choose: (k) => toggle([k]), chooseNone: () => { toggle([...selected], false); box.focus(); } });
const map = new UnitMap(box, () => {
  tip.hidden = true;
  clearTimeout(moving);
  moving = setTimeout(() => { if (map.touched !== Boolean(state.at) || map.touched) go({ at: map.touched ? [map.x, map.y, map.scale] : null }, false); }, MOVED);
});

listen(map, {
  pick: (k) => pick(k, box),
  choose: (k) => k >= 0 && toggle([k]),
  framed: (places) => places.length && toggle(places, true),
  hover,
  walk,
  open: () => map.cursor >= 0 && pick(map.cursor, box),
}, () => choosing);
box.addEventListener("focus", () => {
  if (!box.matches(":focus-visible") || !units) return;
  if (map.cursor < 0) map.set({ cursor: map.open >= 0 ? map.open : nearestToMiddle() });
  tell(map.cursor);
});
box.addEventListener("blur", () => { tip.hidden = true; map.set({ cursor: -1 }); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.unit !== null) close();
});

// The map under pointer and keys

function point(k) {
  clearTimeout(resting);
  tip.hidden = k < 0;
  if (k < 0) return;
  const [name, ...rest] = facts(k);
  const words = el("span", { class: "tip-words" }, el("b", {}, name), rest.map((each) => el("span", {}, each)));
  if (map.scale < LARGE) {
    const place = el("span", { class: "small-picture place" });
    tip.replaceChildren(place, words);
    resting = setTimeout(() => place.replaceWith(thumbnail(units, k, 96)), RESTED);
  } else tip.replaceChildren(words);
  const [left, top, side] = map.boxOf(k);
  const { width, height } = tip.getBoundingClientRect();
  const above = top - height - 8 >= 0;
  tip.style.left = `${Math.max(6, Math.min(left + side / 2 - width / 2, map.size[0] - width - 6))}px`;
  tip.style.top = `${above ? top - height - 8 : Math.min(top + side + 8, map.size[1] - height - 6)}px`;
}

function hover(k) {
  if (map.hovered === k) return;
  box.style.cursor = k >= 0 ? "pointer" : "";
  map.set({ hovered: k });
  point(k);
}

const facts = (k) => [...units.facts(k), ...(selected.has(k) ? [text("is_selected")] : [])];
const tell = (k) => announce(k < 0 ? text("found_none", { total: count(units.count) }) : facts(k).join(" · "));

function nearestToMiddle() {
  let nearest = -1;
  let least = Infinity;
  for (const k of found) {
    const [x, y] = units.where(k);
    const away = Math.hypot(x + 0.5 - map.x, y + 0.5 - map.y);
    if (away < least) [nearest, least] = [k, away];
  }
  return nearest;
}

function walk(right, down) {
  const to = map.cursor < 0 ? nearestToMiddle() : units.beside(map.cursor, right, down, (k) => map.has(k));
  if (to < 0) return;
  map.set({ cursor: to });
  map.reach(to);
  tell(to);
  point(to);
}

// What changes

function toggle(places, on = !places.every((k) => selected.has(k))) {
  selected = new Set(selected);
  for (const k of places) on ? selected.add(k) : selected.delete(k);
  remember(units, selected);
  drawSelection();
  drawFound();
  announce(text(selected.size ? "selected" : "selected_none", { count: count(selected.size) }));
}

function drawFound() {
  tabs.lastChild.textContent = filtersSet(state.filters) ? text("tab_found", { count: count(found.length) }) : text("tab_find");
  find.update({ filters: state.filters, found, open: map.open, selected });
}

function drawSelection() {
  map.set({ selected });
  chosen.update(units, selected, atlas.study[atlas.views.indexOf(state.view)]);
  page?.update(selected);
}

function pick(k, from = null) {
  if (state.unit === null) back = from;
  go({ unit: units.number[k] });
}

function close() {
  go({ unit: null });
  (back?.isConnected ? back : box).focus({ preventScroll: true });
}

/** Change what the address says and show it. A committed change is one that the back button takes back. */
function go(change, committed = true) {
  const next = { ...state, ...change };
  const address = writeAddress(next, atlas);
  const same = address === (location.hash || "#");
  if (!same) history[committed ? "pushState" : "replaceState"](null, "", address === "#" ? location.pathname + location.search : address);
  follow(next, false);
}

async function follow(next, placed = true) {
  const before = { ...state };
  Object.assign(state, next);
  if (state.view !== before.view) {
    if (!(await begin())) return;
  } else if (!units) return; // still on its way: begin() shows what the address says by then
  if (state.filters !== before.filters || state.view !== before.view) search();
  if (placed && state.at && String(state.at) !== String(before.at)) map.go(...state.at);
  else if (placed && !state.at && before.at) map.fit();
  openUnit(before);
  if (state.view !== before.view) drawSelection();
  drawFound();
}

function search() {
  found = units.found(state.filters);
  map.mark(filtersSet(state.filters) ? found : null);
}

/** Once the map is drawn, load what people said of its units, and look again for what was typed. */
function loadWords(of) {
  if (units !== of) return;
  if (box.dataset.drawn !== "all") setTimeout(loadWords, WORDS, of);
  else of.loadWords().then(() => {
    if (units !== of) return;
    find.say();
    if (!state.filters.words) return;
    search();
    drawFound();
  }, () => notice(text("words_failed")));
}

/** Load the view that the address names; whether it is still wanted when it is here. */
async function begin() {
  const { view } = state;
  units = null;
  stage.inert = tools.inert = true; // until there is a map to move
  clearTimeout(moving); // what the address says of the place is the new view's
  switcher.selectedIndex = atlas.views.indexOf(view);
  document.body.setAttribute("aria-busy", "true");
  let loaded;
  try {
    loaded = await loadUnits(view);
  } catch {
    notice(text("units_failed"), " ", el("button", { type: "button", class: "link", onclick: () => location.reload() }, text("again")));
    return false;
  }
  if (state.view !== view) return false;
  document.body.removeAttribute("aria-busy");
  units = loaded;
  extent.textContent = text("facts", { units: count(view.units), pictures: count(view.pictures) });
  selected = remembered(units);
  find.show(units);
  map.show(units);
  if (view.scored.words) setTimeout(loadWords, WORDS, units);
  stage.inert = tools.inert = false;
  if (state.at) map.go(...state.at);
  return true;
}

/** Show a unit in the middle of the map; on a phone its page makes room for it. */
function locate(k) {
  if (narrow.matches) {
    turn("map");
    close();
    box.focus({ preventScroll: true });
    map.set({ cursor: k });
  }
  map.glide(...units.where(k).map((value) => value + 0.5), Math.max(map.scale, LOCATED));
}

/** Tell something above the page; nothing takes back what was told. */
function notice(...parts) {
  document.getElementById("notices").replaceChildren(...(parts.length ? [el("p", { class: "notice" }, parts)] : []));
}

function openUnit(before) {
  const k = state.unit === null ? -1 : (units.place.get(state.unit) ?? -1);
  notice(...(state.unit !== null && k < 0 ? [text("no_such_unit", { number: state.unit })] : []));
  if (k === map.open && (k < 0) === aside.hidden && before.view === state.view) return;
  map.set({ open: k });
  const opened = aside.hidden && k >= 0;
  aside.hidden = k < 0;
  document.body.classList.toggle("reading", k >= 0);
  document.title = k < 0 ? atlas.title : `${text("unit", { number: state.unit })} · ${atlas.title}`;
  if (k < 0) {
    page = null;
    aside.replaceChildren();
    return;
  }
  page = unitPage(units, k, {
    close, choose: (of) => toggle([of]), link: (of) => writeAddress({ ...state, unit: units.number[of] }, atlas),
    locate,
    step: (by) => {
      const at = found.indexOf(k);
      const to = found[(at < 0 ? Math.min(by, 0) + found.length : at + by + found.length) % found.length];
      if (to !== undefined) go({ unit: units.number[to] });
    },
  });
  page.update(selected);
  aside.replaceChildren(page.element);
  aside.scrollTop = 0;
  // The window of the map changes with the panel; its unit must not lie under it.
  requestAnimationFrame(() => { if (map.open === k && (opened || !before.view || state.unit !== before.unit)) map.reach(k); });
  if (before.view) page.heading.focus({ preventScroll: true }); // not where a link opens it with the whole page
}

show(
  el("header", { class: "top" }, el("h1", {}, atlas.title),
    atlas.views.length > 1 ? el("div", { class: "views" }, el("label", { class: "hidden-visually", for: "view" }, text("view")), switcher)
      : el("p", { class: "one-view" }, `${atlas.views[0].network} · ${atlas.views[0].layer}`), extent, tools),
  el("div", { class: "side" }, find.element, chosen.element), stage, aside, tabs);
turn("map");
addEventListener("popstate", () => follow(readAddress(location.hash, atlas)));
follow(readAddress(location.hash, atlas));
