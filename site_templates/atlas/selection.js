// The units that were selected, and the study file that asks about them.
import { el, text } from "../dom.js";
import { thumbnail } from "./thumbnail.js";
import { count } from "./units.js";

const SHOWN = 200; // of the selected, as pictures

/** A study's text with these units in it. */
export const studyFile = (study, numbers) => study.replace("{neurons}", numbers.join(", "));

/** A file's name from words that may hold anything. */
export const fileName = (...words) => `${words.join("-").replace(/[^\p{L}\p{N}.]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "") || "atlas"}.toml`;

/** Have the browser save a text. */
export function save(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: "application/toml" }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Reloading the page keeps what was selected, in this tab alone.
const key = (units) => `imetric-atlas:${location.pathname}:${units.folder}`;

/** The places selected earlier in this tab. */
export function remembered(units) {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(key(units)) ?? "[]").map((number) => units.place.get(number)).filter((k) => k !== undefined));
  } catch {
    return new Set();
  }
}

export function remember(units, selected) {
  try {
    sessionStorage.setItem(key(units), JSON.stringify([...selected].map((k) => units.number[k])));
  } catch { /* a browser that keeps nothing: the selection lasts as long as the page */ }
}

/** does: { choose(k), chooseNone() }. Returns { element, update(units, selected, study) }. */
export function selection(does) {
  const element = el("section", { class: "selection", "aria-label": text("selection"), hidden: true });
  let opened = false;
  function update(units, selected, study) {
    element.hidden = selected.size === 0;
    if (!selected.size) return;
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.k : undefined;
    const places = [...selected].sort((one, other) => units.number[one] - units.number[other]);
    const numbers = places.map((k) => units.number[k]);
    const chips = places.slice(0, SHOWN).map((k) => el("li", {},
      el("button", { type: "button", class: "chip", "data-k": k, "aria-label": text("unselect", { number: units.number[k] }), onclick: () => does.choose(k) },
        thumbnail(units, k, 36), el("span", {}, units.number[k]), el("span", { class: "cross", "aria-hidden": "true" }, "×"))));
    const details = el("details", { open: opened, ontoggle: () => { opened = details.open; } },
      el("summary", {}, text("selected", { count: count(places.length) })),
      el("ul", { class: "chips" }, chips),
      places.length > SHOWN ? el("p", { class: "quiet" }, text("selected_more", { count: count(places.length - SHOWN) })) : "");
    element.replaceChildren(details,
      el("div", { class: "selection-actions" },
        el("button", { type: "button", class: "primary", "data-k": "save", onclick: () => save(fileName("study", units.view.network, units.view.layer), studyFile(study, numbers)) }, text("download")),
        el("button", { type: "button", class: "link", "data-k": "none", onclick: () => does.chooseNone() }, text("select_none"))));
    if (focused !== undefined) (element.querySelector(`[data-k="${focused}"]`) ?? element.querySelector("summary")).focus();
  }
  return { element, update };
}
