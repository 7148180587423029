/** Cells of a selection made by finger: where a word begins and ends, and what two handles enclose. Pure. */

export interface Cell {
  x: number;
  /** Line in the buffer, from its first. */
  y: number;
}

export interface Span {
  start: Cell;
  /** Just after the last cell; `x` may be the width. */
  end: Cell;
}

const WORD = /[\p{L}\p{N}_\-./~@:+%#=?&]/u;

/** The word around `x` in a line given by its cells, or that cell alone. */
export function wordAt(cells: readonly string[], x: number): [number, number] {
  const isWord = (at: number) => WORD.test(cells[at] ?? ' ') || cells[at] === '';
  if (!isWord(x)) return [x, x + 1];
  let from = x;
  let to = x + 1;
  while (from > 0 && isWord(from - 1)) from--;
  while (to < cells.length && isWord(to)) to++;
  return [from, to];
}

const before = (a: Cell, b: Cell): boolean => a.y < b.y || (a.y === b.y && a.x < b.x);

/** Moves one end to a cell; the ends change roles where they cross. At least one cell stays selected. */
export function dragEnd(
  span: Span,
  which: 'start' | 'end',
  to: Cell,
): { span: Span; which: 'start' | 'end' } {
  const { start, end } = span;
  if (which === 'start') {
    if (before(to, end)) return { span: { start: to, end }, which };
    return { span: { start: end, end: { x: to.x + 1, y: to.y } }, which: 'end' };
  }
  const after = { x: to.x + 1, y: to.y };
  if (before(start, after)) return { span: { start, end: after }, which };
  return { span: { start: to, end: start }, which: 'start' };
}

/** Cells from start to end, line after line: what `Terminal.select` takes. */
export const lengthOf = ({ start, end }: Span, cols: number): number =>
  (end.y - start.y) * cols + end.x - start.x;
