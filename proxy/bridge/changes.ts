/** Which files of a checkout have changed, as git says it (shared/src/git-changes.ts), bounded in time and size. */
import { spawn } from 'node:child_process';
import type { FileChange } from '@porthole/shared/agent-events';
import {
  CHANGES_BYTES,
  CHANGES_SCRIPT,
  GIT_TIMEOUT_MS,
  MAX_CHANGED_FILES,
  parseChanges,
} from '@porthole/shared/git-changes';
import { killGroup } from './processes.ts';
import { clean } from './text.ts';

/** Of all paths together: an event has room for so much. */
const MAX_PATH_CHARS = 200_000;
const MAX_PATH = 1_000;
/** For the script to put away what it has made. */
const TERM_GRACE_MS = 1_000;

export interface Changes {
  files: FileChange[];
  more: number;
}

/** `base`: the branch that the work began from; null: not known. null: not a git checkout, or git does not answer. */
export async function changedFiles(cwd: string, base: string | null): Promise<Changes | null> {
  const output = await run(CHANGES_SCRIPT, cwd, base ?? '');
  if (output === null) return null;
  const files = parseChanges(output);
  const kept: FileChange[] = [];
  let chars = 0;
  for (const { path, status, additions, deletions } of files) {
    chars += path.length;
    if (kept.length >= MAX_CHANGED_FILES || chars > MAX_PATH_CHARS) break;
    kept.push({ path: clean(path.slice(0, MAX_PATH)), status, additions, deletions });
  }
  return { files: kept, more: files.length - kept.length };
}

/** What it prints; null: it failed, or it went on for too long or said too much. */
function run(script: string, cwd: string, ...args: string[]): Promise<string | null> {
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...args], {
    cwd,
    // A group of its own: what hangs is git, and not the shell.
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const end = (signal: NodeJS.Signals) => child.pid !== undefined && killGroup(child.pid, signal);
  const late = setTimeout(() => end('SIGTERM'), GIT_TIMEOUT_MS);
  const last = setTimeout(() => end('SIGKILL'), GIT_TIMEOUT_MS + TERM_GRACE_MS);
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= CHANGES_BYTES) chunks.push(chunk);
    else end('SIGTERM');
  });
  return new Promise((resolve) => {
    const done = (output: string | null) => {
      clearTimeout(late);
      clearTimeout(last);
      resolve(output);
    };
    child.on('error', () => done(null));
    child.on('close', (code) => done(code === 0 ? Buffer.concat(chunks).toString('utf8') : null));
  });
}
