/**
 * How a grid and a screen come together (TR8). Pure: pixels in, cells or a font size out.
 *
 * Two questions. What grid would fit here at the size of text that this person likes? And, for a grid that is
 * somebody else's: at what size of text is it whole on this screen?
 */
import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from '@porthole/shared';

export interface Size {
  width: number;
  height: number;
}

export interface Grid {
  cols: number;
  rows: number;
}

export const MIN_FONT = 8;
export const MAX_FONT = 32;
/** Somebody else's grid may be shown smaller than anyone would choose: whole first, then one zooms in. */
const SMALLEST_FONT = 2;
const FONT_STEP = 0.25;
export const MAX_ZOOM = 8;

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** One cell in CSS pixels as xterm.js's renderers draw it: WebGL rounds the width down to device pixels. */
export function cellOf(character: Size, dpr: number, renderer: 'webgl' | 'dom', lineHeight: number): Size {
  const height = Math.floor(Math.ceil(character.height * dpr) * lineHeight) / dpr;
  const width = renderer === 'webgl' ? Math.floor(character.width * dpr) / dpr : character.width;
  return { width: Math.max(width, 1 / dpr), height: Math.max(height, 1 / dpr) };
}

/** The grid that fits into `area`. */
export function gridFor(area: Size, cell: Size): Grid {
  return {
    cols: clamp(Math.floor(area.width / cell.width), MIN_COLS, MAX_COLS),
    rows: clamp(Math.floor(area.height / cell.height), MIN_ROWS, MAX_ROWS),
  };
}

export const sizeOf = (grid: Grid, cell: Size): Size => ({
  width: grid.cols * cell.width,
  height: grid.rows * cell.height,
});

/** The largest text, up to `preferred`, at which all of `grid` is on the screen. `cellAt` answers for a font size. */
export function fontFor(grid: Grid, area: Size, preferred: number, cellAt: (font: number) => Size): number {
  const fits = (font: number) => {
    const { width, height } = sizeOf(grid, cellAt(font));
    return width <= area.width && height <= area.height;
  };
  let low = SMALLEST_FONT / FONT_STEP;
  let high = Math.floor(preferred / FONT_STEP);
  if (fits(preferred)) return preferred;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle * FONT_STEP)) low = middle;
    else high = middle - 1;
  }
  return low * FONT_STEP;
}

/** Where to scroll so that the cell at (`x`, `y`), in pixels of the content, is within sight. One axis. */
export function panTo(at: number, extent: number, from: number, visible: number, margin: number): number {
  if (at - margin < from) return Math.max(0, at - margin);
  if (at + extent + margin > from + visible) return at + extent + margin - visible;
  return from;
}
