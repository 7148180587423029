/** Selecting by finger: a long press takes the word, two handles move its ends, a menu copies. */
import type { Terminal } from '@xterm/xterm';
import { createSignal, onCleanup, Show } from 'solid-js';
import type { Size } from './fit.ts';
import { type Cell, dragEnd, lengthOf, type Span, wordAt } from './selection.ts';

export function createTouchSelection(
  terminal: () => Terminal | undefined,
  cell: () => Size,
  grid: () => HTMLElement,
) {
  const [span, setSpan] = createSignal<Span | null>(null);
  /** Changes as lines scroll, so that handles follow. */
  const [top, setTop] = createSignal(0);

  function cellAt(x: number, y: number): Cell | null {
    const target = terminal();
    if (!target) return null;
    const box = grid().getBoundingClientRect();
    const { width, height } = cell();
    const column = Math.floor((x - box.left) / width);
    const row = Math.floor((y - box.top) / height);
    return {
      x: Math.min(target.cols - 1, Math.max(0, column)),
      y: Math.min(target.rows - 1, Math.max(0, row)) + target.buffer.active.viewportY,
    };
  }

  function show(next: Span): void {
    const target = terminal();
    if (!target) return;
    setTop(target.buffer.active.viewportY);
    setSpan(next);
    target.select(next.start.x, next.start.y, lengthOf(next, target.cols));
  }

  return {
    span,
    top,
    follow: () => setTop(terminal()?.buffer.active.viewportY ?? 0),
    cellAt,
    show,
    press(x: number, y: number): void {
      const target = terminal();
      const at = cellAt(x, y);
      const line = at && target?.buffer.active.getLine(at.y);
      if (!target || !at || !line) return;
      const cells = Array.from(
        { length: line.length },
        (_, column) => line.getCell(column)?.getChars() || ' ',
      );
      // The second half of a wide character belongs to the first.
      for (let column = 1; column < cells.length; column++)
        if (line.getCell(column)?.getWidth() === 0) cells[column] = '';
      const [from, to] = wordAt(cells, at.x);
      show({ start: { x: from, y: at.y }, end: { x: to, y: at.y } });
      navigator.vibrate?.(8);
    },
    clear(): void {
      if (!span()) return;
      setSpan(null);
      terminal()?.clearSelection();
    },
  };
}

export type TouchSelectionControl = ReturnType<typeof createTouchSelection>;

export interface TouchSelectionProps {
  control: TouchSelectionControl;
  terminal: Terminal;
  cell: Size;
  onPaste: () => void;
}

export function TouchSelectionView(props: TouchSelectionProps) {
  const scrolled = props.terminal.onScroll(() => props.control.follow());
  const rendered = props.terminal.onRender(() => props.control.follow());
  onCleanup(() => {
    scrolled.dispose();
    rendered.dispose();
  });
  return (
    <Show when={props.control.span()}>
      {(span) => (
        <>
          <Handle {...props} which="start" at={span().start} />
          <Handle {...props} which="end" at={span().end} />
          <Menu {...props} span={span()} />
        </>
      )}
    </Show>
  );
}

function Handle(props: TouchSelectionProps & { which: 'start' | 'end'; at: Cell }) {
  let which = props.which;
  const row = () => props.at.y - props.control.top();
  const seen = () => row() >= 0 && row() < props.terminal.rows;

  function move(event: PointerEvent): void {
    const span = props.control.span();
    // The finger is below what it moves.
    const at = props.control.cellAt(event.clientX, event.clientY - props.cell.height);
    if (!span || !at) return;
    const next = dragEnd(span, which, at);
    which = next.which;
    props.control.show(next.span);
  }

  return (
    <Show when={seen()}>
      <div
        class="term-handle"
        data-end={props.which}
        aria-hidden="true"
        style={{
          left: `${Math.max(HANDLE_PX, props.at.x * props.cell.width)}px`,
          top: `${(row() + 1) * props.cell.height}px`,
        }}
        on:touchstart={(event) => event.stopPropagation()}
        on:touchmove={(event) => event.stopPropagation()}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          event.stopPropagation();
          which = props.which;
        }}
        onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && move(event)}
      />
    </Show>
  );
}

const MENU_PX = 52;
/** At the left edge the handle stays within sight. */
const HANDLE_PX = 18;

function Menu(props: TouchSelectionProps & { span: Span }) {
  const row = () => props.span.start.y - props.control.top();
  const lastRow = () => props.span.end.y - props.control.top();
  const above = () => row() * props.cell.height >= MENU_PX;
  const top = () =>
    above()
      ? row() * props.cell.height - MENU_PX
      : (Math.min(lastRow(), props.terminal.rows - 4) + 2) * props.cell.height;

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(props.terminal.getSelection());
    props.control.clear();
  }

  return (
    <div
      class="term-menu"
      role="toolbar"
      aria-label="Selection"
      style={{ left: '50%', top: `${Math.max(4, top())}px` }}
      on:touchstart={(event) => event.stopPropagation()}
      onMouseDown={(event) => event.preventDefault()}
    >
      <button type="button" onClick={() => void copy()}>
        Copy
      </button>
      <button
        type="button"
        onClick={() => {
          const { cols, rows, buffer } = props.terminal;
          const end = Math.min(buffer.active.length, buffer.active.baseY + rows);
          props.control.show({ start: { x: 0, y: 0 }, end: { x: cols, y: end - 1 } });
        }}
      >
        All
      </button>
      <button
        type="button"
        onClick={() => {
          props.control.clear();
          props.onPaste();
        }}
      >
        Paste
      </button>
    </div>
  );
}
