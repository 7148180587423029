/**
 * A snapshot: the whole state of an emulator as bytes which, written to a reset xterm.js of the same size, give
 * the same screen: both buffers, cursors, attributes, regions, tab stops, charsets, titles, colours and modes.
 *
 * Invariant: a fixed point. The snapshot of a terminal restored from a snapshot is that snapshot. It contains no
 * query, so whoever reads it has nothing to answer. Reads the emulator, changes nothing.
 */
import { CELL } from './cells.ts';
import { type Core, designatorOf, type Line, type ScreenBuffer } from './emulator-internals.ts';
import { type ExtraModes, paletteSequences } from './screen-extras.ts';
import { currentLook, lookOf, PLAIN_LOOK, sameLook } from './serialize-attributes.ts';
import { BufferWriter } from './serialize-buffer.ts';

const ESC = '\x1b';
const CSI = '\x1b[';
const ST = '\x1b\\';
const TAB_WIDTH = 8;

/** What `reset()` of a viewer's terminal leaves as it was. */
const PRELUDE = `${ESC}]104${ST}${ESC}]110${ST}${ESC}]111${ST}${ESC}]112${ST}${CSI}20l`;

export function serializeScreen(core: Core, cols: number, rows: number, extras: ExtraModes): string {
  const { normal, alt, active } = core.buffers;
  const writer = new BufferWriter(core, cols, rows);
  let out = PRELUDE + titles(core) + paletteSequences(extras);

  out +=
    writer.lines(normal, () => savedAt(normal, core, `${CSI}${Math.min(normal.savedX, cols - 1) + 1}G`)) +
    tabStops(normal, cols);
  const cursor = (buffer: ScreenBuffer) =>
    buffer === normal && writer.savedAbove ? '' : saved(buffer, core, cols, rows);
  if (active === alt) {
    out += cursor(normal) + region(normal, rows) + cursorTo(normal.x, normal.y, cols);
    out += kitty(extras.kitty.normal);
    // Plain attributes: the other buffer is filled with the current background when it opens.
    out += `${CSI}?47h${CSI}H`;
    out += new BufferWriter(core, cols, rows).lines(alt) + tabStops(alt, cols) + kitty(extras.kitty.alt);
  } else if (hasSaved(alt) || extras.kitty.alt.length > 0) {
    out += `${CSI}?47h${cursor(alt)}${kitty(extras.kitty.alt)}${CSI}?47l`;
  }
  out += cursor(active) + region(active, rows);
  if (active === normal) out += kitty(extras.kitty.normal);
  return out + cursorAndModes(core, active, cols, extras);
}

/** The parts whose order decides: charsets, origin, cursor with pending wrap, modes, attributes. */
function cursorAndModes(core: Core, active: ScreenBuffer, cols: number, extras: ExtraModes): string {
  const writer = new BufferWriter(core, cols, 2);
  const line = active.lines.get(active.ybase + active.y);
  const charset = charsets(core, active);
  const modes = core.coreService;
  // What may follow joins or repeats the last character: it has to be printed last, so print it again.
  const joins = core._inputHandler._parser.precedingJoinState !== 0;
  const pending = active.x >= cols;
  const column = line && (joins || pending) ? lastCell(line, active.x) : -1;
  const origin = modes.decPrivateModes.origin;
  const y = active.y - (origin ? active.scrollTop : 0);
  const place =
    (origin ? `${CSI}?6h` : '') + cursorTo(column >= 0 ? column : Math.min(active.x, cols - 1), y, cols);
  const look = currentLook(core._inputHandler._curAttrData);

  if (joins && line && column >= 0) {
    const again = modes.modes.insertMode ? `${CSI}${Math.max(1, widthAt(line, column))}P` : '';
    // It was printed with what is set now: anything after it would end the joining.
    return charset + place + again + otherModes(core, extras) + writer.cell(line, column, look);
  }
  const wrap = !line ? '' : column >= 0 ? writer.cell(line, column) : pending ? erasedRow(line, writer) : '';
  // A charset must not translate the character that is printed again; a restored one comes with a cursor.
  const first = !wrap || charset.endsWith(RESTORE);
  const again = wrap && wrap + ST;
  const cursor = first ? charset + place + again : place + again + charset;
  return cursor + otherModes(core, extras) + (wrap ? writer.look(PLAIN_LOOK) : '') + lookFrom(core, look);
}

const lookFrom = (core: Core, look: ReturnType<typeof currentLook>): string =>
  new BufferWriter(core, 2, 2).look(look);

/** A pending wrap in a row that was erased afterwards: erase it again, from where the wrap is pending. */
function erasedRow(line: Line, writer: BufferWriter): string {
  const look = lookOf(0, line._data[2] as number, undefined);
  for (let column = 0; column < line.length; column++) {
    const at = column * CELL.words;
    if (
      contentAt(line, column) & CELL.content ||
      line._data[at + 1] !== 0 ||
      line._data[at + 2] !== line._data[2]
    )
      return '';
  }
  return `x${writer.look(look)}${CSI}1K`;
}

/** The column of the character before the cursor. */
function lastCell(line: Line, x: number): number {
  const column = Math.min(x, line.length) - 1;
  if (column < 0) return -1;
  const half = widthAt(line, column) === 0 && !(contentAt(line, column) & CELL.content);
  const start = half ? column - 1 : column;
  if (start < 0 || !(contentAt(line, start) & CELL.content)) return -1;
  return start;
}

