/** [WS2] A machine that breaks off, or says nothing, is asked again: none of it is a reason to give a workspace up. */
import { afterEach, describe, expect, it } from 'vitest';
import { SshPool } from '../src/ssh/pool.ts';
import { endProcesses } from '../src/ssh/sweep.ts';
import { describe as describeFailure } from '../src/workspaces/failures.ts';
import { WorkspaceFolders } from '../src/workspaces/providers/folder.ts';
import { FakeClock } from './fake-clock.ts';
import { targetOf } from './ssh-targets.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { appears, HANGS } from './sshd-moods.ts';

const DIES = 'ForceCommand kill -KILL $$';
const spec = { workspaceId: 'wsp_00000000000000000000', organisationId: 'org_1', hostId: null };
const never = new AbortController().signal;

describe('a machine that breaks off', () => {
  let sshd: Sshd;
  let pool: SshPool;
  afterEach(async () => {
    pool.dispose();
    await sshd.stop();
  });
  async function machine(config: string[], clock = new FakeClock()) {
    sshd = await startSshd({ config });
    pool = new SshPool({ clock });
    return { clock, target: targetOf(sshd), began: () => appears(sshd.home, HANGS.began) };
  }
  const kindOf = async (work: Promise<unknown>) => {
    const failure = await work.then(
      () => new Error('it went well'),
      (error: unknown) => error,
    );
    const { kind, error } = describeFailure(failure, 0);
    return `${kind} ${error.code}`;
  };

  it('[WS2] does not say whether processes have ended: that may pass', async () => {
    const { clock, target, began } = await machine([HANGS.config]);
    const sweeping = kindOf(endProcesses(pool, clock, target, 'PORTHOLE_EXEC=none'));
    await began();
    clock.advance(20_000);
    expect(await sweeping).toBe('transient timeout');
  });

  it('[WS2] is lost while processes are ended: that may pass', async () => {
    const { clock, target, began } = await machine([HANGS.config]);
    const sweeping = kindOf(endProcesses(pool, clock, target, 'PORTHOLE_EXEC=none'));
    await began();
    sshd.killConnections();
    expect(await sweeping).toBe('transient lost');
  });

  it('[WS2] ends what it was asked about the folder: that may pass, and the folder is not gone', async () => {
    const { clock, target } = await machine([DIES]);
    const folders = new WorkspaceFolders(pool, clock, '~/workspaces');
    expect(await kindOf(folders.check(target, { folder: '/' }, never))).toBe('transient folder_interrupted');
    expect(await kindOf(folders.create(target, spec, never))).toBe('transient folder_interrupted');
  });
});
