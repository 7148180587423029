/**
 * What the terminal tests are made of: a PTY that does as it is told, a viewer that folds frames
 * into an emulator of its own, and the dump by which two screens are compared cell by cell.
 */
import type { TerminalAttach, TerminalServerMessage } from '@porthole/shared/terminal';
import { type Disposable, Emitter } from '../src/lib/disposable.ts';
import type { PtyChannel, PtyExit, PtyWrite } from '../src/lib/pty.ts';
import { BG, CELL, CM, FG } from '../src/terminals/cells.ts';
import { Emulator } from '../src/terminals/emulator.ts';
import { designatorOf, type Line, type ScreenBuffer } from '../src/terminals/emulator-internals.ts';
import type { Outlet } from '../src/terminals/viewer.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const viewerId = (name: string): string =>
  `viw_${name.padEnd(20, '0').replace(/[^0-9a-hjkmnp-tv-z]/g, '0')}`;
export const userId = (name: string): string =>
  `usr_${name.padEnd(20, '0').replace(/[^0-9a-hjkmnp-tv-z]/g, '0')}`;

/** Lets everything that is ready happen: promises and worker messages. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Waits for a condition that events bring about. */
export async function until(condition: () => boolean, what = 'condition', ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await settle();
  }
}

export class FakePty implements PtyChannel {
  readonly written: Uint8Array[] = [];
  readonly sizes: string[] = [];
  paused = false;
  closed = false;
  /** What it answers to input. */
  writes: PtyWrite = 'taken';
  #data = new Emitter<Uint8Array>();
  #exit = new Emitter<PtyExit>();

  get input(): string {
    return this.written.map(textOf).join('');
  }

  put(data: string | Uint8Array): void {
    this.#data.fire(typeof data === 'string' ? bytesOf(data) : data);
  }

  exit(exit: Partial<PtyExit> = {}): void {
    this.#exit.fire({ kind: 'exited', exitCode: 0, signal: null, ...exit });
  }

  write(data: Uint8Array): PtyWrite {
    if (this.writes === 'taken') this.written.push(data);
    return this.writes;
  }
  resize(cols: number, rows: number): void {
    this.sizes.push(`${cols}x${rows}`);
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  close(): void {
    this.closed = true;
    this.exit({ exitCode: null, signal: 'HUP' });
  }
  onData(listener: (chunk: Uint8Array) => void): Disposable {
    return this.#data.on(listener);
  }
  onExit(listener: (exit: PtyExit) => void): Disposable {
    return this.#exit.on(listener);
  }
}

const DEAF = { answer() {}, title() {}, bell() {} };
type Attached = Extract<TerminalServerMessage, { type: 'attached' }>;

/** A browser tab without a browser: keeps its screen as a viewer is told to by SPEC.md. */
export class TestViewer implements Outlet {
  readonly messages: TerminalServerMessage[] = [];
  readonly frames: number[] = [];
  closed: { code: number; reason: string } | null = null;
  emulator: Emulator | null = null;
  epoch = '';
  seq = 0;
  snapshots = 0;
  received = 0;
  /** Output that arrived and is not parsed; only while `reading` is false. */
  #unparsed: { snapshot: boolean; bytes: Uint8Array }[] = [];
  #snapshotLeft = 0;
  /** false: a tab that has stopped reading. */
  reading = true;
  onAck: ((seq: number) => void) | null = null;

  message(message: TerminalServerMessage): void {
    this.messages.push(message);
    if (message.type === 'attached') this.#attached(message);
    else if (message.type === 'resize') {
      this.#parseAll();
      if (message.seq !== this.seq) throw new Error(`resize at ${message.seq}, but parsed to ${this.seq}`);
      this.emulator?.resize(message.cols, message.rows);
    }
  }

  #attached(message: Attached): void {
    this.#unparsed = [];
    this.epoch = message.epoch;
    this.seq = message.seq;
    this.#snapshotLeft = message.snapshotBytes;
    if (message.mode === 'snapshot') {
      this.snapshots++;
      this.emulator = new Emulator(message.cols, message.rows, DEAF);
      if (message.snapshotBytes === 0) this.onAck?.(this.seq);
    } else this.emulator?.resize(message.cols, message.rows);
  }

