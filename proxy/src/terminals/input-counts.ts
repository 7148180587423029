/**
 * How many input bytes of each viewer id the PTY was given, across its reconnects (TR9). Pure: a bounded map.
 * Invariant: a count belongs to one person; another who names the same viewer id learns nothing of it.
 */

/** Viewers remembered per terminal; the one that typed longest ago is forgotten first. */
const MAX_COUNTS = 256;

export class InputCounts {
  #counts = new Map<string, number>();

  of(viewer: string, userId: string): number {
    return this.#counts.get(`${userId} ${viewer}`) ?? 0;
  }

  add(viewer: string, userId: string, bytes: number): number {
    const key = `${userId} ${viewer}`;
    const count = (this.#counts.get(key) ?? 0) + bytes;
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > MAX_COUNTS) {
      const [oldest] = this.#counts.keys();
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    return count;
  }
}
