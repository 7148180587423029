/**
 * One terminal's headless emulator: parses its output, answers its queries, and can be written down.
 *
 * A snapshot is taken at any place: where the parser stands inside an escape sequence or a UTF-8 character, the
 * bytes that are half read end the snapshot verbatim (control characters among them that were acted on already
 * are left out), so the live bytes that follow complete them. Invariant: `restore(snapshot())` is the same screen.
 */
import { SCROLLBACK_LINES } from '@porthole/shared/flow-limits';
import { CELL } from './cells.ts';
import { type Core, GROUND, type HeadlessTerminal, type Line, newEmulator } from './emulator-internals.ts';
import type { ThemeColours } from './palette.ts';
import { type ExtraModes, Extras } from './screen-extras.ts';
import { serializeScreen } from './screen-modes.ts';
import { TailKeeper } from './screen-scan.ts';

export interface EmulatorEvents {
  answer(bytes: Uint8Array): void;
  title(title: string): void;
  bell(): void;
}

/** Parser states from ESCAPE to CSI_IGNORE: control characters inside are executed at once. */
const LAST_EXECUTING_STATE = 6;
const encoder = new TextEncoder();

export class Emulator {
  readonly #terminal: HeadlessTerminal;
  readonly #core: Core;
  readonly #extras: Extras;
  readonly #scrollback: number;
  #tail = new TailKeeper();
  #quiet = false;

  constructor(cols: number, rows: number, events: EmulatorEvents, scrollback = SCROLLBACK_LINES) {
    const { terminal, core } = newEmulator(cols, rows, scrollback);
    this.#terminal = terminal;
    this.#core = core;
    this.#scrollback = scrollback;
    const answer = (text: string) => {
      if (!this.#quiet) events.answer(encoder.encode(text));
    };
    terminal.onData(answer);
    this.#extras = new Extras(terminal, core, answer);
    terminal.onTitleChange((title) => this.#quiet || events.title(title));
    terminal.onBell(() => this.#quiet || events.bell());
  }

  static restore(
    snapshot: Uint8Array,
    cols: number,
    rows: number,
    events: EmulatorEvents,
    scrollback = SCROLLBACK_LINES,
  ): Emulator {
    const emulator = new Emulator(cols, rows, events, scrollback);
    emulator.mute(true);
    emulator.write(snapshot);
    emulator.mute(false);
    return emulator;
  }

  /** While muted it tells nothing: what a snapshot sets has been told when it happened. */
  mute(quiet: boolean): void {
    this.#quiet = quiet;
  }

  get cols(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  /** For tests, which compare screens cell by cell. */
  get core(): Core {
    return this.#core;
  }

  get extras(): ExtraModes {
    return this.#extras;
  }

  write(bytes: Uint8Array): void {
    this.#core.writeSync(bytes);
    const { _parser, _utf8Decoder } = this.#core._inputHandler;
    const partial = _utf8Decoder.interim.indexOf(0);
    this.#tail.after(
      bytes,
      _parser.currentState !== GROUND,
      partial < 0 ? _utf8Decoder.interim.length : partial,
    );
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
  }

  setColours(colours: ThemeColours): void {
    this.#extras.setColours(colours);
  }

  snapshot(): Uint8Array {
    const state = this.#core._inputHandler._parser.currentState;
    const tail = this.#tail.bytes(state > GROUND && state <= LAST_EXECUTING_STATE);
    const screen = encoder.encode(serializeScreen(this.#core, this.cols, this.rows, this.#extras));
    if (tail.length === 0) return screen;
    const both = new Uint8Array(screen.length + tail.length);
    both.set(screen);
    both.set(tail, screen.length);
    return both;
  }

  /**
   * How many line ends must follow a place in plain text so that nothing before it leaves a trace; null while
   * something is in force (another buffer, a scroll region, half a sequence) that would make it leave one.
   */
  linesThatBury(): number | null {
    const { active, normal } = this.#core.buffers;
    const plain =
      active === normal &&
      active.scrollTop === 0 &&
      active.scrollBottom === this.rows - 1 &&
      this.#tail.length === 0 &&
      this.#core._inputHandler._curAttrData.extended._urlId === 0;
    return plain ? this.#scrollback + 2 * this.rows : null;
  }

  /** Another program takes the place of one that has ended: its screen stays above, its modes do not. */
  begin(): void {
    this.mute(true);
    this.write(encoder.encode(DEFAULTS));
    const { normal } = this.#core.buffers;
    let row = this.rows - 1;
    while (row > 0 && isEmpty(normal.lines.get(normal.ybase + row))) row--;
    const tabs = Array.from(
      { length: Math.ceil(this.cols / 8) },
      (_, stop) => `\x1b[${stop * 8 + 1}G\x1bH`,
    ).join('');
    this.write(encoder.encode(`${tabs}\x1b[${row + 1}H\r\n`));
    this.#extras.clear();
    this.mute(false);
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

function isEmpty(line: Line | undefined): boolean {
  if (!line) return true;
  for (let at = 0; at < line._data.length; at += CELL.words)
    if ((line._data[at] as number) & CELL.content) return false;
  return true;
}

/** Modes back to their defaults, colours and links too, wherever the program has left them. */
const DEFAULTS =
  '\x18\x1b[?47l\x1b[!p\x1b[?1l\x1b[?9;1000;1002;1003;1006;1016l\x1b[?45;1004;2004;2026l\x1b[?7h\x1b[4;20l' +
  '\x1b[0 q\x1b]8;;\x1b\\\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\\x1b[3g\x1b[m';
