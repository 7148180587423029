/**
 * The rows that can be scrolled to, as the reader moves among them: more come in at either end, from memory or from
 * where older ones are kept. On the way to the beginning of a long session nothing is drawn until it is there.
 */
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup, untrack } from 'solid-js';
import type { TimelineProps } from './timeline-props.ts';
import { type Row, rowAt } from './timeline-rows.ts';
import {
  around,
  earlier,
  later,
  placesOf,
  type RowWindow,
  trimmed,
  WHOLE,
  within,
} from './timeline-window.ts';

/** More are asked for when so few are left. */
const NEAR_ROWS = 12;

export interface Sight {
  firstIndex: Accessor<number>;
  lastIndex: Accessor<number>;
}

export function createStretch(props: TimelineProps, all: Accessor<readonly Row[]>) {
  const [window, setWindow] = createSignal<RowWindow>(WHOLE, {
    equals: (a, b) => a.first === b.first && a.last === b.last,
  });
  const [rewinding, setRewinding] = createSignal(false);
  const rows = createMemo(() => within(all(), window()), [], { equals: false });
  /** Its end is that of the session. */
  const newest = () => window().last === null;
  /** It leaps: what is in sight is not yet that of the new place. */
  const [leaping, setLeaping] = createSignal(false);
  let frame = 0;
  onCleanup(() => cancelAnimationFrame(frame));
  function leap(to: RowWindow): void {
    setLeaping(true);
    setWindow(to);
    cancelAnimationFrame(frame);
    // The first draws the rows there, the second has scrolled to them.
    frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setLeaping(false));
    });
  }
  const canLoad = () => !props.atBeginning && !props.loadingOlder && !props.olderFault;

  return {
    rows,
    newest,
    rewinding,
    atBeginning: () => props.atBeginning && window().first === null,
    toNewest(): void {
      setRewinding(false);
      if (!newest()) leap(trimmed(all(), WHOLE, all().length));
    },
    /** The place of this event's row among them. -1: not yet; when it is loaded, `rows` will change and have it. */
    reach(seq: number): number {
      const place = rowAt(all(), seq);
      const [begin, end] = placesOf(all(), window());
      if (place >= begin && place < end) return place - begin;
      if (place >= 0) leap(around(all(), place));
      return -1;
    },
    /** Loads all that is before, and then calls; unless it is cancelled. */
    rewind(): void {
      // What is loaded meanwhile is not drawn.
      setWindow((now) => ({ ...now, first: now.first ?? all()[0]?.key ?? null }));
      setRewinding(true);
    },
    cancel: () => setRewinding(false),
    /** Owned. Once it is known what is in sight. */
    follow(sight: Sight, onBeginning: () => void): void {
      createEffect(
        on(all, (list) => {
          const [begin] = placesOf(list, untrack(window));
          setWindow((now) => trimmed(list, now, begin + untrack(sight.firstIndex)));
        }),
      );
      createEffect(() => {
        if (rewinding()) {
          if (props.olderFault) setRewinding(false);
          else if (canLoad()) props.onLoadOlder();
          else if (props.atBeginning) {
            setRewinding(false);
            leap(around(untrack(all), 0));
            onBeginning();
          }
          return;
        }
        if (leaping() || rows().length === 0) return;
        if (sight.firstIndex() < NEAR_ROWS) {
          if (window().first !== null) setWindow((now) => earlier(untrack(all), now));
          else if (canLoad()) props.onLoadOlder();
        } else if (!newest() && sight.lastIndex() >= rows().length - NEAR_ROWS)
          setWindow((now) => later(untrack(all), now));
      });
    },
  };
}
