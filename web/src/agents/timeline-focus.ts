/**
 * Keys in the timeline: j/k or the arrows go from row to row, Enter unfolds, Home and End. What is in a row (buttons,
 * text that scrolls) keeps its own keys. The row that has the focus may leave the document when it is scrolled away:
 * the timeline itself takes it then, and the keys go on from there.
 */
import { type Accessor, createSignal } from 'solid-js';
import type { Row } from './timeline-rows.ts';
import type { VirtualRows } from './timeline-virtual.ts';

export interface TimelineFocus {
  active: Accessor<string | null>;
  /** To this row, wherever it is. */
  go: (index: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocusIn: (event: FocusEvent) => void;
  /** Before an element of it leaves the document: the focus would go with it, to nowhere. */
  keepFrom: (element: HTMLElement) => void;
}

export function createTimelineFocus(timeline: {
  rows: Accessor<readonly Row[]>;
  places: Accessor<ReadonlyMap<string, number>>;
  virtual: VirtualRows;
  scroller: () => HTMLElement;
  /** Home and End: of the session, not only of what is here. */
  toFirst: () => void;
  toLast: () => void;
}): TimelineFocus {
  const { rows, places, virtual, scroller } = timeline;
  const [active, setActive] = createSignal<string | null>(null);

  const elementOf = (key: string) =>
    [...scroller().querySelectorAll<HTMLElement>('[data-row]')].find(
      (element) => element.dataset.row === key,
    );

  function go(index: number): void {
    const to = Math.max(0, Math.min(rows().length - 1, index));
    const row = rows()[to];
    if (!row) return;
    setActive(row.key);
    const element = elementOf(row.key);
    if (element) {
      element.focus({ preventScroll: true });
      if (to === 0) virtual.toStart();
      else element.scrollIntoView({ block: 'nearest' });
      return;
    }
    scroller().focus({ preventScroll: true });
    if (to === 0) virtual.toStart();
    else virtual.toIndex(to, 'auto');
    requestAnimationFrame(() => elementOf(row.key)?.focus({ preventScroll: true }));
  }

  /** From the row that has the focus; else from the end, where one looks. */
  function step(by: 1 | -1): void {
    const known = active() === null ? undefined : places().get(active()!);
    go(known === undefined ? virtual.lastIndex() - (by === 1 ? 0 : 1) : known + by);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const onRow = target === scroller() || target.hasAttribute('data-row');
    const inButton = target instanceof HTMLButtonElement && target.hasAttribute('data-toggle');
    if (!onRow && !inButton) return;
    switch (event.key) {
      case 'j':
      case 'ArrowDown':
        step(1);
        break;
      case 'k':
      case 'ArrowUp':
        step(-1);
        break;
      case 'Home':
        timeline.toFirst();
        break;
      case 'End':
        timeline.toLast();
        break;
      case 'Enter': {
        const toggle =
          onRow && target !== scroller() ? target.querySelector<HTMLElement>('[data-toggle]') : null;
        if (!toggle) return;
        toggle.click();
        break;
      }
      default:
        return;
    }
    event.preventDefault();
  }

  function onFocusIn(event: FocusEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    if (row?.dataset.row) setActive(row.dataset.row);
  }

  function keepFrom(element: HTMLElement): void {
    if (element.contains(document.activeElement)) scroller().focus({ preventScroll: true });
  }

  return { active, go, onKeyDown, onFocusIn, keepFrom };
}
