/**
 * The only place that looks inside the headless emulator. Its public API does not tell saved cursors, scroll
 * regions, tab stops, charsets, underline styles or links, and a snapshot without them is another screen.
 *
 * Invariant: reads, and changes nothing but through the emulator's own functions. Checked when an emulator is made: another version of the library that is
 * shaped differently fails there, by name, and in the round-trip tests.
 */
import { createRequire } from 'node:module';
import type { ITerminalAddon, Terminal } from '@xterm/headless';
import { CELL } from './cells.ts';

// CommonJS whose names Node cannot see from an import.
const load = createRequire(import.meta.url);
const headless = load('@xterm/headless') as typeof import('@xterm/headless');
const unicode11 = load('@xterm/addon-unicode11') as typeof import('@xterm/addon-unicode11');

export type HeadlessTerminal = Terminal;

export interface ExtendedAttributes {
  /** Underline style in bits 26–28, underline colour in 0–25. */
  _ext: number;
  _urlId: number;
}

/** Bit layout: cells.ts. */
export interface Attributes {
  fg: number;
  bg: number;
  extended: ExtendedAttributes;
}

export interface Line {
  /** Three words a cell: content, fg, bg. */
  _data: Uint32Array;
  _combined: Record<number, string>;
  _extendedAttrs: Record<number, ExtendedAttributes | undefined>;
  length: number;
  isWrapped: boolean;
}

export interface ScreenBuffer {
  lines: { length: number; get(index: number): Line | undefined };
  ybase: number;
  x: number;
  y: number;
  savedX: number;
  /** Counted from the top of the scrollback. */
  savedY: number;
  savedCurAttrData: Attributes;
  savedCharset: Charset | undefined;
  scrollTop: number;
  scrollBottom: number;
  tabs: Record<number, boolean | undefined>;
}

export type Charset = Record<string, string>;

export interface ColourEvent {
  /** 0 report, 1 set, 2 restore. */
  type: 0 | 1 | 2;
  /** 0–255, then foreground, background and cursor; absent: all 256. */
  index?: number;
  color?: [number, number, number];
}

export interface Core {
  buffers: { normal: ScreenBuffer; alt: ScreenBuffer; active: ScreenBuffer };
  coreService: {
    isCursorHidden: boolean;
    modes: { insertMode: boolean };
    decPrivateModes: {
      applicationCursorKeys: boolean;
      applicationKeypad: boolean;
      bracketedPasteMode: boolean;
      cursorBlink: boolean | undefined;
      cursorStyle: 'block' | 'underline' | 'bar' | undefined;
      origin: boolean;
      reverseWraparound: boolean;
      sendFocus: boolean;
      synchronizedOutput: boolean;
      wraparound: boolean;
    };
  };
  coreMouseService: { activeProtocol: string; activeEncoding: string };
  optionsService: { rawOptions: { convertEol: boolean; cursorBlink: boolean } };
  writeSync(data: Uint8Array | string): void;
  _charsetService: { charset: Charset | undefined; glevel: number; _charsets: (Charset | undefined)[] };
  _oscLinkService: { getLinkData(id: number): { id?: string; uri: string } | undefined };
  _inputHandler: {
    _curAttrData: Attributes;
    _windowTitle: string;
    _iconName: string;
    _windowTitleStack: string[];
    _iconNameStack: string[];
    _utf8Decoder: { interim: Uint8Array };
    _parser: { currentState: number; precedingJoinState: number };
    _restrictCursor(maxCol: number): void;
    _eraseInBufferLine(
      y: number,
      start: number,
      end: number,
      clearWrap: boolean,
      respectProtect: boolean,
    ): void;
    _resetBufferLine(y: number, respectProtect: boolean): void;
    onColor(listener: (events: ColourEvent[]) => void): { dispose(): void };
  };
}

/** web/src/terminals chooses the same. */
export const UNICODE_VERSION = '11';
/** Parser state in which nothing is half read. */
export const GROUND = 0;

export function newEmulator(
  cols: number,
  rows: number,
  scrollback: number,
): { terminal: HeadlessTerminal; core: Core } {
  const terminal = new headless.Terminal({
    cols,
    rows,
    scrollback,
    allowProposedApi: true,
    logLevel: 'off',
    windowOptions: { pushTitle: true, popTitle: true, getWinSizeChars: true },
  });
  const core = (terminal as unknown as { _core: Core })._core;
  checkShape(core);
  // As wide as the viewers' terminals draw them, emoji above all: else the cursor is elsewhere.
  terminal.loadAddon(new unicode11.Unicode11Addon() as unknown as ITerminalAddon);
  terminal.unicode.activeVersion = UNICODE_VERSION;
  guardEraseAbove(terminal, core);
  return { terminal, core };
}

/**
 * `CSI 1 J` with the cursor in the last cell of a screen without scrollback throws in xterm.js 6.0.0 (it looks at
 * the line below the last one) and leaves the parser in the middle. The same erasing, without that look.
 */
function guardEraseAbove(terminal: HeadlessTerminal, core: Core): void {
  for (const [prefix, protect] of [
    ['', false],
    ['?', true],
  ] as const) {
    terminal.parser.registerCsiHandler({ ...(prefix ? { prefix } : {}), final: 'J' }, (params) => {
      const { active } = core.buffers;
      if (params[0] !== 1 || active.lines.length > active.y + 1 || active.x + 1 < terminal.cols) return false;
      core._inputHandler._restrictCursor(terminal.cols);
      let row = active.y;
      core._inputHandler._eraseInBufferLine(row, 0, active.x + 1, true, protect);
      while (row--) core._inputHandler._resetBufferLine(row, protect);
      return true;
    });
  }
}

let checked = false;

function checkShape(core: Core): void {
  if (checked) return;
  const line = core.buffers.normal.lines.get(0);
  const input = core._inputHandler;
  const right =
    line?._data instanceof Uint32Array &&
    line._data.length === line.length * CELL.words &&
    typeof core.writeSync === 'function' &&
    typeof core.buffers.normal.savedCurAttrData.fg === 'number' &&
    typeof input._curAttrData.extended._ext === 'number' &&
    typeof input._parser.currentState === 'number' &&
    typeof input._parser.precedingJoinState === 'number' &&
    input._utf8Decoder.interim instanceof Uint8Array &&
    Array.isArray(core._charsetService._charsets) &&
    Array.isArray(input._windowTitleStack) &&
    typeof input.onColor === 'function' &&
    typeof core._oscLinkService.getLinkData === 'function';
  if (!right) throw new Error('the headless emulator is not shaped as emulator-internals.ts expects');
  checked = true;
}

/** Designators to try; the emulator shares one object per charset among all terminals, so identity names it. */
const DESIGNATORS = '0ABCEHKQRYZ4567=';
let charsetNames: Map<Charset, string> | undefined;

/** The final character of `ESC ( …` that selects this charset; B is ASCII. */
export function designatorOf(charset: Charset | undefined): string {
  charsetNames ??= learnCharsets();
  return charset ? (charsetNames.get(charset) ?? 'B') : 'B';
}

function learnCharsets(): Map<Charset, string> {
  const names = new Map<Charset, string>();
  const { terminal, core } = newEmulator(2, 1, 0);
  for (const designator of DESIGNATORS) {
    core.writeSync(`\x1b(B\x1b(${designator}`);
    const charset = core._charsetService._charsets[0];
    if (charset && !names.has(charset)) names.set(charset, designator);
  }
  terminal.dispose();
  return names;
}
