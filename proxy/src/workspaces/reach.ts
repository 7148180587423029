/**
 * Looks whether the machines of running workspaces are reached, and whether their folders are still there: nothing else
 * would ever say so of one that nobody opens.
 * Invariants: a machine is asked once for all its workspaces, and for no longer than `LOOK_MS`; it takes two looks in a
 * row to say something bad, and one that was answered to take it back; a row is written only when that changes, for
 * every write goes to every browser.
 */
import type { WorkspaceError } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { SshError } from '../ssh/errors.ts';
import { exec } from '../ssh/exec.ts';
import type { SshPool } from '../ssh/pool.ts';
import { quote } from '../ssh/quote.ts';
import type { SshTarget } from '../ssh/target.ts';
import { specOf } from './effects.ts';
import { describe } from './failures.ts';
import { folderGone, type Provider, ProviderError } from './provider.ts';
import type { Workspace, WorkspaceStore } from './store.ts';

/** Somebody may be waiting at "Try now". */
const LOOK_MS = 10_000;
/** Machines asked at the same time: those that are off hold up no others, and a start does not dial all at once. */
const AT_ONCE = 4;
/** A machine may be restarting, or a network away for a moment. */
const BAD_LOOKS = 2;

/**
 * $@: folders. `gone` only where the folder that it was in can be read, or a disk that is not mounted would lose a
 * workspace.
 */
const LOOK_SCRIPT = `
for folder do
  if [ -d "$folder" ]; then echo there
  elif [ -r "\${folder%/*}" ] && [ -x "\${folder%/*}" ]; then echo gone
  else echo unknown; fi
done`;

export interface ReachDeps {
  clock: Clock;
  log: Logger;
  pool: SshPool;
  store: WorkspaceStore;
  provider: (name: Workspace['provider']) => Provider;
  /** It is not there any more: the workspace has failed. */
  lose: (id: string, error: WorkspaceError) => Promise<unknown>;
}

/** null: it is there. */
type Finding = WorkspaceError | null;

interface Missed {
  looks: number;
  /** When the first of them was. */
  since: number;
}

export class ReachWatch {
  readonly #deps: ReachDeps;
  readonly #missed = new Map<string, Missed>();
  readonly #looking = new Map<string, Promise<void>>();

  constructor(deps: ReachDeps) {
    this.#deps = deps;
  }

  /** One look at every machine that should be there. */
  async check(): Promise<void> {
    try {
      const rows = (await this.#deps.store.listSupervised()).filter(isExpected);
      const known = new Set(rows.map(({ id }) => id));
      for (const id of this.#missed.keys()) if (!known.has(id)) this.#missed.delete(id);
      const groups = await this.#byMachine(rows, BAD_LOOKS);
      await inTurns(groups, AT_ONCE, (group) => this.#lookAt(group, BAD_LOOKS));
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'machines could not be looked for');
    }
  }

  /** A person asks for it: what is found counts at once. Resolves with the row as it is then. */
  async look(id: string): Promise<Workspace | null> {
    const under = this.#looking.get(id);
    const looking = under ?? this.#lookNow(id).finally(() => this.#looking.delete(id));
    if (!under) this.#looking.set(id, looking);
    await looking;
    return this.#deps.store.get(id);
  }

  /** The newest look was not answered: no use in asking it anything else. */
  isMissed(id: string): boolean {
    return this.#missed.has(id);
  }

  /** Somebody got in. */
  reached(workspace: Workspace): void {
    this.#note(workspace, null, BAD_LOOKS).catch((error: unknown) =>
      this.#deps.log.warn({ err: error, workspace: workspace.id }, 'could not note that it is reached'),
    );
  }

  async #lookNow(id: string): Promise<void> {
    const workspace = await this.#deps.store.get(id);
    if (!workspace || !isExpected(workspace)) return;
    for (const group of await this.#byMachine([workspace], 1)) await this.#lookAt(group, 1);
  }

  /** Those without a way in are noted already. */
  async #byMachine(rows: Workspace[], enough: number): Promise<Group[]> {
    const groups = new Map<string, Group>();
    for (const row of rows) {
      try {
        const target = await this.#deps.provider(row.provider).target(specOf(row), row.machine);
        const group = groups.get(target.key) ?? { target, rows: [] };
        groups.set(target.key, group);
        group.rows.push(row);
      } catch (error) {
        await this.#note(row, describe(error, this.#deps.clock.now()).error, enough);
      }
    }
    return [...groups.values()];
  }

