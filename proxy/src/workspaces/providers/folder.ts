/**
 * Workspaces that are folders on a machine which is there already: what `local` and `ssh` have in common.
 * Invariant: it touches `<root>/<workspace id>`, at its end what the workspace's bridge kept, and nothing else; the id
 * is one of ours.
 */
import type { Clock } from '../../lib/clock.ts';
import { type ExecResult, exec, wasInterrupted } from '../../ssh/exec.ts';
import type { SshPool } from '../../ssh/pool.ts';
import { quote } from '../../ssh/quote.ts';
import { endProcesses } from '../../ssh/sweep.ts';
import type { SshTarget } from '../../ssh/target.ts';
import { bridgeStateFolder } from '../machine-folders.ts';
import { folderGone, type Machine, type MachineSpec, ProviderError, workspaceMarker } from '../provider.ts';

const TIMEOUT_MS = 120_000;
/** What a machine may answer (SE7): it goes into a row. Characters. */
const MAX_PATH = 4_096;

/** $1 root (~ is the home folder), $2 id, $3 what its bridge keeps, in the home folder. */
const CREATE = `
umask 077
case $1 in '~'/*) root=$HOME/\${1#'~'/};; *) root=$1;; esac
mkdir -p -- "$root/$2" && cd -- "$root/$2" && pwd -P`;

/**
 * Out of its place first, in one step: what is left of a folder that was removed in part is never taken for a checkout,
 * and is found again by the next delete. A folder may hold read-only folders (Go's module cache); a symbolic link in its
 * place is removed, not followed.
 */
const DESTROY = `
case $1 in '~'/*) root=$HOME/\${1#'~'/};; *) root=$1;; esac
cd / || exit 1
there() { [ -e "$1" ] || [ -L "$1" ]; }
remove() {
  there "$1" || return 0
  rm -rf -- "$1" 2>/dev/null && return
  [ -L "$1" ] || chmod -R u+rwX -- "$1" 2>/dev/null
  rm -rf -- "$1"
}
gone=$root/.gone-$2
[ -L "$root/$2" ] || rm -rf -- "$root/$2"/.secret-*
remove "$gone" || exit
if there "$root/$2"; then
  mv -- "$root/$2" "$gone" && remove "$gone" || exit
fi
remove "$HOME/$3"`;

/** Keys of git's that a killed clone left (git.ts); not through a symbolic link. */
const TIDY = `
case $1 in '~'/*) root=$HOME/\${1#'~'/};; *) root=$1;; esac
[ -L "$root/$2" ] || rm -rf -- "$root/$2"/.secret-*`;

export class WorkspaceFolders {
  readonly #pool: SshPool;
  readonly #clock: Clock;
  readonly #root: string;

  /** `root`: absolute, or `~/…` for the home folder on the machine. */
  constructor(pool: SshPool, clock: Clock, root: string) {
    this.#pool = pool;
    this.#clock = clock;
    this.#root = root;
  }

  async create(target: SshTarget, spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
    const result = await this.#run(target, CREATE, spec, signal);
    const folder = result.stdout.toString('utf8').replace(/\n$/, '');
    if (result.exitCode !== 0 || !folder.startsWith('/') || folder.length > MAX_PATH)
      throw failed('The folder could not be made', target, result);
    return { folder };
  }

  /** Fails with `machine_gone` when the folder is not there any more. */
  async check(target: SshTarget, machine: Machine, signal: AbortSignal): Promise<void> {
    const command = `test -d ${quote(machine.folder)}`;
    const result = await exec(this.#pool, this.#clock, target, { command, timeoutMs: TIMEOUT_MS, signal });
    if (result.exitCode === 0) return;
    if (result.exitCode !== 1) throw failed('The folder could not be looked at', target, result);
    throw folderGone(target, machine.folder);
  }

  /** Ends what runs there. The files stay, but no secret does. */
  async stop(target: SshTarget, spec: MachineSpec): Promise<void> {
    await this.#endProcesses(target, spec);
    const result = await this.#run(target, TIDY, spec);
    if (result.exitCode !== 0) throw failed('A key could not be removed', target, result);
  }

  async #endProcesses(target: SshTarget, spec: MachineSpec): Promise<void> {
    await endProcesses(this.#pool, this.#clock, target, workspaceMarker(checkedId(spec)));
  }

  async destroy(target: SshTarget, spec: MachineSpec): Promise<void> {
    await this.#endProcesses(target, spec);
    const result = await this.#run(target, DESTROY, spec);
    if (result.exitCode !== 0) throw failed('The folder could not be removed', target, result);
  }

  #run(target: SshTarget, script: string, spec: MachineSpec, signal?: AbortSignal): Promise<ExecResult> {
    const id = checkedId(spec);
    const command = `set -- ${quote(this.#root)} ${id} ${quote(bridgeStateFolder(id))}\n${script}`;
    return exec(this.#pool, this.#clock, target, {
      command,
      timeoutMs: TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
  }
}

/** It becomes part of a path that is removed. */
function checkedId({ workspaceId }: MachineSpec): string {
  if (!/^[a-z]+_[0-9a-z]{8,40}$/.test(workspaceId)) throw new RangeError('not a workspace id');
  return workspaceId;
}

function failed(what: string, target: SshTarget, result: ExecResult): ProviderError {
  const said = result.stderr.toString('utf8').trim().slice(-2_000);
  if (wasInterrupted(result)) {
    const why = result.timedOut ? 'it took too long' : 'it was interrupted';
    return new ProviderError(
      'folder_interrupted',
      'transient',
      `${what} on ${target.label}: ${why}.`,
      said || null,
    );
  }
  const full = /No space left on device|Disk quota exceeded/.test(said);
  const message = full ? `${what}: the disk of ${target.label} is full.` : `${what} on ${target.label}.`;
  return new ProviderError(full ? 'disk_full' : 'folder_failed', 'permanent', message, said || null);
}
