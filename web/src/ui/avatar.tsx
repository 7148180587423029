import { createSignal } from 'solid-js';
import { cx } from './class.ts';

/** White is readable on each, in both themes, and no two are mistaken for one another. */
export const HUES = [235, 25, 145, 305, 70, 185, 345, 265] as const;

function hashHue(id: string): number {
  let hash = 0;
  for (let index = 0; index < id.length; index += 1) hash = (hash * 31 + id.charCodeAt(index)) >>> 0;
  return HUES[hash % HUES.length]!;
}

/**
 * Colours for people who are seen together, in an order in which nobody comes between others later: each has one that
 * nobody before has, as long as there are any, and keeps it when more people come.
 */
export function huesOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const hues = new Map<string, number>();
  let free = new Set<number>(HUES);
  for (const id of ids) {
    if (hues.has(id)) continue;
    if (free.size === 0) free = new Set(HUES);
    const first = hashHue(id);
    const hue = free.has(first) ? first : [...free][0]!;
    free.delete(hue);
    hues.set(id, hue);
  }
  return hues;
}

const [known, setKnown] = createSignal<ReadonlyMap<string, number>>(new Map());

/** The people of the organisation on screen, those who came first at the beginning. */
export const keepColoursApart = (ids: readonly string[]): void => void setKnown(huesOf(ids));

const hueOf = (id: string): number => known().get(id) ?? hashHue(id);

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : [words[0] ?? ''];
  return (
    letters
      .map((word) => [...word][0] ?? '')
      .join('')
      .toUpperCase() || '?'
  );
}

export function Avatar(props: {
  id: string;
  name: string;
  idle?: boolean;
  size?: 'sm' | 'md';
  class?: string;
}) {
  return (
    <span
      aria-hidden="true"
      style={{
        background: `oklch(0.52 0.11 ${hueOf(props.id)})`,
      }}
      class={cx(
        'inline-grid shrink-0 place-items-center rounded-full font-semibold text-white select-none',
        props.size === 'sm' ? 'size-5 text-[9px]' : 'size-6 text-[10px]',
        props.idle && 'opacity-50 grayscale-[0.6]',
        props.class,
      )}
    >
      {initialsOf(props.name)}
    </span>
  );
}