  async #lookAt({ target, rows }: Group, enough: number): Promise<void> {
    const findings = await this.#ask(target, rows);
    for (const [index, row] of rows.entries()) await this.#note(row, findings[index] ?? null, enough);
  }

  async #ask(target: SshTarget, rows: Workspace[]): Promise<Finding[]> {
    const { clock, pool } = this.#deps;
    const folders = rows.map(({ machine }) => machine?.folder ?? '/');
    const command = `set -- ${folders.map(quote).join(' ')}\n${LOOK_SCRIPT}`;
    try {
      const look = (signal: AbortSignal) => exec(pool, clock, target, { command, signal });
      // A connection that died unnoticed says nothing of the machine: once more, on a new one.
      const { stdout } = await within(clock, target, (signal) =>
        look(signal).catch((error: unknown) => {
          if (error instanceof SshError && error.code === 'lost') return look(signal);
          throw error;
        }),
      );
      const answers = stdout.toString('utf8').split('\n');
      return folders.map((folder, index) => finding(answers[index], folder, target, clock.now()));
    } catch (error) {
      // It is there, and has no room for one more session.
      if (error instanceof SshError && error.code === 'channel_limit') return rows.map(() => null);
      return rows.map(() => describe(error, clock.now()).error);
    }
  }

  async #note(row: Workspace, found: Finding, enough: number): Promise<void> {
    const { store, clock, log, lose } = this.#deps;
    if (found === null) {
      this.#missed.delete(row.id);
      if (!row.unreachable) return;
      await store.update(row.id, (now) => (now.unreachable ? { unreachable: null } : null));
      log.info({ workspace: row.id }, 'a machine is reached again');
      return;
    }
    const { looks, since } = this.#missed.get(row.id) ?? { looks: 0, since: clock.now() };
    this.#missed.set(row.id, { looks: looks + 1, since });
    if (looks + 1 < enough) return;
    if (found.code === 'machine_gone') return void (await lose(row.id, found));
    if (row.unreachable?.code === found.code) return;
    await store.update(row.id, (now) =>
      isExpected(now) ? { unreachable: { ...found, at: now.unreachable?.at ?? since } } : null,
    );
    log.info({ workspace: row.id, code: found.code }, 'a machine is not reached');
  }
}

interface Group {
  target: SshTarget;
  rows: Workspace[];
}

/** Nothing is under way that would bring it up or down. */
const isExpected = ({ status, pending, machine }: Workspace): boolean =>
  status === 'running' && pending === null && machine !== null;

function finding(answer: string | undefined, folder: string, target: SshTarget, at: number): Finding {
  if (answer === 'there') return null;
  if (answer === 'gone') return describe(folderGone(target, folder), at).error;
  const why =
    answer === 'unknown'
      ? `${target.label} answers, but the place of its workspaces is not there. A disk may not be mounted.`
      : `${target.label} lets us in, but runs no commands as they should.`;
  return describe(new ProviderError('folder_missing', 'transient', why, folder), at).error;
}

/** Rejects with `timeout` after `LOOK_MS`; what goes on behind that has bounds of its own. */
async function within<T>(
  clock: Clock,
  target: SshTarget,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const working = work(abort.signal);
  working.catch(() => {});
  let timer = { dispose() {} };
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(LOOK_MS, () => {
      reject(new SshError('timeout', `${target.label} did not answer within ${LOOK_MS / 1000} s.`));
      abort.abort();
    });
  });
  return Promise.race([working, late]).finally(() => timer.dispose());
}

async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
