/** What the settings may know of terminals, without the emulator that index.ts brings along. */
export { MAX_FONT, MIN_FONT } from './fit.ts';
export { type CursorStyle, DEFAULT_FONT, prefer, preferences } from './preferences.ts';
