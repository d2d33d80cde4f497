// The units of a view: what is known of all of them, which of them are found, and the record of each.
import { text } from "../dom.js";
import { RANGES } from "./address.js";

const NUMBERS = /^[\s,#]*\d+(\s*[-–]\s*\d+)?([\s,#]+\d+(\s*[-–]\s*\d+)?)*[\s,]*$/; // 12 · 3, 5 · 10-20

async function json(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}

const PLACE = Object.fromEntries([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].map((digit, at) => [digit, at]));
const SCALE = 1000; // of shares

/** A column as it comes, so many whole numbers to the base of 64, all of as many digits -> the numbers. */
export function unpacked(digits, count) {
  const width = digits.length / count;
  return Array.from({ length: count }, (_, k) => {
    let value = 0;
    for (let at = k * width; at < (k + 1) * width; at += 1) value = value * 64 + PLACE[digits[at]];
    return value;
  });
}

/** A view -> its Units, once their columns are here. */
export async function loadUnits(view) {
  const columns = await json(`${view.id}/units.json`);
  const numbers = (name) => unpacked(columns[name], columns.top.length);
  const shares = (name) => columns[name] && numbers(name).map((value) => (value ? (value - 1) / SCALE : null));
  return new Units(view, {
    ...columns, cell: numbers("cell"), class: numbers("class").map((value) => value - 1), share: numbers("share"), passes: numbers("passes"),
    ...Object.fromEntries(["path", "machine", "people"].map((name) => [name, shares(name)])),
  });
}

export class Units {
  /** columns: those of units.json; a unit is meant by its place in them, from 0 to count - 1. */
  constructor(view, columns) {
    Object.assign(this, columns);
    this.view = view;
    this.count = columns.cell.length;
    this.number = columns.unit ?? Array.from({ length: this.count }, (_, k) => k);
    this.place = new Map(this.number.map((number, k) => [number, k])); // number -> place
    this.at = new Int32Array(view.grid * view.grid).fill(-1); // cell -> place
    columns.cell.forEach((cell, k) => { this.at[cell] = k; });
    this.words = null; // what people said of each, once it is here
    this.names = view.classes.map((name) => name.toLowerCase());
    this.records = new Map(); // place -> promise
  }

  /** Folder of the view's files. */
  get folder() { return this.view.id; }

  className(k) { return this.class[k] < 0 ? "" : this.view.classes[this.class[k]]; }

  dead(k) { return this.class[k] < 0; }

  /** Column and row of a unit's cell. */
  where(k) { return [this.cell[k] % this.view.grid, Math.floor(this.cell[k] / this.view.grid)]; }

  /** Load what people said, which may be as much as all else: when the map is there. */
  async loadWords() {
    this.words = await json(`${this.folder}/words.json`);
    this.written = this.words.map((words) => words.toLowerCase());
  }

  /** The record of a unit; asked for once, and again after a failure. */
  record(k) {
    if (!this.records.has(k)) {
      const number = this.number[k];
      const asked = json(`${this.folder}/units/${Math.floor(number / 100)}/${number}.json`);
      asked.catch(() => this.records.delete(k));
      this.records.set(k, asked);
    }
    return this.records.get(k);
  }

  /** The places of the units that the filters let through, in their order. */
  found(filters) {
    const tests = [this.searched(filters.words)];
    const of = this.view.classes.indexOf(filters.class);
    if (of >= 0) tests.push((k) => this.class[k] === of);
    if (filters.passes) tests.push((k) => this.passes[k] === Number(filters.passes));
    for (const name of RANGES) {
      const [from, to] = filters[name];
      const column = this[name];
      if (from !== null) tests.push((k) => column?.[k] != null && column[k] >= from);
      if (to !== null) tests.push((k) => column?.[k] != null && column[k] <= to);
    }
    const found = [];
    for (let k = 0; k < this.count; k += 1) if (tests.every((test) => test(k))) found.push(k);
    const column = filters.sort === "number" ? null : this[filters.sort];
    if (column) found.sort((one, other) => (column[other] ?? -1) - (column[one] ?? -1) || one - other);
    return found;
  }

  /** What is typed -> whether a unit is meant: numbers and ranges of them, else parts of its class or of people's words. */
  searched(typed) {
    const sought = typed.trim().toLowerCase();
    if (!sought) return () => true;
    if (NUMBERS.test(sought)) {
      const ranges = [...sought.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)].map(([, from, to]) => [Number(from), Number(to ?? from)]);
      return (k) => ranges.some(([from, to]) => this.number[k] >= from && this.number[k] <= to);
    }
    const fitting = this.names.map((name) => name.includes(sought));
    return (k) => fitting[this.class[k]] || Boolean(this.written?.[k].includes(sought));
  }

  /** The unit in the nearest cell in a direction, of those that `allowed` says; -1: none. Sideways counts twice. */
  beside(k, right, down, allowed) {
    const [column, row] = this.where(k);
    let nearest = -1;
    let least = Infinity;
    for (let other = 0; other < this.count; other += 1) {
      if (other === k || !allowed(other)) continue;
      const [x, y] = this.where(other);
      const ahead = (x - column) * right + (y - row) * down;
      const aside = Math.abs((x - column) * down) + Math.abs((y - row) * right);
      if (ahead <= 0 || aside > ahead) continue;
      if (ahead + 2 * aside < least) [nearest, least] = [other, ahead + 2 * aside];
    }
    return nearest;
  }

  /** What there is to say of a unit in a few words. */
  facts(k) {
    const parts = [text("unit", { number: this.number[k] })];
    parts.push(this.dead(k) ? text("never") : text("of_class", { class: this.className(k), share: this.share[k] }));
    if (!this.dead(k)) parts.push(text("activation_short", { value: figure(this.top[k]) }));
    for (const name of ["machine", "people"]) if (this[name]?.[k] != null) parts.push(text(`${name}_short`, { share: percent(this[name][k]) }));
    return parts;
  }
}

const language = document.documentElement.lang || "en";
const RAISED = Object.fromEntries([..."-0123456789"].map((sign, at) => [sign, [..."⁻⁰¹²³⁴⁵⁶⁷⁸⁹"][at]]));
const figures = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const counts = new Intl.NumberFormat(language);
const shares = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });

/** An activation with three significant digits; very small and very large ones in powers of ten. */
export function figure(value) {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e6)) return figures.format(value);
  const [digits, power] = value.toExponential(1).split("e");
  const raised = power.replace("+", "").replace(/./g, (sign) => RAISED[sign]);
  return `${figures.format(Number(digits))}×10${raised}`;
}
export const count = (value) => counts.format(value);
export const percent = (value) => shares.format(value);
