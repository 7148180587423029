/**
 * The lines of one buffer as bytes that rebuild them in a fresh terminal of the same width: every cell with its
 * attributes and link, the difference between an empty cell and a blank, and which lines are wraps of the line
 * above (which decides how they reflow).
 *
 * Invariant: begins at the top left of an empty buffer with plain attributes, ends with plain attributes and no
 * link. Leaves the cursor anywhere; the caller places it. Pure: reads the buffer.
 */
import { CELL, FG } from './cells.ts';
import type { Core, Line, ScreenBuffer } from './emulator-internals.ts';
import { type Look, lookOf, PLAIN_LOOK, sameLook, sgr } from './serialize-attributes.ts';

const COLOUR_BITS = 0x3ffffff;

export class BufferWriter {
  readonly #core: Core;
  readonly #cols: number;
  readonly #rows: number;
  #out = '';
  #look: Look = PLAIN_LOOK;
  /** Column of the cursor in the terminal that will read this; equal to `cols` when a wrap is pending. */
  #x = 0;
  /** Background that the cells of this row have before anything is written to them. */
  #fill = 0;
  /** The cursor is still on the row above; the next character takes it to this one. */
  #wrapping = false;
  /** Whether `lines` has saved the cursor on its way. */
  savedAbove = false;
  /** Rows begun so far. */
  #row = 0;

  constructor(core: Core, cols: number, rows: number) {
    this.#core = core;
    this.#cols = cols;
    this.#rows = rows;
  }

  /** `save` writes a cursor save; it is called in the row of the saved cursor if that has scrolled out since. */
  lines(buffer: ScreenBuffer, save: () => string = () => ''): string {
    this.#out = '';
    const count = buffer.lines.length;
    // Only a line above can make the first one a wrap of it: write one, and let it go once it has scrolled out.
    const above = buffer.lines.get(0)?.isWrapped === true && this.#rows > 1;
    if (above) this.#pendWrap();
    for (let index = 0; index < count; index++) {
      const line = buffer.lines.get(index);
      if (!line) continue;
      const before = index > 0 ? buffer.lines.get(index - 1) : undefined;
      // Not before the row above the first is gone: it would count.
      const counts = !above || this.#row >= this.#rows;
      if (before && counts && buffer.savedY < buffer.ybase && !this.savedAbove && index > buffer.savedY)
        this.#saveAbove(index - 1 - buffer.savedY, save, before);
      if (line.isWrapped && (before || above)) this.#wrapInto(line, before);
      else if (before) this.#newLine();
      this.#cells(line);
      if (above && this.#row === this.#rows) this.#out += '\x1b[3J';
    }
    this.#setLook(PLAIN_LOOK);
    return this.#out;
  }

  /** One cell's text, for the caller to print again at the cursor, with its own look or that one. */
  cell(line: Line, column: number, look = this.#lookAt(line, column)): string {
    this.#out = '';
    this.#setLook(look);
    this.#text(line, column);
    return this.#out;
  }

  look(look: Look): string {
    this.#out = '';
    this.#setLook(look);
    return this.#out;
  }

  /** Saves the cursor so many rows above this one, which is written, and comes back to its end. */
  #saveAbove(up: number, save: () => string, line: Line): void {
    const saving = up < this.#rows ? save() : '';
    this.savedAbove = true;
    if (!saving) return;
    this.#setLook(PLAIN_LOOK);
    this.#out += up > 0 ? `\x1b[${up}A${saving}\x1b[${up}B` : saving;
    const x = this.#x;
    if (x < this.#cols) {
      this.#out += `\x1b[${x + 1}G`;
      return;
    }
    const last = contentAt(line, x - 1) >>> CELL.widthShift === 0 && x > 1 ? x - 2 : x - 1;
    this.#out += `\x1b[${last + 1}G`;
    this.#setLook(this.#lookAt(line, last));
    this.#text(line, last);
  }

  #newLine(): void {
    // A line that scrolls in is filled with the current background.
    if (this.#look.bg & COLOUR_BITS) this.#setLook(PLAIN_LOOK);
    this.#out += '\r\n';
    this.#beginRow(0);
  }

