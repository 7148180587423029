/**
 * The encryption key's file. Invariant: made once, readable by its owner only, and never in the database (SE4).
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

const KEY_BYTES = 32;

/** The key in the file, which is made when there is none. 32 bytes. */
export function keyFromFile(file: string): Uint8Array {
  const found = readIfAny(file);
  if (found !== null) {
    const key = Buffer.from(found.trim(), 'base64');
    if (key.length === KEY_BYTES) return key;
    throw new Error(`${file} does not hold a key of ${KEY_BYTES} bytes in base64. Restore it from a backup.`);
  }
  const key = randomBytes(KEY_BYTES);
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, `${key.toString('base64')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return key;
}

function readIfAny(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
