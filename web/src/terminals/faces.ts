/** The terminal's face: its Latin, and the lines and blocks that programs draw with. Others load when first met. */
import cyrillic400 from '@fontsource/cascadia-mono/files/cascadia-mono-cyrillic-400-normal.woff2?url';
import greek400 from '@fontsource/cascadia-mono/files/cascadia-mono-greek-400-normal.woff2?url';
import latin400 from '@fontsource/cascadia-mono/files/cascadia-mono-latin-400-normal.woff2?url';
import latin700 from '@fontsource/cascadia-mono/files/cascadia-mono-latin-700-normal.woff2?url';
import latinExt400 from '@fontsource/cascadia-mono/files/cascadia-mono-latin-ext-400-normal.woff2?url';
import symbols400 from '@fontsource/cascadia-mono/files/cascadia-mono-symbols2-400-normal.woff2?url';
import symbols700 from '@fontsource/cascadia-mono/files/cascadia-mono-symbols2-700-normal.woff2?url';

export const FACE = 'Cascadia Mono';

const LATIN =
  'U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2212, U+2215, U+FEFF, U+FFFD';
const SYMBOLS = 'U+2190-21FF, U+2300-23FF, U+2500-26FF, U+E0A0-E0D7, U+1FB00-1FBFF';
const LATIN_EXT = 'U+0100-0130, U+0132-0151, U+0154-02BA, U+1E00-1EFF, U+20A0-20AB, U+20AD-20C0';
const CYRILLIC = 'U+0301, U+0400-045F, U+0490-0491, U+04B0-04B1, U+2116';
const GREEK = 'U+0370-03FF';

const FACES = [
  [LATIN, latin400, '400'],
  [LATIN, latin700, '700'],
  [SYMBOLS, symbols400, '400'],
  [SYMBOLS, symbols700, '700'],
  [LATIN_EXT, latinExt400, '400'],
  [CYRILLIC, cyrillic400, '400'],
  [GREEK, greek400, '400'],
] as const;

let known = false;

/** The face has to be there before anything is measured by it. */
export async function loadFace(): Promise<void> {
  if (!known)
    for (const [unicodeRange, url, weight] of FACES)
      document.fonts.add(
        new FontFace(FACE, `url(${url}) format("woff2")`, { unicodeRange, weight, display: 'swap' }),
      );
  known = true;
  const first = ['400', '700'].map((weight) => document.fonts.load(`${weight} 13px "${FACE}"`, 'W─'));
  await Promise.all(first).catch(() => []);
}
