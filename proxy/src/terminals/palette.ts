/** The 256 colours that xterm.js begins with, and a viewer's theme over them. Pure. */

export type Rgb = [number, number, number];

/** `#rrggbb` each. */
export interface ThemeColours {
  foreground: string;
  background: string;
  cursor: string;
}

/** Until a viewer has told its own. */
export const DEFAULT_COLOURS: ThemeColours = {
  foreground: '#ffffff',
  background: '#000000',
  cursor: '#ffffff',
};

/** xterm.js, src/browser/Types.ts, DEFAULT_ANSI_COLORS. */
const ANSI = [
  '#2e3436',
  '#cc0000',
  '#4e9a06',
  '#c4a000',
  '#3465a4',
  '#75507b',
  '#06989a',
  '#d3d7cf',
  '#555753',
  '#ef2929',
  '#8ae234',
  '#fce94f',
  '#729fcf',
  '#ad7fa8',
  '#34e2e2',
  '#eeeeec',
];
const CUBE = [0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff];

/** 0–255; 256 foreground, 257 background, 258 cursor. */
export function paletteColour(index: number, theme: ThemeColours): Rgb {
  if (index === 256) return fromHex(theme.foreground);
  if (index === 257) return fromHex(theme.background);
  if (index === 258) return fromHex(theme.cursor);
  if (index < 16) return fromHex(ANSI[index] ?? '#000000');
  if (index < 232) {
    const cube = index - 16;
    return [step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6)];
  }
  const grey = 8 + (index - 232) * 10;
  return [grey, grey, grey];
}

const step = (level: number): number => CUBE[level] ?? 0;

const fromHex = (hex: string): Rgb => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];
