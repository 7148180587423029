/** Pictures among the files that an agent has changed: screenshots, diagrams, assets. */
import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileChange } from '@porthole/shared/agent-events';
import { IMAGE_BYTES } from '@porthole/shared/agent-limits';

const PICTURE = /\.(png|jpe?g|gif|webp)$/i;
/** Of one look. */
const MAX_PICTURES = 20;

export interface Picture {
  /** Relative to the checkout. */
  path: string;
  /** Base 64. */
  data: string;
}

/** Names one by what is in it. */
export const digestOf = (data: string): string => createHash('sha256').update(data).digest('base64');

/** Those that were written after `since`, ms since 1970. What cannot be read is left out. */
export async function newPictures(
  cwd: string,
  files: readonly FileChange[],
  since: number,
): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const { path, status } of files) {
    if (pictures.length >= MAX_PICTURES) break;
    if (status === 'deleted' || !PICTURE.test(path)) continue;
    const data = await readNew(join(cwd, path), since).catch(() => null);
    if (data) pictures.push({ path, data });
  }
  return pictures;
}

async function readNew(file: string, since: number): Promise<string | null> {
  const found = await lstat(file);
  // Not through a link: what it leads to may be anything.
  if (!found.isFile() || found.size === 0 || found.size > IMAGE_BYTES || found.mtimeMs < since) return null;
  return (await readFile(file)).toString('base64');
}
