/**
 * Pure: text of agents and machines made fit for a screen (SE5), and times in words. What would turn letters around
 * (bidi overrides) or hide among them (control characters) is shown instead of obeyed.
 */
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** For prose, code and output: line ends and tabs stay. */
export function visible(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(HIDDEN, shown);
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** For one line: a title, a path, a command. Cut to `chars`, since nobody reads on. */
export function oneLine(text: string, chars = 400): string {
  const begin = text.length > chars * 2 ? text.slice(0, chars * 2) : text;
  const line = visible(begin)
    .trim()
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .replace(/\s+/g, ' ');
  return line.length > chars || begin.length < text.length ? `${line.slice(0, chars)}…` : line;
}

/** "0.8 s", "12 s", "1 min 5 s", "2 h 4 min". */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return wholeSeconds(seconds * 1000);
}

/** As `duration`, for what still runs: it changes once a second. */
export function wholeSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000 + 0.05));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** "9:41", and with the day when it is not today's. */
export function clockTime(at: number, now: number, locale?: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const time = { hour: 'numeric', minute: '2-digit' } as const;
  const day = sameDay ? {} : ({ day: 'numeric', month: 'short' } as const);
  return formatter(locale, { ...day, ...time }).format(at);
}

export const fullTime = (at: number, locale?: string): string =>
  formatter(locale, { dateStyle: 'full', timeStyle: 'medium' }).format(at);

/** Making one takes longer than everything else in a row. */
const formatters = new Map<string, Intl.DateTimeFormat>();
function formatter(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${Object.keys(options).join()}`;
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(key, known);
  return known;
}

const numbers = new Intl.NumberFormat('en');
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${numbers.format(count)} ${count === 1 ? one : many}`;

/** "1.2 MB", of 1,000 bytes each. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  if (size < 999_500) return `${Math.round(size / 1e3)} KB`;
  return `${(size / 1e6).toFixed(1)} MB`;
}
