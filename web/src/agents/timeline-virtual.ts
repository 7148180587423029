/**
 * TanStack's virtualizer over rows with keys, for Solid. Rows on screen stand in the document's own flow, one after
 * another, and are shifted as one: a row that grows moves those below it in the same frame. Elements belong to keys, so
 * that a page of older rows put before them neither makes them anew nor moves them.
 */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/solid-virtual';
import {
  type Accessor,
  batch,
  createComputed,
  createEffect,
  createSignal,
  on,
  onCleanup,
  onMount,
} from 'solid-js';
import { estimatedHeight, type Row } from './timeline-rows.ts';

/** As near as this to the end counts as being there. px */
export const AT_END_PX = 48;
/** Above the first row: what says that older ones are coming. px */
export const TOP_PX = 56;
const BOTTOM_PX = 24;
const OVERSCAN = 6;

export interface VirtualRows {
  keys: Accessor<readonly string[]>;
  /** Where the first of `keys` stands; px from the top. */
  offset: Accessor<number>;
  total: Accessor<number>;
  firstIndex: Accessor<number>;
  lastIndex: Accessor<number>;
  atEnd: Accessor<boolean>;
  /** To be called with a row's element once it is in the document. */
  measure: (element: HTMLElement) => void;
  forget: () => void;
  toEnd: (smooth?: boolean) => void;
  /** To the top, with what stands before the first row. */
  toStart: () => void;
  toIndex: (index: number, align?: 'start' | 'center' | 'auto') => void;
}

/**
 * `atEndFirst`: it opens at its end; otherwise at its beginning, until it is told where to go. `newest`: what comes
 * after the last row is new; otherwise it was there before and only comes into sight, which is not followed.
 */
export function createVirtualRows(
  rows: Accessor<readonly Row[]>,
  scroller: () => HTMLElement,
  atEndFirst: boolean,
  newest: Accessor<boolean>,
): VirtualRows {
  const [keys, setKeys] = createSignal<readonly string[]>([], { equals: sameKeys });
  const [offset, setOffset] = createSignal(0);
  const [total, setTotal] = createSignal(0);
  const [range, setRange] = createSignal({ first: 0, last: -1 }, { equals: sameRange });
  const [atEnd, setAtEnd] = createSignal(atEndFirst);
  let mounted = false;
  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>(options(rows()));

  function options(list: readonly Row[]): VirtualizerOptions<HTMLElement, HTMLElement> {
    const estimate = (index: number) => estimatedHeight(list[index], virtualizer?.scrollRect?.width || 720);
    return {
      count: list.length,
      getScrollElement: () => (mounted ? scroller() : null),
      estimateSize: estimate,
      getItemKey: (index) => list[index]?.key ?? index,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      // Never by asking the layout, row by row: the observer tells all of them at once, before anything is painted.
      measureElement: (element, entry, { options: { getItemKey }, itemSizeCache }) => {
        const index = Number(element.dataset.index);
        const observed = entry?.borderBoxSize[0]?.blockSize;
        return observed ?? itemSizeCache.get(getItemKey(index)) ?? estimate(index);
      },
      overscan: OVERSCAN,
      // Further than there is: the browser goes to the end, and only what is there is ever made.
      initialOffset: () => (atEndFirst ? virtualizer.getTotalSize() : 0),
      paddingStart: TOP_PX,
      paddingEnd: BOTTOM_PX,
      anchorTo: 'end',
      followOnAppend: newest(),
      scrollEndThreshold: AT_END_PX,
      onChange: () => {
        publish();
        virtualizer._willUpdate();
      },
    };
  }

  function publish(): void {
    if (!mounted) return void setTotal(virtualizer.getTotalSize());
    noteUnscrolled();
    const items = virtualizer.getVirtualItems();
    batch(() => {
      setKeys(items.map(({ key }) => String(key)));
      setOffset(items[0]?.start ?? TOP_PX);
      setTotal(virtualizer.getTotalSize());
      setRange({ first: items[0]?.index ?? 0, last: items.at(-1)?.index ?? -1 });
    });
  }

  /**
   * Rows that fit are nowhere but at the top, and no event says so to a list that was to open at its end: it would look
   * for that end in each frame of the next five seconds, whenever something is added.
   */
  function noteUnscrolled(): void {
    const { scrollRect, scrollElement } = virtualizer;
    if (!scrollRect || !scrollElement || virtualizer.getTotalSize() > scrollRect.height) return;
    virtualizer.scrollOffset = scrollElement.scrollTop;
  }

  /** Only who scrolls leaves the end; whatever else moves it (a keyboard, a longer queue below) is followed. */
  function look(scrolled: boolean): void {
    const there = newest() && virtualizer.isAtEnd(AT_END_PX);
    if (there || scrolled) setAtEnd(there);
    else if (atEnd()) virtualizer.scrollToEnd();
  }

  /** As somebody who scrolls: or the end would be gone back to before it is left. */
  function leaveEnd(scroll: () => void): void {
    setAtEnd(false);
    scroll();
    requestAnimationFrame(() => look(true));
  }

  createComputed(() => {
    virtualizer.setOptions(options(rows()));
    publish();
  });
  // After the rows are in the document: it has the height then that the new place needs.
  createEffect(
    on(
      rows,
      () => {
        virtualizer._willUpdate();
        look(false);
      },
      { defer: true },
    ),
  );
  onMount(() => {
    mounted = true;
    onCleanup(virtualizer._didMount());
    virtualizer._willUpdate();
    publish();
    const element = scroller();
    const onScroll = () => look(true);
    element.addEventListener('scroll', onScroll, { passive: true });
    const observer = new ResizeObserver(() => look(false));
    observer.observe(element);
    onCleanup(() => {
      element.removeEventListener('scroll', onScroll);
      observer.disconnect();
    });
  });

  return {
    ...{ keys, offset, total, atEnd },
    firstIndex: () => range().first,
    lastIndex: () => range().last,
    measure: (element) => virtualizer.measureElement(element),
    forget: () => queueMicrotask(() => virtualizer.measureElement(null)),
    toEnd: (smooth = false) => virtualizer.scrollToEnd({ behavior: smooth ? 'smooth' : 'auto' }),
    toStart: () => leaveEnd(() => virtualizer.scrollToOffset(0)),
    toIndex: (index, align = 'start') => leaveEnd(() => virtualizer.scrollToIndex(index, { align })),
  };
}

const sameKeys = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((key, at) => key === b[at]);
const sameRange = (a: { first: number; last: number }, b: { first: number; last: number }) =>
  a.first === b.first && a.last === b.last;
