import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from '@porthole/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOf, fontFor, gridFor, panTo, sizeOf } from './fit.ts';
import { coveredBy } from './keyboard-inset.ts';

const cellAt = (dpr: number, renderer: 'webgl' | 'dom') => (font: number) =>
  cellOf({ width: font * 0.586, height: font * 1.17 }, dpr, renderer, 1.15);

/** Cells are fractions of a pixel: a whole number of them may be the area but for a last bit. */
const ROUNDING = 1e-6;

const areas = fc.record({
  width: fc.integer({ min: 1, max: 3000 }),
  height: fc.integer({ min: 1, max: 2000 }),
});
const grids = fc.record({
  cols: fc.integer({ min: MIN_COLS, max: MAX_COLS }),
  rows: fc.integer({ min: MIN_ROWS, max: MAX_ROWS }),
});
const looks = fc.record({
  font: fc.integer({ min: 8, max: 32 }),
  dpr: fc.constantFrom(1, 1.25, 1.5, 2, 2.625, 3),
  renderer: fc.constantFrom('webgl' as const, 'dom' as const),
});

describe('[TR8] the grid that fits', () => {
  it('fills the screen, leaves no whole cell over, and keeps to the bounds', () => {
    fc.assert(
      fc.property(areas, looks, (area, { font, dpr, renderer }) => {
        const cell = cellAt(dpr, renderer)(font);
        const grid = gridFor(area, cell);
        expect(grid.cols).toBeGreaterThanOrEqual(MIN_COLS);
        expect(grid.rows).toBeLessThanOrEqual(MAX_ROWS);
        const { width, height } = sizeOf(grid, cell);
        if (grid.cols > MIN_COLS) expect(width).toBeLessThanOrEqual(area.width + ROUNDING);
        if (grid.rows > MIN_ROWS) expect(height).toBeLessThanOrEqual(area.height + ROUNDING);
        if (grid.cols < MAX_COLS) expect(width + cell.width).toBeGreaterThan(area.width - ROUNDING);
        if (grid.rows < MAX_ROWS) expect(height + cell.height).toBeGreaterThan(area.height - ROUNDING);
      }),
    );
  });

  it('is what a phone and a laptop have', () => {
    expect(gridFor({ width: 382, height: 714 }, cellAt(3, 'webgl')(12))).toEqual({ cols: 54, rows: 43 });
    expect(gridFor({ width: 1428, height: 812 }, cellAt(1, 'webgl')(14))).toEqual({ cols: 178, rows: 42 });
  });
});

describe('[TR8] a grid of another size', () => {
  it('is shown whole, in the largest text up to the preferred', () => {
    fc.assert(
      fc.property(areas, grids, looks, (area, grid, { font, dpr, renderer }) => {
        const cells = cellAt(dpr, renderer);
        const chosen = fontFor(grid, area, font, cells);
        expect(chosen).toBeLessThanOrEqual(font);
        const fits = (size: number) => {
          const { width, height } = sizeOf(grid, cells(size));
          return width <= area.width && height <= area.height;
        };
        if (chosen > 2) expect(fits(chosen)).toBe(true);
        if (chosen + 0.25 <= font) expect(fits(chosen + 0.25)).toBe(false);
      }),
    );
  });

  it('keeps the preferred size where there is room', () => {
    expect(fontFor({ cols: 54, rows: 44 }, { width: 1428, height: 900 }, 14, cellAt(2, 'webgl'))).toBe(14);
  });
});

describe('the sight of a grid that is zoomed', () => {
  it.each([
    ['stays where the cell is in it', 50, 10, 0, 100, 0],
    ['moves on to the right', 150, 10, 0, 100, 70],
    ['moves back', 30, 10, 100, 100, 20],
    ['stops at the edge', 5, 10, 100, 100, 0],
  ])('%s', (_, at, extent, from, visible, expected) => {
    expect(panTo(at, extent, from, visible, 10)).toBe(expected);
  });
});

describe('a keyboard', () => {
  it('covers what reaches below the visual viewport', () => {
    expect(coveredBy(40, 844, 0, 500)).toEqual({ top: 0, bottom: 344 });
    expect(coveredBy(40, 500, 0, 500)).toEqual({ top: 0, bottom: 0 });
    expect(coveredBy(40, 844, 100, 500)).toEqual({ top: 60, bottom: 244 });
  });
});
