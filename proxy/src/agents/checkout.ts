/**
 * What people see of a workspace's checkout beside its terminals: its paths, for @file, and what differs from the base
 * branch. Git is asked on the machine. Invariants: a machine that sleeps is not woken for it; what comes back is
 * bounded in size and time, and hostile until it is parsed.
 */
import { PortholeError } from '@porthole/shared';
import type { FileChange } from '@porthole/shared/agent-events';
import {
  CHANGES_BYTES,
  CHANGES_SCRIPT,
  type ChangedFile,
  DIFF_SCRIPT,
  GIT_TIMEOUT_MS,
  MAX_CHANGED_FILES,
  NO_CHECKOUT,
  parseChanges,
} from '@porthole/shared/git-changes';
import type { Clock } from '../lib/clock.ts';
import type { ExecResult } from '../ssh/exec.ts';
import { shellCommand } from '../ssh/quote.ts';
import type { Machines, Workspace } from '../workspaces/index.ts';
import { matchPaths } from './file-match.ts';

type Place = Pick<Workspace, 'id' | 'folder' | 'baseBranch'>;

const LIST_BYTES = 8 * 1024 * 1024;
const DIFF_BYTES = 512 * 1024;
/** People type faster than files come and go. */
const CACHED_MS = 5_000;
const MAX_CACHED = 50;
export const MAX_FOUND = 50;

export interface Changes {
  files: FileChange[];
  diff: string | null;
  cut: boolean;
}

const LIST_SCRIPT = `
export GIT_OPTIONAL_LOCKS=0 LC_ALL=C
g() { git -c core.fsmonitor=false -c core.quotepath=off "$@"; }
g rev-parse --git-dir >/dev/null 2>&1 || exit ${NO_CHECKOUT}
g ls-files -z --cached --others --exclude-standard --deduplicate`;

export class Checkouts {
  readonly #machines: Pick<Machines, 'execUnmarked'>;
  readonly #clock: Clock;
  readonly #lists = new Map<string, { at: number; paths: Promise<string[]> }>();

  constructor(machines: Pick<Machines, 'execUnmarked'>, clock: Clock) {
    this.#machines = machines;
    this.#clock = clock;
  }

  /** The best first. */
  async find(workspace: Place, match: string): Promise<{ files: string[]; more: boolean }> {
    const found = matchPaths(await this.#paths(workspace), match, MAX_FOUND + 1);
    return { files: found.slice(0, MAX_FOUND), more: found.length > MAX_FOUND };
  }

  /** What has changed; with `path`, the unified text of that file as well. `cut`: there is more than is said. */
  async changes(workspace: Place, path?: string): Promise<Changes> {
    if (path !== undefined && !isWithin(path))
      throw new PortholeError('bad_request', 'This is not a path within the checkout.');
    const changed = await this.#changed(workspace);
    const files = changed.files.slice(0, MAX_CHANGED_FILES).map(({ from: _, ...file }) => file);
    if (path === undefined) return { files, diff: null, cut: changed.cut };
    // Where a renamed file was belongs to what has changed in it.
    const from = changed.files.find((file) => file.path === path)?.from ?? null;
    return { files, ...(await this.#diff(workspace, from === null ? [path] : [from, path])) };
  }

  async #diff(workspace: Place, paths: string[]): Promise<{ diff: string; cut: boolean }> {
    const script = shellCommand(DIFF_SCRIPT, workspace.baseBranch ?? '', ...paths);
    const result = await this.#run(workspace, script, DIFF_BYTES);
    if (result.exitCode === NO_CHECKOUT) return { diff: '', cut: false };
    if (result.exitCode !== 0 && !result.truncated) throw gitFailed(result);
    return { diff: result.stdout.toString('utf8'), cut: result.truncated };
  }

  async #changed(workspace: Place): Promise<{ files: ChangedFile[]; cut: boolean }> {
    const script = shellCommand(CHANGES_SCRIPT, workspace.baseBranch ?? '');
    const result = await this.#run(workspace, script, CHANGES_BYTES);
    if (result.exitCode === NO_CHECKOUT) return { files: [], cut: false };
    if (result.exitCode !== 0 && !result.truncated) throw gitFailed(result);
    const files = parseChanges(result.stdout.toString('utf8'));
    return { files, cut: result.truncated || files.length > MAX_CHANGED_FILES };
  }

  #paths(workspace: Place): Promise<string[]> {
    const now = this.#clock.now();
    const known = this.#lists.get(workspace.id);
    if (known && now - known.at < CACHED_MS) return known.paths;
    const paths = this.#list(workspace);
    this.#lists.delete(workspace.id);
    this.#lists.set(workspace.id, { at: now, paths });
    if (this.#lists.size > MAX_CACHED) this.#lists.delete(this.#lists.keys().next().value!);
    // A failure is not remembered.
    paths.catch(() => {
      if (this.#lists.get(workspace.id)?.paths === paths) this.#lists.delete(workspace.id);
    });
    return paths;
  }

  async #list(workspace: Place): Promise<string[]> {
    const result = await this.#run(workspace, shellCommand(LIST_SCRIPT), LIST_BYTES);
    if (result.exitCode === NO_CHECKOUT) return [];
    if (result.exitCode !== 0 && !result.truncated) throw gitFailed(result);
    const paths = result.stdout.toString('utf8').split('\0');
    // After the last one comes nothing, or a half.
    paths.pop();
    return paths;
  }

  #run({ id, folder }: Place, command: string, maxOutputBytes: number): Promise<ExecResult> {
    if (folder === null) throw new PortholeError('wrong_state', 'This workspace has no checkout yet.');
    return this.#machines.execUnmarked(id, {
      ...{ command, cwd: folder, timeoutMs: GIT_TIMEOUT_MS, maxOutputBytes, endOnTooMuch: true },
    });
  }
}

const isWithin = (path: string): boolean =>
  path !== '' && !path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0');

function gitFailed({ stderr, timedOut }: ExecResult): PortholeError {
  const details = stderr.toString('utf8').slice(0, 2_000);
  const message = timedOut ? 'git did not answer in time.' : 'git could not look at the checkout.';
  return new PortholeError('git_failed', message, details === '' ? {} : { details });
}
