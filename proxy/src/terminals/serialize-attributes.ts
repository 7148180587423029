/**
 * One cell's look as escape sequences. Pure: reads attribute words (cells.ts says which bit is what).
 *
 * Invariant: `sgr(a)` written to a terminal in any state of colours gives exactly the visible attributes `a`.
 */
import { BG, CM, FG } from './cells.ts';
import type { Attributes } from './emulator-internals.ts';

/** The visible part of attributes, comparable by its words. */
export interface Look {
  fg: number;
  bg: number;
  /** Underline style and colour. */
  ext: number;
  /** Link of this emulator, 0 for none. */
  url: number;
}

export const PLAIN_LOOK: Look = { fg: 0, bg: 0, ext: 0, url: 0 };

const UNDERLINE_STYLE = 0x1c000000;
const SINGLE = 0x4000000;
const UNDERLINE_COLOUR = CM.mask | CM.value;

type Extended = { _ext: number; _urlId: number } | undefined;

/** A cell's look. The underline's colour counts only where there is a line to colour. */
export function lookOf(fg: number, bg: number, extended: Extended): Look {
  const has = bg & BG.extended ? extended : undefined;
  const lined = fg & FG.underline ? UNDERLINE_STYLE | UNDERLINE_COLOUR : has?._urlId ? UNDERLINE_COLOUR : 0;
  return {
    fg: normalColour(fg) >>> 0,
    bg: (normalColour(bg) & ~BG.extended) >>> 0,
    ext: withStyle(fg, has ? has._ext & lined : 0) >>> 0,
    url: has ? has._urlId : 0,
  };
}

/** DECALN underlines without a style; it looks like a single line. */
const withStyle = (fg: number, ext: number): number =>
  fg & FG.underline && !(ext & UNDERLINE_STYLE) ? ext | SINGLE : ext;

/** What is printed next. Its underline colour counts even while no underline shows it. */
export function currentLook({ fg, bg, extended }: Attributes): Look {
  const look = lookOf(fg, bg, extended);
  return { ...look, ext: (look.ext | (extended._ext & UNDERLINE_COLOUR)) >>> 0 };
}

export const sameLook = (a: Look, b: Look): boolean =>
  a.fg === b.fg && a.bg === b.bg && a.ext === b.ext && a.url === b.url;

/** A change from RGB to a palette colour leaves bits of the old colour behind; they are never looked at. */
function normalColour(word: number): number {
  switch (word & CM.mask) {
    case 0:
      return word & ~CM.value;
    case CM.rgb:
      return word;
    default:
      return word & ~0xffff00;
  }
}

/** Parameters of an SGR that begins with a reset. */
export function sgrParameters(look: Look): string {
  let out = '0';
  const { fg, bg, ext } = look;
  if (fg & FG.bold) out += ';1';
  if (bg & BG.dim) out += ';2';
  if (bg & BG.italic) out += ';3';
  if (fg & FG.blink) out += ';5';
  if (fg & FG.inverse) out += ';7';
  if (fg & FG.invisible) out += ';8';
  if (fg & FG.strikethrough) out += ';9';
  if (bg & BG.overline) out += ';53';
  out += colour(fg, 30, 90, '38') + colour(bg, 40, 100, '48');
  const style = (ext & UNDERLINE_STYLE) >>> 26;
  const lineColour = ext & UNDERLINE_COLOUR;
  if (lineColour === UNDERLINE_COLOUR) out += ';59';
  else if ((lineColour & CM.mask) === CM.rgb) out += `;58:2::${rgb(lineColour, ':')}`;
  else if (lineColour & CM.mask) out += `;58:5:${lineColour & 0xff}`;
  if (fg & FG.underline) out += style > 1 ? `;4:${style}` : ';4';
  return out;
}

/** SGR and, since a reset clears it, the protection that DECSCA sets. */
export const sgr = (look: Look): string =>
  `\x1b[${sgrParameters(look)}m${look.bg & BG.protected ? '\x1b[1"q' : ''}`;

function colour(word: number, base: number, bright: number, extended: string): string {
  const value = word & 0xff;
  switch (word & CM.mask) {
    case CM.p16:
      return `;${value & 8 ? bright + (value & 7) : base + value}`;
    case CM.p256:
      return `;${extended};5;${value}`;
    case CM.rgb:
      return `;${extended};2;${rgb(word, ';')}`;
    default:
      return '';
  }
}

const rgb = (word: number, by: string): string =>
  [(word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff].join(by);