  #beginRow(fill: number): void {
    this.#row++;
    this.#x = 0;
    this.#fill = fill;
  }

  /** Fills the last column so that the next character wraps. */
  #pendWrap(): void {
    this.#setLook(PLAIN_LOOK);
    this.#out += `\x1b[${this.#cols}Gx`;
    this.#x = this.#cols;
  }

  #wrapInto(line: Line, above: Line | undefined): void {
    const content = contentAt(line, 0);
    const width = content >>> CELL.widthShift;
    if (above && !this.#wrapsByItself(content, width, line, above)) {
      this.#forceWrap(above);
      return;
    }
    if (!above && !(content & CELL.content && width > 0)) {
      this.#out += 'x\r\x1b[X';
      this.#beginRow(0);
      return;
    }
    // The first character does it. If that scrolls, the new line is filled with its background.
    const look = this.#lookAt(line, 0);
    if (this.#x !== this.#cols) this.#moveTo(this.#cols - 1);
    this.#setLook(look);
    this.#wrapping = true;
    this.#beginRow(this.#row + 1 >= this.#rows ? look.bg & COLOUR_BITS : 0);
  }

  #wrapsByItself(content: number, width: number, line: Line, above: Line): boolean {
    if (!(content & CELL.content) || width === 0) return false;
    if (this.#x === this.#cols) return true;
    // A wide character that does not fit leaves one empty cell, which gets its attributes.
    const last = this.#cols - 1;
    return (
      width === 2 &&
      !(contentAt(above, last) & CELL.content) &&
      sameLook(this.#lastLook(above), this.#lookAt(line, 0))
    );
  }

  /** Wraps with two characters that do not belong there, and takes both away again. */
  #forceWrap(above: Line): void {
    if (this.#rows < 2) {
      this.#newLine();
      return;
    }
    if (this.#x !== this.#cols) this.#pendWrap();
    else this.#setLook(PLAIN_LOOK);
    this.#out += 'x';
    const last = this.#cols - 1;
    if (!(contentAt(above, last) & CELL.content) && contentAt(above, last) >>> CELL.widthShift === 1) {
      this.#out += '\x1b[A';
      this.#emptyLast(above);
      this.#out += '\x1b[B';
    }
    this.#out += '\r';
    this.#erase(0, '\x1b[X');
    this.#beginRow(0);
  }

  /** Makes the last cell of a written row empty again, as it was. */
  #emptyLast(line: Line): void {
    const last = this.#cols - 1;
    const look = this.#lastLook(line);
    if (!isStyled(look)) {
      this.#out += `\x1b[${last + 1}G`;
      this.#erase(look.bg & COLOUR_BITS, '\x1b[X');
      return;
    }
    // The second half of a wide character, whose first is then overwritten; after that, what was before it.
    this.#out += `\x1b[${last}G`;
    this.#setLook(look);
    this.#out += `\u4e00\x1b[${last}Gx`;
    const half = last > 1 && contentAt(line, last - 1) >>> CELL.widthShift === 0;
    const start = last - (half ? 2 : 1);
    this.#out += `\x1b[${start + 1}G`;
    const before = this.#lookAt(line, start);
    if (contentAt(line, start) & CELL.content) {
      this.#setLook(before);
      this.#text(line, start);
    } else {
      this.#erase(before.bg & COLOUR_BITS, '\x1b[X');
    }
  }

  #erase(background: number, sequence: string): void {
    if ((this.#look.bg & COLOUR_BITS) !== background)
      this.#setLook({ fg: 0, bg: background, ext: 0, url: this.#look.url });
    this.#out += sequence;
  }

  #cells(line: Line): void {
    const cols = Math.min(this.#cols, line.length);
    const last = this.#lastLook(line);
    let lastDue = this.#isStyledEmpty(line, cols - 1) && isStyled(last);
    if (lastDue && !this.#wrapping) {
      this.#styledLast(last);
      lastDue = false;
    }
    for (let column = 0; column < cols; ) {
      const content = contentAt(line, column);
      const width = content >>> CELL.widthShift;
      // A resize may cut a wide character in two; no output can write such a half.
      if (content & CELL.content && column + width <= cols) {
        this.#moveTo(column);
        this.#setLook(this.#lookAt(line, column));
        this.#text(line, column);
        // The second half of a wide character may have been overwritten.
        const half = width === 2 && column + 1 < cols && isNarrowOver(line, column + 1);
        this.#x = column + Math.max(1, width);
        column += half ? 1 : Math.max(1, width);
        this.#wrapping = false;
        if (lastDue && column <= cols - 2) this.#styledLast(last);
        lastDue = false;
      } else {
        column = this.#emptyRun(line, column, cols);
      }
    }
  }

  /** Empty cells that look alike, from `column` on. Answers the column after them. */
  #emptyRun(line: Line, column: number, cols: number): number {
    const look = this.#lookAt(line, column);
    let end = column + 1;
    while (end < cols && !(contentAt(line, end) & CELL.content) && sameLook(this.#lookAt(line, end), look))
      end++;
    const background = look.bg & COLOUR_BITS;
    if (isStyled(look) && column < cols - 1) {
      for (let at = column; at < Math.min(end, cols - 1); at++) this.#styledEmpty(at, look);
      return Math.min(end, cols - 1);
    }
    // In the last column it has been made before the others.
    if (column === cols - 1 && isStyled(this.#lastLook(line))) return end;
    if (background !== this.#fill) {
      this.#moveTo(column);
      this.#erase(background, end === cols && column > 0 ? '\x1b[K' : `\x1b[${end - column}X`);
    }
    return end;
  }

  /**
   * An empty cell with more than a background, which only wide characters leave behind: overwrite the first half
   * of one, and shift what stays of the second to its place. The rest of the row is still as it was filled.
   */
  #styledEmpty(column: number, look: Look): void {
    this.#moveTo(column);
    this.#setLook(look);
    const back = `\x1b[${column + 1}G`;
    this.#out += `\u4e00${back}x${back}`;
    this.#erase(this.#fill, '\x1b[P\x1b[C\x1b[@\x1b[D');
  }

  /** The same in the last column, where there is no room for a second half: it is shifted there. */
  #styledLast(look: Look): void {
    this.#styledEmpty(this.#cols - 2, look);
    this.#out += '\x1b[@';
  }

  #moveTo(column: number): void {
    if (column === this.#x) return;
    if (column > this.#x) this.#out += column - this.#x === 1 ? '\x1b[C' : `\x1b[${column - this.#x}C`;
    else this.#out += `\x1b[${column + 1}G`;
    this.#x = column;
  }

  #text(line: Line, column: number): void {
    const content = contentAt(line, column);
    // A combining character in a cell of its own must not join the cell before it: ST resets the joining.
    if (content >>> CELL.widthShift === 0) this.#out += '\x1b\\';
    this.#out +=
      content & CELL.combined ? line._combined[column] : String.fromCodePoint(content & CELL.codepoint);
  }

  /** The emulator forgets a link whose lines are all gone, even while it is still open. */
  #alive(look: Look): Look {
    const dead = look.url !== 0 && !this.#core._oscLinkService.getLinkData(look.url);
    if (!dead) return look;
    return { ...look, url: 0, ext: look.fg & FG.underline ? look.ext : 0 };
  }

  #lookAt(line: Line, column: number): Look {
    const at = column * CELL.words;
    const [fg, bg] = [line._data[at + 1] as number, line._data[at + 2] as number];
    return this.#alive(lookOf(fg, bg, line._extendedAttrs[column]));
  }

  /** An empty cell with more than a background: no erasing leaves that. */
  #isStyledEmpty(line: Line, column: number): boolean {
    const content = contentAt(line, column);
    if (content & CELL.content || content >>> CELL.widthShift !== 1) return false;
    return isStyled(this.#lookAt(line, column));
  }

  /** Of two such cells at the end of a row, which stand in each other's way, the last keeps its background alone. */
  #lastLook(line: Line): Look {
    const last = this.#cols - 1;
    const look = this.#lookAt(line, last);
    if (!this.#isStyledEmpty(line, last) || !this.#isStyledEmpty(line, last - 1)) return look;
    return { ...PLAIN_LOOK, bg: look.bg & COLOUR_BITS };
  }

  #setLook(wanted: Look): void {
    const look = this.#alive(wanted);
    if (sameLook(look, this.#look)) return;
    const { fg, bg, ext, url } = this.#look;
    if (look.fg !== fg || look.bg !== bg || look.ext !== ext) this.#out += sgr(look);
    if (look.url !== url) this.#out += this.#link(look.url);
    this.#look = look;
  }

  #link(url: number): string {
    const data = url ? this.#core._oscLinkService.getLinkData(url) : undefined;
    if (!data) return '\x1b]8;;\x1b\\';
    // Without an id, every interruption would make it another link.
    return `\x1b]8;id=${data.id ?? `porthole-${url}`};${data.uri}\x1b\\`;
  }
}

const contentAt = (line: Line, column: number): number => line._data[column * CELL.words] as number;

const isStyled = (look: Look): boolean =>
  look.fg !== 0 || look.bg !== (look.bg & COLOUR_BITS) || look.ext !== 0 || look.url !== 0;

/** Whether this cell is not the placeholder that a wide character has behind it. */
const isNarrowOver = (line: Line, column: number): boolean =>
  contentAt(line, column) >>> CELL.widthShift !== 0;
