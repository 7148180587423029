/** Colours of the terminal, dark and light. The background is the app's `--terminal`. */
import type { ITheme } from '@xterm/xterm';
import type { Colours } from './attach-socket.ts';

export type ThemeName = 'dark' | 'light';

const DARK = {
  foreground: '#d7dbe2',
  background: '#0c0e11',
  cursor: '#5bb8e0',
  cursorAccent: '#0c0e11',
  selectionBackground: '#5bb8e04d',
  selectionInactiveBackground: '#8f98a666',
  overviewRulerBorder: '#00000000',
  scrollbarSliderBackground: '#ffffff1f',
  scrollbarSliderHoverBackground: '#ffffff3d',
  scrollbarSliderActiveBackground: '#ffffff57',
  black: '#1d2127',
  red: '#f2777a',
  green: '#6cc794',
  yellow: '#e5b454',
  blue: '#6cb2eb',
  magenta: '#c592ea',
  cyan: '#5bc8d6',
  white: '#c8ced8',
  brightBlack: '#6b7381',
  brightRed: '#ff9a9c',
  brightGreen: '#94e0b3',
  brightYellow: '#ffd479',
  brightBlue: '#97ceff',
  brightMagenta: '#ddb6ff',
  brightCyan: '#8be4f0',
  brightWhite: '#ffffff',
} satisfies ITheme;

const LIGHT = {
  foreground: '#23272e',
  background: '#fcfcfd',
  cursor: '#0a6c96',
  cursorAccent: '#fcfcfd',
  selectionBackground: '#0a6c9638',
  selectionInactiveBackground: '#67728259',
  overviewRulerBorder: '#00000000',
  scrollbarSliderBackground: '#10182826',
  scrollbarSliderHoverBackground: '#10182847',
  scrollbarSliderActiveBackground: '#10182861',
  black: '#23272e',
  red: '#c4262e',
  green: '#15803d',
  yellow: '#946200',
  blue: '#0a66b8',
  magenta: '#8250df',
  cyan: '#0e7490',
  white: '#6e7781',
  brightBlack: '#57606a',
  brightRed: '#d1242f',
  brightGreen: '#1a7f37',
  brightYellow: '#9a6700',
  brightBlue: '#0969da',
  brightMagenta: '#9a5fe6',
  brightCyan: '#1b7c9a',
  brightWhite: '#8c959f',
} satisfies ITheme;

export const THEMES: Record<ThemeName, ITheme & Colours> = { dark: DARK, light: LIGHT };

/** What programs are told when they ask for colours. */
export function coloursOf(name: ThemeName): Colours {
  const { foreground, background, cursor } = THEMES[name];
  return { foreground, background, cursor };
}

/** Colours of matches, for the search addon. */
export const MATCHES = {
  dark: {
    matchBackground: '#4a4020',
    activeMatchBackground: '#a9781c',
    matchOverviewRuler: '#a9781c',
    activeMatchColorOverviewRuler: '#e5b454',
  },
  light: {
    matchBackground: '#fbe7a8',
    activeMatchBackground: '#f3b736',
    matchOverviewRuler: '#c9a13a',
    activeMatchColorOverviewRuler: '#a15c07',
  },
} as const;