  bytes(data: Uint8Array): void {
    this.frames.push(data.length);
    this.received += data.length;
    const snapshot = this.#snapshotLeft > 0;
    if (snapshot) this.#snapshotLeft -= data.length;
    this.#unparsed.push({ snapshot, bytes: data });
    if (this.reading) this.#parseAll();
  }

  /** Reads on after having stopped. */
  read(): void {
    this.reading = true;
    this.#parseAll();
  }

  #parseAll(): void {
    for (const { snapshot, bytes } of this.#unparsed.splice(0)) {
      this.emulator?.write(bytes);
      if (!snapshot) this.seq += bytes.length;
      if (this.#snapshotLeft === 0) this.onAck?.(this.seq);
    }
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  last<T extends TerminalServerMessage['type']>(
    type: T,
  ): Extract<TerminalServerMessage, { type: T }> | undefined {
    return this.messages.filter((message) => message.type === type).at(-1) as
      | Extract<TerminalServerMessage, { type: T }>
      | undefined;
  }

  /** All of it, with attributes and scrollback, to compare. */
  get screen(): string {
    return this.emulator ? dump(this.emulator) : '';
  }

  /** What can be read on it. */
  get text(): string {
    return this.emulator ? visible(this.emulator) : '';
  }
}

export const attachOf = (name: string, more: Partial<TerminalAttach> = {}): TerminalAttach => ({
  type: 'attach',
  version: 1,
  viewer: viewerId(name),
  resume: null,
  cols: 80,
  rows: 24,
  visible: true,
  device: 'laptop',
  ...more,
});

// ── looking at screens ───────────────────────────────────────────────────────

/** Everything of a terminal that can be seen or that decides what comes next, as text to compare. */
export function dump(emulator: Emulator): string {
  const { core, extras } = emulator;
  const { normal, alt, active } = core.buffers;
  const dec = core.coreService.decPrivateModes;
  const input = core._inputHandler;
  const state = {
    size: `${emulator.cols}x${emulator.rows}`,
    active: active === alt ? 'alt' : 'normal',
    // A combining character in a cell of its own goes past the last column; what follows wraps all the same.
    cursor: `${Math.min(active.x, emulator.cols)},${active.y}`,
    dec: JSON.stringify(dec),
    modes: JSON.stringify(core.coreService.modes),
    hidden: core.coreService.isCursorHidden,
    mouse: `${core.coreMouseService.activeProtocol} ${core.coreMouseService.activeEncoding}`,
    eol: core.optionsService.rawOptions.convertEol,
    blink: extras.cursorBlink,
    kitty: JSON.stringify(extras.kitty),
    palette: JSON.stringify([...extras.palette].sort(([a], [b]) => a - b)),
    charsets: `${[0, 1, 2, 3].map((g) => designatorOf(core._charsetService._charsets[g])).join('')}${core._charsetService.glevel}${designatorOf(core._charsetService.charset)}`,
    title: JSON.stringify([
      input._windowTitle,
      input._iconName,
      input._windowTitleStack,
      input._iconNameStack,
    ]),
    attributes: attributes(
      emulator,
      input._curAttrData.fg,
      input._curAttrData.bg,
      input._curAttrData.extended,
    ),
    joins: input._parser.precedingJoinState !== 0,
    parser: input._parser.currentState,
    utf8: [...input._utf8Decoder.interim].join(),
  };
  const head = Object.entries(state).map(([name, value]) => `${name}: ${value}`);
  const buffers = active === alt ? [normal, alt] : [normal];
  return [...head, ...buffers.flatMap((buffer) => dumpBuffer(emulator, buffer))].join('\n');
}

function dumpBuffer(emulator: Emulator, buffer: ScreenBuffer): string[] {
  const saved = buffer.savedCurAttrData;
  const y = Math.min(emulator.rows - 1, Math.max(0, buffer.savedY - buffer.ybase));
  const tabs = Array.from({ length: emulator.cols }, (_, column) => (buffer.tabs[column] ? '|' : '.')).join(
    '',
  );
  const head = [
    `buffer: ${buffer.lines.length} lines, base ${buffer.ybase}, region ${buffer.scrollTop}-${buffer.scrollBottom}`,
    `saved: ${Math.min(buffer.savedX, emulator.cols - 1)},${y} ${attributes(emulator, saved.fg, saved.bg & ~BG.extended, undefined)} ${designatorOf(buffer.savedCharset)}`,
    `tabs: ${tabs}`,
  ];
  const lines: string[] = [];
  for (let index = 0; index < buffer.lines.length; index++) {
    const line = buffer.lines.get(index);
    if (line) lines.push(`${index}${line.isWrapped ? '~' : ' '}${dumpLine(emulator, line)}`);
  }
  return [...head, ...lines];
}

function dumpLine(emulator: Emulator, line: Line): string {
  let out = '';
  let before = '';
  // In the alternate screen lines stay as long as they were; what is beyond the edge comes back when it widens.
  for (let column = 0; column < Math.min(line.length, emulator.cols); column++) {
    const content = line._data[column * CELL.words] as number;
    const width = content >>> CELL.widthShift;
    const text =
      content & CELL.combined
        ? line._combined[column]
        : content & CELL.codepoint
          ? String.fromCodePoint(content & CELL.codepoint)
          : '';
    const bg = line._data[column * CELL.words + 2] as number;
    // Of two adjacent empty cells at the end of a line that have more than a background, one may lose it.
    const look =
      !text && column >= emulator.cols - 2
        ? colour('b', bg)
        : attributes(
            emulator,
            line._data[column * CELL.words + 1] as number,
            bg,
            line._extendedAttrs[column],
          );
    // The second half of a wide character is drawn by the first; one that has lost it looks empty.
    const half = width === 0 && !text;
    if (half && column > 0 && (line._data[(column - 1) * CELL.words] as number) >>> CELL.widthShift === 2)
      continue;
    if (look !== before) out += `{${look}}`;
    before = look;
    out += text ? (width === 1 ? text : `${text}<${width}>`) : '\u00b7';
  }
  return out;
}

function attributes(
  emulator: Emulator,
  fg: number,
  bg: number,
  extended: { _ext: number; _urlId: number } | undefined,
): string {
  const names: string[] = [];
  for (const [name, bit] of Object.entries(FG)) if (fg & bit && name !== 'underline') names.push(name);
  for (const [name, bit] of Object.entries(BG)) if (bg & bit && name !== 'extended') names.push(name);
  names.push(colour('f', fg), colour('b', bg));
  const ext = bg & BG.extended && extended ? extended : { _ext: 0, _urlId: 0 };
  if (fg & FG.underline) names.push(`u${(ext._ext >>> 26) & 7 || 1}`);
  // The emulator forgets a link whose lines are all gone, even while it is still open.
  const link = ext._urlId ? emulator.core._oscLinkService.getLinkData(ext._urlId)?.uri : undefined;
  if (link) names.push(`<${link}>`);
  if (link || fg & FG.underline) names.push(colour('l', ext._ext));
  return names.filter(Boolean).join(' ');
}

function colour(name: string, word: number): string {
  switch (word & CM.mask) {
    case 0:
      return '';
    case CM.rgb:
      return `${name}#${(word & 0xffffff).toString(16)}`;
    default:
      return `${name}${(word & CM.mask) === CM.p16 ? '' : '@'}${word & 0xff}`;
  }
}

/** What is on the screen, without attributes. */
export function visible(emulator: Emulator): string {
  const { active } = emulator.core.buffers;
  let out = '';
  for (let row = 0; row < emulator.rows; row++) {
    const line = active.lines.get(active.ybase + row);
    if (!line) continue;
    for (let column = 0; column < line.length; column++) {
      const content = line._data[column * 3] as number;
      const combined = line._combined[column];
      const code = content & 0x1fffff;
      if (content & 0x200000 && combined) out += combined;
      else if (code) out += String.fromCodePoint(code);
      else if (content >>> 22 === 1) out += ' ';
    }
    out += '\n';
  }
  return out;
}
