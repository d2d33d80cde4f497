// Pictures that the map draws: asked for a few at a time, the nearest first, and forgotten when there are too many.

const AT_ONCE = 8; // requests on their way
const AGAIN = 4000; // ms before a picture that failed is asked for again

/** The address of a picture -> its pixels, decoded aside so that drawing never waits. */
export async function bitmap(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return createImageBitmap(await response.blob());
}

export class Cache {
  /** load(key) -> promise of a bitmap, of nothing where there is none; most: how many are kept; arrived: called when one came, or did not. */
  constructor(load, most, arrived) {
    Object.assign(this, { load, most, arrived });
    this.kept = new Map(); // key -> bitmap, the least recently used first
    this.loading = new Set();
    this.failed = new Map(); // key -> when; for ever: there is none
    this.wanted = [];
    this.closed = false;
  }

  /** The bitmap if it is here. */
  get(key) {
    const found = this.kept.get(key);
    if (found) {
      this.kept.delete(key);
      this.kept.set(key, found);
    }
    return found;
  }

  /** These are needed, in this order; what was wanted before and has not been asked for yet no longer is. */
  want(keys) {
    this.wanted = keys.filter((key) => !this.kept.has(key) && !this.loading.has(key));
    this.next();
  }

  /** Whether everything wanted is here. */
  get idle() { return this.loading.size === 0 && this.wanted.length === 0; }

  close() {
    this.closed = true;
    this.wanted = [];
    for (const found of this.kept.values()) found.close();
    this.kept.clear();
  }

  next() {
    while (this.loading.size < AT_ONCE && this.wanted.length) {
      const key = this.wanted.shift();
      if (performance.now() - (this.failed.get(key) ?? -AGAIN) < AGAIN) continue;
      this.loading.add(key);
      this.load(key).then((found) => this.keep(key, found), () => this.failed.set(key, performance.now())).finally(() => {
        this.loading.delete(key);
        this.next();
        if (!this.closed) this.arrived();
      });
    }
  }

  keep(key, found) {
    if (this.closed) { found?.close(); return; }
    if (!found) { this.failed.set(key, Infinity); return; }
    this.kept.set(key, found);
    for (const [old, pixels] of this.kept) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(old);
      pixels.close();
    }
  }
}
