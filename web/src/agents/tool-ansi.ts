/**
 * Pure: what a program printed, as lines of coloured runs (SE5). Colours and weights become class names; a carriage
 * return begins the line anew; every other escape sequence is left out and never obeyed.
 */
import { visible } from './timeline-text.ts';

export interface Run {
  text: string;
  /** Of tool-ansi.css; '' is plain. */
  className: string;
}
export type Line = Run[];

/** Runs in all: what is coloured character by character goes on without colours. */
const MAX_RUNS = 6_000;

/** CSI with its parameters and final byte; OSC, DCS, PM, APC, SOS to their end; other two-character escapes. Never fails
 * once begun: a sequence without its end would be scanned again from each of its characters. */
const ESCAPE =
  /(?:\x1b\[|\x9b)([0-?]{0,64})[ -/]{0,8}([@-~])|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,65536}(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]{0,8}[0-~]?/g;

interface Style {
  fg: string;
  bg: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  inverse: boolean;
}
const PLAIN: Style = {
  ...{ fg: '', bg: '', bold: false, dim: false },
  ...{ italic: false, underline: false, strike: false, inverse: false },
};

export function ansiLines(output: string): Line[] {
  const text = output.replace(/\r{1,4}\n/g, '\n');
  const lines: Line[] = [[]];
  let style = PLAIN;
  let runs = 0;
  let from = 0;
  const put = (piece: string): void => {
    const className = runs < MAX_RUNS ? classOf(style) : '';
    piece.split('\n').forEach((part, place) => {
      if (place > 0) lines.push([]);
      runs += append(lines, part, className);
    });
  };
  for (const match of text.matchAll(ESCAPE)) {
    if (match.index > from) put(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === 'm') style = restyle(style, match[1] ?? '');
  }
  if (from < text.length) put(text.slice(from));
  // What ends with a line end has no further line.
  if (lines.length > 1 && lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

/** Puts text at the end of the last line; what stands after a carriage return takes the line over. */
function append(lines: Line[], part: string, className: string): number {
  let line = lines.at(-1) as Line;
  let text = part;
  const back = text.lastIndexOf('\r');
  if (back >= 0) {
    text = text.slice(back + 1);
    line = [];
    lines[lines.length - 1] = line;
  }
  text = visible(text.replace(/[\x07\x08]/g, ''));
  if (text === '') return 0;
  const last = line.at(-1);
  if (last?.className === className) {
    last.text += text;
    return 0;
  }
  line.push({ text, className });
  return 1;
}

function classOf(style: Style): string {
  if (style === PLAIN) return '';
  const fg = style.inverse ? style.bg || 'bg' : style.fg;
  const bg = style.inverse ? style.fg || 'fg' : style.bg;
  return [
    fg && `a-${fg}`,
    bg && `a-on-${bg}`,
    style.bold && 'a-bold',
    style.dim && 'a-dim',
    style.italic && 'a-italic',
    style.underline && 'a-underline',
    style.strike && 'a-strike',
  ]
    .filter(Boolean)
    .join(' ');
}

function restyle(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  const style = { ...before };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] as number;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(codes, at + 1);
      style[code === 38 ? 'fg' : 'bg'] = colour;
      at += used;
    } else Object.assign(style, simple(code));
  }
  return Object.entries(PLAIN).every(([key, value]) => style[key as keyof Style] === value) ? PLAIN : style;
}

function simple(code: number): Partial<Style> {
  if (code >= 30 && code <= 37) return { fg: String(code - 30) };
  if (code >= 40 && code <= 47) return { bg: String(code - 40) };
  if (code >= 90 && code <= 97) return { fg: String(code - 82) };
  if (code >= 100 && code <= 107) return { bg: String(code - 92) };
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { bold: true };
    case 2:
      return { dim: true };
    case 3:
      return { italic: true };
    case 4:
      return { underline: true };
    case 7:
      return { inverse: true };
    case 9:
      return { strike: true };
    case 22:
      return { bold: false, dim: false };
    case 23:
      return { italic: false };
    case 24:
      return { underline: false };
    case 27:
      return { inverse: false };
    case 29:
      return { strike: false };
    case 39:
      return { fg: '' };
    case 49:
      return { bg: '' };
    default:
      return {};
  }
}

/** 256 colours and true colour, as the nearest of the sixteen that both themes can show legibly. */
function extended(codes: number[], at: number): [string, number] {
  if (codes[at] === 5) return [indexed(codes[at + 1] ?? 0), 2];
  if (codes[at] === 2) return [nearest(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), 4];
  return ['', 0];
}

function indexed(index: number): string {
  if (index < 16) return String(Math.max(0, index));
  if (index >= 232) {
    const grey = (index - 232) * 10 + 8;
    return nearest(grey, grey, grey);
  }
  const cube = index - 16;
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): string {
  const most = Math.max(red, green, blue);
  const least = Math.min(red, green, blue);
  if (most - least < 32) return most < 64 ? '0' : most < 160 ? '8' : most < 224 ? '7' : '15';
  const half = (most + least) / 2;
  const hue = (red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0);
  return String(most > 200 ? hue + 8 : hue);
}
