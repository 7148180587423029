/**
 * Pure: texts of a session that still grow (AG3). A device that joins in mid-token is given them and goes on with
 * deltas. Invariants: what is held is bounded; a delta that comes twice or overlaps changes nothing.
 */
import { EVENT_TEXT_CHARS } from '@porthole/shared/agent-limits';

export interface Partial {
  turn: string;
  item: string;
  kind: 'message' | 'thought';
  /** UTF-16 place of `text` in the whole item. */
  at: number;
  text: string;
}

/** At once in one session: an agent writes one or two. */
export const MAX_PARTIALS = 16;

export class Partials {
  readonly #items = new Map<string, Partial>();

  apply(delta: Partial): void {
    const known = this.#items.get(delta.item);
    this.#items.delete(delta.item);
    const next = known ? joined(known, delta) : { ...delta };
    const over = next.text.length - EVENT_TEXT_CHARS;
    // The end is what is being read; the whole follows with the event.
    if (over > 0) Object.assign(next, { at: next.at + over, text: next.text.slice(over) });
    this.#items.set(delta.item, next);
    if (this.#items.size > MAX_PARTIALS) this.#items.delete(this.#items.keys().next().value!);
  }

  /** The item is stored whole now. */
  finish(item: string): void {
    this.#items.delete(item);
  }

  clear(): void {
    this.#items.clear();
  }

  all(): Partial[] {
    return [...this.#items.values()];
  }
}

function joined(known: Partial, delta: Partial): Partial {
  const place = delta.at - known.at;
  // Something is missing in between, or it is of before what is held: only what comes from here on is known.
  if (place < 0 || place > known.text.length) return { ...delta };
  const end = place + delta.text.length;
  return { ...known, text: known.text.slice(0, place) + delta.text + known.text.slice(end) };
}
