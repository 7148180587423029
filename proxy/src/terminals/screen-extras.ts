/**
 * What a terminal knows that the emulator does not keep: colours set by programs, kitty keyboard flags, and
 * whether a program has chosen the cursor's blinking. Also the answers that the emulator does not give.
 *
 * Invariant: every query gets exactly one answer, in the order of the queries (TR7).
 */
import type { ColourEvent, Core, HeadlessTerminal } from './emulator-internals.ts';
import { DEFAULT_COLOURS, paletteColour, type Rgb, type ThemeColours } from './palette.ts';
import { currentLook, sgrParameters } from './serialize-attributes.ts';

export interface ExtraModes {
  /** Index (0–255, then foreground, background, cursor) → what a program set it to. */
  palette: ReadonlyMap<number, Rgb>;
  /** Kitty keyboard flags, a stack for each buffer; the last is in force. */
  kitty: { normal: readonly number[]; alt: readonly number[] };
  /** null: no program has said. */
  cursorBlink: boolean | null;
}

const ST = '\x1b\\';
/** kitty's own limit against a program that pushes for ever. */
const MAX_KITTY_STACK = 16;
const KITTY_FLAGS = 0b11111;
const FOREGROUND = 256;

export class Extras implements ExtraModes {
  readonly palette = new Map<number, Rgb>();
  readonly kitty = { normal: [] as number[], alt: [] as number[] };
  cursorBlink: boolean | null = null;
  #colours: ThemeColours = DEFAULT_COLOURS;
  readonly #core: Core;
  readonly #answer: (text: string) => void;

  constructor(terminal: HeadlessTerminal, core: Core, answer: (text: string) => void) {
    this.#core = core;
    this.#answer = answer;
    core._inputHandler.onColor((events) => this.#colour(events));
    const parser = terminal.parser;
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => this.#blink(params, true));
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => this.#blink(params, false));
    parser.registerCsiHandler({ prefix: '>', final: 'u' }, (params) => this.#push(first(params, 0)));
    parser.registerCsiHandler({ prefix: '<', final: 'u' }, (params) => this.#pop(first(params, 1) || 1));
    parser.registerCsiHandler({ prefix: '=', final: 'u' }, (params) => this.#set(params));
    parser.registerCsiHandler({ prefix: '?', final: 'u' }, () =>
      this.#say(`\x1b[?${this.#stack.at(-1) ?? 0}u`),
    );
    parser.registerCsiHandler({ prefix: '>', final: 'q' }, (params) =>
      first(params, 0) === 0 ? this.#say(`\x1bP>|xterm.js(6.0.0)${ST}`) : true,
    );
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, (data) => this.#statusString(data));
    parser.registerEscHandler({ final: 'c' }, () => this.#reset());
  }

  setColours(colours: ThemeColours): void {
    this.#colours = colours;
  }

  /** For another program on the same screen. */
  clear(): void {
    this.palette.clear();
    this.#reset();
    this.cursorBlink = null;
  }

  get #stack(): number[] {
    return this.#core.buffers.active === this.#core.buffers.alt ? this.kitty.alt : this.kitty.normal;
  }

  #say(text: string): true {
    this.#answer(text);
    return true;
  }

  #colour(events: ColourEvent[]): void {
    for (const { type, index, color } of events) {
      if (type === 1 && index !== undefined && color) this.palette.set(index, color);
      else if (type === 2 && index !== undefined) this.palette.delete(index);
      else if (type === 2) for (let each = 0; each < FOREGROUND; each++) this.palette.delete(each);
      else if (type === 0 && index !== undefined) {
        const name = index < FOREGROUND ? `4;${index}` : `${10 + index - FOREGROUND}`;
        const value = this.palette.get(index) ?? paletteColour(index, this.#colours);
        this.#answer(`\x1b]${name};${rgbText(value)}${ST}`);
      }
    }
  }

  #blink(params: readonly (number | number[])[], on: boolean): false {
    if (params.includes(12)) this.cursorBlink = on;
    return false;
  }

  #push(flags: number): true {
    const stack = this.#stack;
    stack.push(flags & KITTY_FLAGS);
    if (stack.length > MAX_KITTY_STACK) stack.shift();
    return true;
  }

  #pop(count: number): true {
    const stack = this.#stack;
    stack.length = Math.max(0, stack.length - count);
    return true;
  }

  #set(params: readonly (number | number[])[]): true {
    const flags = first(params, 0) & KITTY_FLAGS;
    const how = typeof params[1] === 'number' ? params[1] : 1;
    const stack = this.#stack;
    const now = stack.pop() ?? 0;
    stack.push(how === 2 ? now | flags : how === 3 ? now & ~flags : flags);
    return true;
  }

  /** DECRQSS for SGR, to which the emulator always says "none". */
  #statusString(data: string): boolean {
    if (data !== 'm') return false;
    return this.#say(`\x1bP1$r${sgrParameters(currentLook(this.#core._inputHandler._curAttrData))}m${ST}`);
  }

  /** RIS. Colours stay, as they do in xterm.js. */
  #reset(): false {
    this.kitty.normal.length = 0;
    this.kitty.alt.length = 0;
    return false;
  }
}

/** Sets the colours again in another terminal. */
export function paletteSequences(extras: ExtraModes): string {
  let out = '';
  for (const [index, value] of [...extras.palette].sort(([a], [b]) => a - b)) {
    const name = index < FOREGROUND ? `4;${index}` : `${10 + index - FOREGROUND}`;
    out += `\x1b]${name};${rgbText(value)}${ST}`;
  }
  return out;
}

function first(params: readonly (number | number[])[], otherwise: number): number {
  const value = params[0];
  return typeof value === 'number' && value >= 0 ? value : otherwise;
}

/** As xterm does: 16 bits a channel. */
const rgbText = (value: Rgb): string =>
  `rgb:${value.map((channel) => channel.toString(16).padStart(2, '0').repeat(2)).join('/')}`;
