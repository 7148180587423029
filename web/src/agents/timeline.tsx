/**
 * The timeline of a session. Only what is in sight is in the document. It stays at the end while it is there, and
 * otherwise keeps its place whatever arrives, above or below (UI.md: nothing jumps).
 */
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, untrack } from 'solid-js';
import { createClock, createFolds, TimelineContext, type TimelineScope } from './timeline-context.ts';
import { createTimelineFocus } from './timeline-focus.ts';
import { Beginning, LiveState, Pills, Working } from './timeline-frame.tsx';
import type { TimelineProps } from './timeline-props.ts';
import { TimelineRow } from './timeline-row.tsx';
import { liveRows, type Row, rowsOf, sameRow } from './timeline-rows.ts';
import { createStretch } from './timeline-stretch.ts';
import { createVirtualRows } from './timeline-virtual.ts';
import './timeline.css';

/** Two columns of code need so much. px */
const SPLIT_FROM_PX = 860;

export function Timeline(props: TimelineProps) {
  let scroller!: HTMLDivElement;
  const [width, setWidth] = createSignal(0);
  const scope: TimelineScope = {
    props,
    ...createFolds(),
    now: createClock(),
    wide: () => width() >= SPLIT_FROM_PX,
    nameOf: (person) =>
      person === null ? 'Somebody' : (props.members.get(person)?.name ?? 'A former member'),
  };

  const all = createMemo<Row[]>(() => {
    void props.version;
    return rowsOf(props.entries, props.lastRead);
  });
  const stretch = createStretch(props, all);
  const settled = stretch.rows;
  // Those whose finished entry is here already have nothing left to show.
  const growing = createMemo(() => {
    if (props.partials.length === 0 || !stretch.newest()) return [];
    const finished = new Set(
      settled()
        .slice(-50)
        .map(({ key }) => key),
    );
    return liveRows(props.partials, props.head.seq).filter(({ key }) => !finished.has(key));
  });
  const liveKeys = createMemo(() => growing().map(({ key }) => key), [], { equals: sameList });
  // A text that grows is the same list of rows: only its own row is drawn again.
  const rows = createMemo<readonly Row[]>(() => {
    const keys = liveKeys();
    return keys.length === 0 ? settled() : [...settled(), ...untrack(growing)];
  });
  const places = createMemo(() => new Map(rows().map(({ key }, index) => [key, index])));
  const rowOf = (key: string): Row | undefined =>
    growing().find((row) => row.key === key) ?? rows()[places().get(key) ?? -1];

  const virtual = createVirtualRows(rows, () => scroller, props.focusSeq === null, stretch.newest);
  const focus = createTimelineFocus({
    ...{ rows, places, virtual, scroller: () => scroller },
    toFirst: () => (stretch.atBeginning() ? focus.go(0) : stretch.rewind()),
    toLast() {
      toEnd();
      focus.go(rows().length - 1);
    },
  });
  function toEnd(): void {
    stretch.toNewest();
    virtual.toEnd();
  }

  onMount(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(scroller);
    onCleanup(() => observer.disconnect());
    if (props.focusSeq === null) virtual.toEnd();
  });

  stretch.follow(virtual, () => focus.go(0));
  createEffect(on(() => props.sent, toEnd, { defer: true }));

  // ── a link that led here ──
  const [marked, setMarked] = createSignal<string | null>(null);
  let pending: number | null = null;
  createEffect(
    on(
      () => props.focusSeq,
      (seq) => {
        pending = seq;
      },
    ),
  );
  createEffect(
    on([() => props.focusSeq, rows], () => {
      const index = pending === null ? -1 : stretch.reach(pending);
      const row = rows()[index];
      if (!row) return;
      if (row.kind === 'work' && row.seq !== pending) scope.setOpen(row.key, true);
      pending = null;
      setMarked(row.key);
      virtual.toIndex(index, 'start');
    }),
  );

  // ── what is new ──
  const lastSeq = createMemo(() => all().findLast(({ kind }) => kind !== 'end')?.seq ?? 0);
  const [seen, setSeen] = createSignal(0);
  createEffect(() => {
    // What is there when it is opened is not new, unless it was not there the last time.
    if (untrack(seen) === 0 && props.head.seq > 0) setSeen(props.lastRead ?? props.head.seq);
    if (!virtual.atEnd() || document.visibilityState === 'hidden') return;
    setSeen(props.head.seq);
    if (lastSeq() > 0) props.onRead?.(props.head.seq);
  });
  const news = createMemo(() => (virtual.atEnd() ? 0 : countAfter(all(), seen())));
  const [unreadSeen, setUnreadSeen] = createSignal(false);
  const unreadAbove = createMemo(() => {
    const index = places().get('unread');
    return index !== undefined && index < virtual.firstIndex() && !unreadSeen() ? index : null;
  });

  return (
    <TimelineContext value={scope}>
      <div class="relative min-h-0 min-w-0 flex-1 self-stretch">
        <div
          ref={scroller}
          role="feed"
          aria-label="Timeline"
          aria-busy={props.loadingOlder}
          tabindex="0"
          class="tl pane-scroll absolute inset-0"
          onWheel={stretch.cancel}
          onPointerDown={stretch.cancel}
          onKeyDown={(event) => {
            stretch.cancel();
            focus.onKeyDown(event);
          }}
          onFocusIn={focus.onFocusIn}
        >
          <div class="relative w-full" style={{ height: `${virtual.total()}px` }}>
            <Beginning first={stretch.atBeginning()} />
            <div class="absolute inset-x-0 top-0" style={{ transform: `translateY(${virtual.offset()}px)` }}>
              <For each={virtual.keys()}>
                {(key) => (
                  <TimelineRow
                    rowKey={key}
                    row={createMemo(() => rowOf(key), undefined, { equals: sameRow })}
                    index={() => places().get(key) ?? -1}
                    count={() => (stretch.atBeginning() && stretch.newest() ? rows().length : -1)}
                    active={() => focus.active() === key}
                    marked={() => marked() === key}
                    measure={virtual.measure}
                    forget={(element) => {
                      focus.keepFrom(element);
                      virtual.forget();
                    }}
                  />
                )}
              </For>
            </div>
          </div>
          <Working />
        </div>
        <Pills
          atEnd={virtual.atEnd()}
          news={news()}
          unread={unreadAbove() !== null}
          left={stretch.rewinding() ? (props.entries[0]?.seq ?? 0) : null}
          onStay={stretch.cancel}
          onEnd={toEnd}
          onUnread={() => {
            virtual.toIndex(unreadAbove()!, 'start');
            setUnreadSeen(true);
          }}
        />
        <LiveState />
      </div>
    </TimelineContext>
  );
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((key, at) => key === b[at]);

function countAfter(rows: readonly Row[], seq: number): number {
  let count = 0;
  for (let at = rows.length - 1; at >= 0 && rows[at]!.seq > seq; at -= 1)
    if (rows[at]!.kind !== 'unread') count += 1;
  return count;
}
