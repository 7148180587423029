/**
 * What agents read and write through the bridge: text files within their checkout, links followed. The agent runs as
 * the same user and could do it without us; the bound keeps a confused one at home.
 */
import { lstat, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { RequestError } from '@agentclientprotocol/sdk';

export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** As people write it; what lies outside stays absolute. */
export function relativeTo(cwd: string, path: string): string {
  const inside = relative(cwd, resolve(cwd, path));
  return inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)
    ? path
    : inside;
}

export async function readText(cwd: string, path: string, line?: number | null, limit?: number | null) {
  const file = await within(cwd, path);
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw RequestError.resourceNotFound(path);
  if (found.size > MAX_FILE_BYTES) throw RequestError.invalidParams({ path }, 'the file is too large');
  const text = await readFile(file, 'utf8');
  if (line == null && limit == null) return text;
  const first = Math.max((line ?? 1) - 1, 0);
  return text
    .split('\n')
    .slice(first, limit == null ? undefined : first + limit)
    .join('\n');
}

export async function writeText(cwd: string, path: string, text: string): Promise<void> {
  if (text.length > MAX_FILE_BYTES) throw RequestError.invalidParams({ path }, 'the text is too long');
  const file = await within(cwd, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** The file's real path; links that lead out are refused. */
async function within(cwd: string, path: string): Promise<string> {
  const home = await realpath(cwd);
  const file = await realest(resolve(cwd, path));
  if (file !== home && !file.startsWith(home + sep)) {
    throw RequestError.invalidParams({ path }, 'the path is outside of the checkout');
  }
  return file;
}

/** Of what is not there yet, the parent's real path counts. */
async function realest(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // A link that leads nowhere yet would be written through.
    const link = await lstat(path).catch(() => null);
    if (link?.isSymbolicLink()) throw RequestError.invalidParams({ path }, 'the path is a broken link');
    const parent = dirname(path);
    return parent === path
      ? path
      : join(await realest(parent), path.slice(parent.length).replace(/^[\\/]+/, ''));
  }
}
