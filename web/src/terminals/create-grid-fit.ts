/**
 * The grid and this screen, as signals (TR8): what would fit here, at what size of text the grid shows, and what a
 * pinch does to that. The arithmetic is in fit.ts.
 */
import type { TerminalViewer } from '@porthole/shared';
import { type Accessor, createMemo, createSignal } from 'solid-js';
import {
  clamp,
  fontFor,
  type Grid,
  gridFor,
  MAX_FONT,
  MAX_ZOOM,
  MIN_FONT,
  type Size,
  sizeOf,
} from './fit.ts';
import { DEFAULT_FONT, prefer, preferences } from './preferences.ts';
import type { Emulator } from './xterm.ts';

/** Until a layout says otherwise. */
export const USUAL_GRID: Grid = { cols: 80, rows: 24 };

export type PinchPhase = 'start' | 'move' | 'end';

export function createGridFit(emulator: Accessor<Emulator | null>, me: Accessor<TerminalViewer | undefined>) {
  const [area, setArea] = createSignal<Size | null>(null);
  const [grid, setGrid] = createSignal<Grid>(USUAL_GRID);
  const [renderer, setRenderer] = createSignal(0);
  const [zoom, setZoom] = createSignal(1);
  const [pinchFont, setPinchFont] = createSignal<number | null>(null);

  const cellAt = (font: number): Size => {
    renderer();
    return emulator()?.cellAt(font) ?? { width: font * 0.6, height: font * 1.4 };
  };
  const preferred = () => pinchFont() ?? preferences().fontSize;
  /** What would fit here. */
  const fitting = createMemo<Grid | null>(
    () => {
      const room = area();
      if (!room || !emulator() || room.width < 20 || room.height < 10) return null;
      return gridFor(room, cellAt(preferred()));
    },
    null,
    { equals: (a, b) => a?.cols === b?.cols && a?.rows === b?.rows },
  );
  const ownsSize = () => me()?.ownsSize ?? false;
  /** The text size at which the grid is shown: one's own, or whatever shows somebody else's grid whole. */
  const wholeFont = createMemo(() => {
    const room = area();
    if (!room || ownsSize()) return preferred();
    return fontFor(grid(), room, preferred(), cellAt);
  });
  const font = createMemo(() => (ownsSize() ? preferred() : clamp(wholeFont() * zoom(), 1, MAX_FONT)));
  /** The grid in pixels, and how much of it is out of sight. */
  const content = createMemo(() => sizeOf(grid(), cellAt(font())));
  const isForeign = createMemo(() => {
    const mine = fitting();
    const { cols, rows } = grid();
    return !ownsSize() && mine !== null && (mine.cols !== cols || mine.rows !== rows);
  });

  function changeFont(by: number | null): void {
    setZoom(1);
    prefer({ fontSize: by === null ? DEFAULT_FONT : clamp(preferences().fontSize + by, MIN_FONT, MAX_FONT) });
  }

  let pinchedFrom = { font: 0, zoom: 1 };
  function pinch(phase: PinchPhase, scale: number): void {
    if (phase === 'start') pinchedFrom = { font: preferred(), zoom: zoom() };
    else if (phase === 'move') {
      if (ownsSize() || !isForeign())
        setPinchFont(clamp(Math.round(pinchedFrom.font * scale * 2) / 2, MIN_FONT, MAX_FONT));
      else setZoom(clamp(pinchedFrom.zoom * scale, 1, MAX_ZOOM));
    } else if (pinchFont() !== null) {
      prefer({ fontSize: preferred() });
      setPinchFont(null);
    }
  }

  return {
    area,
    setArea,
    grid,
    setGrid,
    fitting,
    ownsSize,
    font,
    content,
    cell: () => cellAt(font()),
    isForeign,
    zoom,
    /** All of the grid again. */
    resetZoom: () => setZoom(1),
    changeFont,
    pinch,
    /** Another renderer has other cells. */
    rendererChanged: () => setRenderer((count) => count + 1),
  };
}
