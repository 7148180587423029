// Compresses the built app once: a server would do it at each of its starts, and less well.
// Invariant: `<file>.br` is written after `<file>` and never changes it; nothing is left where it would not be smaller.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const brotli = promisify(brotliCompress);
/** The best, 11, is two in a hundred smaller and takes more than twice as long. */
const QUALITY = 10;
/** What browsers of the app load; nobody but a developer loads a source map. */
const kinds = new Set(['.html', '.js', '.css', '.webmanifest', '.svg']);

/** @param {string} folder of the built app */
export async function compressFolder(folder) {
  const names = await readdir(folder, { recursive: true });
  await Promise.all(
    names.filter((name) => kinds.has(extname(name))).map((name) => compress(join(folder, name))),
  );
}

async function compress(file) {
  const content = await readFile(file);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength,
  };
  const smaller = await brotli(content, { params });
  if (smaller.byteLength < content.byteLength) await writeFile(`${file}.br`, smaller);
}