const contentAt = (line: Line, column: number): number => line._data[column * CELL.words] as number;
const widthAt = (line: Line, column: number): number => contentAt(line, column) >>> CELL.widthShift;

const cursorTo = (x: number, y: number, cols: number): string =>
  `${CSI}${Math.max(0, y) + 1};${Math.min(x, cols - 1) + 1}H`;

const region = (buffer: ScreenBuffer, rows: number): string =>
  buffer.scrollTop === 0 && buffer.scrollBottom === rows - 1
    ? ''
    : `${CSI}${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r`;

const hasSaved = (buffer: ScreenBuffer): boolean =>
  buffer.savedX !== 0 ||
  buffer.savedY !== 0 ||
  !sameLook(lookOf(buffer.savedCurAttrData.fg, buffer.savedCurAttrData.bg, undefined), PLAIN_LOOK) ||
  buffer.savedCharset !== undefined;

/** DECSC as it was made: position, attributes and charset. A row that has scrolled out is the first for DECRC. */
function saved(buffer: ScreenBuffer, core: Core, cols: number, rows: number): string {
  const y = Math.min(rows - 1, Math.max(0, buffer.savedY - buffer.ybase));
  return savedAt(buffer, core, cursorTo(buffer.savedX, y, cols));
}

function savedAt(buffer: ScreenBuffer, core: Core, place: string): string {
  if (!hasSaved(buffer)) return '';
  const { fg, bg } = buffer.savedCurAttrData;
  const designator = designatorOf(buffer.savedCharset);
  const charset = designator === 'B' ? '' : `${ESC}(${designator}`;
  const writer = new BufferWriter(core, 2, 2);
  const look = writer.look(lookOf(fg, bg, undefined));
  return `${charset}${place}${look}${ESC}7${writer.look(PLAIN_LOOK)}${charset && `${ESC}(B`}`;
}

function tabStops(buffer: ScreenBuffer, cols: number): string {
  let regular = true;
  let out = `${CSI}3g`;
  for (let column = 0; column < cols; column++) {
    const stop = buffer.tabs[column] === true;
    if (stop) out += `${CSI}${column + 1}G${ESC}H`;
    if (stop !== (column % TAB_WIDTH === 0)) regular = false;
  }
  return regular ? '' : out;
}

/** It also brings the saved attributes back. */
const RESTORE = `${ESC}8${CSI}0m`;

function charsets(core: Core, active: ScreenBuffer): string {
  const { _charsets, glevel, charset } = core._charsetService;
  let out = '';
  for (const [index, intermediate] of ['(', ')', '*', '+'].entries()) {
    const designator = designatorOf(_charsets[index]);
    if (designator !== 'B') out += `${ESC}${intermediate}${designator}`;
  }
  out += ['', '\x0e', `${ESC}n`, `${ESC}o`][glevel] ?? '';
  // DECRC brings the saved charset back without designating it.
  const mismatch = designatorOf(charset) !== designatorOf(_charsets[glevel]);
  return mismatch && designatorOf(charset) === designatorOf(active.savedCharset) ? out + RESTORE : out;
}

function titles(core: Core): string {
  const { _windowTitle, _iconName, _windowTitleStack, _iconNameStack } = core._inputHandler;
  let out = '';
  for (const title of _windowTitleStack) out += `${ESC}]2;${title}${ST}${CSI}22;2t`;
  for (const icon of _iconNameStack) out += `${ESC}]1;${icon}${ST}${CSI}22;1t`;
  if (_iconName || _iconNameStack.length) out += `${ESC}]1;${_iconName}${ST}`;
  if (_windowTitle || _windowTitleStack.length) out += `${ESC}]2;${_windowTitle}${ST}`;
  return out;
}

const kitty = (flags: readonly number[]): string => flags.map((flag) => `${CSI}>${flag}u`).join('');

const MOUSE: Record<string, string> = { X10: '9', VT200: '1000', DRAG: '1002', ANY: '1003' };
const ENCODING: Record<string, string> = { SGR: '1006', SGR_PIXELS: '1016' };
const STYLE = { block: 1, underline: 3, bar: 5 } as const;

function otherModes(core: Core, extras: ExtraModes): string {
  const { isCursorHidden, modes, decPrivateModes: dec } = core.coreService;
  const { activeProtocol, activeEncoding } = core.coreMouseService;
  let out = '';
  const set = (mode: string | undefined, on: boolean | undefined = mode !== undefined) => {
    if (on) out += `${CSI}?${mode}h`;
  };
  set('1', dec.applicationCursorKeys);
  set('45', dec.reverseWraparound);
  set('66', dec.applicationKeypad);
  set('1004', dec.sendFocus);
  set('2004', dec.bracketedPasteMode);
  set(MOUSE[activeProtocol]);
  set(ENCODING[activeEncoding]);
  if (extras.cursorBlink !== null) out += `${CSI}?12${extras.cursorBlink ? 'h' : 'l'}`;
  if (dec.cursorStyle) out += `${CSI}${STYLE[dec.cursorStyle] + (dec.cursorBlink ? 0 : 1)} q`;
  if (isCursorHidden) out += `${CSI}?25l`;
  if (!dec.wraparound) out += `${CSI}?7l`;
  if (modes.insertMode) out += `${CSI}4h`;
  if (core.optionsService.rawOptions.convertEol) out += `${CSI}20h`;
  if (dec.synchronizedOutput) out += `${CSI}?2026h`;
  return out;
}
