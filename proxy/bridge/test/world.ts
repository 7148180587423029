/** For tests: a checkout, a state folder and the built bridge, all real, in a temporary folder that is removed. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Author } from '@porthole/shared/bridge';
import { type IdKind, idFromBytes } from '@porthole/shared/ids';
import type * as z from 'zod/mini';
import { processesWith, scriptedAgentsIn } from '../../../shared/test/processes.ts';
import { ProxyEnd } from './proxy.ts';

/** Made anew before the tests where it is old. */
const BUILT = fileURLToPath(new URL('../../dist/bridge.mjs', import.meta.url));

export interface World {
  root: string;
  /** The checkout. */
  cwd: string;
  state: string;
  program: string;
  env: NodeJS.ProcessEnv;
  git(...args: string[]): string;
  /** A new connection of the same proxy. */
  attach(): ProxyEnd;
  daemons(): number[];
  /** Pids of scripted agents. */
  agents(): number[];
  end(): Promise<void>;
}

export async function makeWorld(extra: NodeJS.ProcessEnv = {}): Promise<World> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'porthole-bridge-')));
  const [cwd, state, program] = [join(root, 'checkout'), join(root, 'state'), join(root, 'bridge.mjs')];
  mkdirSync(cwd);
  copyFileSync(BUILT, program);
  const plain = {
    ...{ PATH: process.env.PATH, HOME: root, LANG: 'C.UTF-8', GIT_CONFIG_NOSYSTEM: '1' },
  };
  const env = { ...plain, PORTHOLE_SCRIPTED_PACE: 'instant', ...extra };
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd, env: plain, encoding: 'utf8', stdio: 'pipe' }).trim();
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Repository');
  git('config', 'user.email', 'repository@example.com');
  writeFileSync(join(cwd, 'README.md'), 'one\ntwo\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  const open = new Set<ProxyEnd>();
  const daemons = () => processesWith('daemon', state);
  const agents = () => scriptedAgentsIn(join(state, 'processes'));
  return {
    ...{ root, cwd, state, program, env, git, daemons, agents },
    attach: () => {
      const proxy = new ProxyEnd(program, state, cwd, env);
      open.add(proxy);
      return proxy;
    },
    end: async () => {
      for (const proxy of open) proxy.kill();
      for (const pid of daemons()) await endProcess(pid);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** There is no event for what is done by a process that is not ours. */
export async function eventually(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > deadline) throw new Error('it has not come to be');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Ends it the hard way where it does not end, and waits until it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (let next: NodeJS.Signals | 0 = signal; ; ) {
    try {
      process.kill(pid, next);
      // A child of ours that nobody waits for.
      if (/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return;
    } catch {
      return;
    }
    next = Date.now() > deadline ? 'SIGKILL' : 0;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let made = 0;

/** A new one each time, the same in each run. */
export function id(kind: IdKind): string {
  made += 1;
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(0, made);
  // Each byte counts with its lower 5 bits.
  return idFromBytes(
    kind,
    bytes.map((_, at) => (at < 6 ? (made >> (5 * at)) & 31 : 7)),
  );
}

export const ada: z.infer<typeof Author> = { name: 'Ada "the first" Lovelace', email: 'ada@example.com' };
