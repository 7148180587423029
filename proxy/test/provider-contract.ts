/** What every provider of machines must do (WS4). Run on a real machine each. */

import { randomBytes } from 'node:crypto';
import { idFromBytes } from '@porthole/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../src/lib/clock.ts';
import { exec } from '../src/ssh/exec.ts';
import type { SshPool } from '../src/ssh/pool.ts';
import { openPty } from '../src/ssh/pty.ts';
import { quote } from '../src/ssh/quote.ts';
import { bridgeStateFolder } from '../src/workspaces/machine-folders.ts';
import {
  type Machine,
  type MachineSpec,
  type Provider,
  WORKSPACE_VARIABLE,
} from '../src/workspaces/provider.ts';
import { watchPty } from './ssh-targets.ts';

export interface ProviderUnderTest {
  provider: Provider;
  pool: SshPool;
  /** Of a machine that can be made. */
  spec: Pick<MachineSpec, 'organisationId' | 'hostId'>;
  dispose(): Promise<void>;
}

export function providerContract(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`[WS4] ${name} keeps the contract of providers`, () => {
    let under: ProviderUnderTest;
    beforeAll(async () => {
      under = await make();
    });
    afterAll(() => under.dispose());

    const specs: MachineSpec[] = [];
    const newSpec = (): MachineSpec => {
      const spec = { ...under.spec, workspaceId: idFromBytes('workspace', randomBytes(20)) };
      specs.push(spec);
      return spec;
    };
    const never = new AbortController().signal;
    const create = (spec: MachineSpec, signal = never) => under.provider.create(spec, () => {}, signal);
    const run = async (spec: MachineSpec, machine: Machine, command: string) => {
      const target = await under.provider.target(spec, machine);
      const env = { [WORKSPACE_VARIABLE]: spec.workspaceId };
      return exec(under.pool, clock, target, { command, cwd: machine.folder, env });
    };
    /** Looks from outside: in the machine, but not as part of the workspace. */
    const look = async (spec: MachineSpec, machine: Machine, command: string) => {
      const result = await exec(under.pool, clock, await under.provider.target(spec, machine), { command });
      return result.stdout.toString().trim();
    };
    const shell = async (spec: MachineSpec, machine: Machine) =>
      openPty(under.pool, clock, await under.provider.target(spec, machine), {
        cols: 80,
        rows: 24,
        cwd: machine.folder,
        env: { [WORKSPACE_VARIABLE]: spec.workspaceId },
      });

    it('says what it is and what it can do', () => {
      expect(under.provider.name).toMatch(/^(local|ssh|docker|freestyle)$/);
      expect(under.provider.availability).toEqual({ enabled: true, reason: null });
      expect('pause' in under.provider).toBe(
        (under.provider.capabilities as readonly string[]).includes('pause'),
      );
    });

    it('makes a machine with a folder of its own, private to its user', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      expect(machine.folder).toMatch(/^\//);
      expect(machine.folder).toContain(spec.workspaceId);
      expect(await look(spec, machine, `stat -c %a ${quote(machine.folder)}`)).toBe('700');
      expect((await run(spec, machine, 'ls -A')).stdout.toString()).toBe('');
    });

    it('makes it once, however often it is asked', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      await run(spec, machine, 'echo mine > note');
      expect(await create(spec)).toEqual(machine);
      expect((await run(spec, machine, 'cat note')).stdout.toString()).toBe('mine\n');
    });

    it('keeps workspaces apart', async () => {
      const [one, other] = [newSpec(), newSpec()];
      const machines = [await create(one), await create(other)] as const;
      expect(machines[0].folder).not.toBe(machines[1].folder);
      const pty = await shell(other, machines[1]);
      const seen = watchPty(pty);
      await under.provider.destroy(one, machines[0]);
      pty.write(Buffer.from('echo still $((40+2))\n'));
      await seen.until(/still 42/);
      pty.close();
    });

    it('has shells and commands that know where they are', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      const pty = await shell(spec, machine);
      const seen = watchPty(pty);
      pty.write(Buffer.from(`echo "at=$PWD; of=$${WORKSPACE_VARIABLE}"; exit 5\n`));
      const [, at, of] = await seen.until(/at=(\/.+); of=(wsp_\S+)/);
      expect({ at, of }).toEqual({ at: machine.folder, of: spec.workspaceId });
      expect(await seen.exited).toMatchObject({ kind: 'exited', exitCode: 5 });
      expect(await run(spec, machine, 'exit 6')).toMatchObject({ exitCode: 6 });
    });

    it('stop ends all that runs, keeps the files, and can be repeated; start brings it back', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      const pty = await shell(spec, machine);
      const seen = watchPty(pty);
      pty.write(Buffer.from('touch kept; setsid -f sleep 5551; (nohup sleep 5552 &) ; echo re""ady\n'));
      await seen.until(/ready/);
      await under.provider.stop(spec, machine);
      expect(await seen.exited).toMatchObject({ exitCode: null });
      await under.provider.stop(spec, machine);
      await under.provider.start(spec, machine, () => {}, never);
      await under.provider.start(spec, machine, () => {}, never);
      expect((await run(spec, machine, 'ls')).stdout.toString()).toContain('kept');
      expect(
        await look(spec, machine, `grep -lsF ${WORKSPACE_VARIABLE}=${spec.workspaceId} /proc/[0-9]*/environ`),
      ).toBe('');
    });

    it('[SE4] stop takes away the key of a clone that was killed, and nothing else', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      await run(spec, machine, 'mkdir .secret-x1y2z3 .secrets; touch .secret-x1y2z3/key .secrets/mine');
      await under.provider.stop(spec, machine);
      expect((await run(spec, machine, 'ls -A')).stdout.toString()).toBe('.secrets\n');
    });

    it('start says when the machine is gone', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      await look(spec, machine, `rm -rf ${quote(machine.folder)}`);
      await expect(under.provider.start(spec, machine, () => {}, never)).rejects.toMatchObject({
        code: 'machine_gone',
        kind: 'permanent',
      });
    });

    it('destroy leaves neither a process nor a file, whatever is in the way, and nothing else goes', async () => {
      const [spec, neighbour] = [newSpec(), newSpec()];
      const machine = await create(spec);
      const beside = await create(neighbour);
      await run(neighbour, beside, 'touch treasure');
      const bridges = [spec, neighbour].map(({ workspaceId }) => `~/${bridgeStateFolder(workspaceId)}`);
      await look(spec, machine, `mkdir -p ${bridges.map((each) => `${each}/attachments`).join(' ')}`);
      await look(spec, machine, `echo x > ${bridges[0]}/attachments/a; chmod a-w ${bridges[0]}/attachments`);
      await run(
        spec,
        machine,
        `ln -s ${quote(beside.folder)} link; mkdir -p locked/in; touch locked/in/file; chmod -R a-w locked; chmod 000 locked/in;
         setsid -f sh -c 'trap "" HUP TERM; while :; do date > busy; sleep 0.05; done' >/dev/null 2>&1 </dev/null`,
      );
      await under.provider.destroy(spec, machine);
      expect(await look(neighbour, beside, `ls -d ${quote(machine.folder)} 2>/dev/null; true`)).toBe('');
      expect(await look(neighbour, beside, `grep -lsF ${spec.workspaceId} /proc/[0-9]*/environ`)).toBe('');
      expect((await run(neighbour, beside, 'ls')).stdout.toString()).toBe('treasure\n');
      const left = await look(neighbour, beside, `cd ~ && ls -d ${bridges.join(' ')} 2>/dev/null; true`);
      expect(left.split('\n').map((path) => path.split('/').at(-1))).toEqual([neighbour.workspaceId]);
      await under.provider.destroy(spec, machine);
      await under.provider.destroy(spec, null);
    });

    it('destroy takes it out of its place in one step, and finds again what an earlier one left', async () => {
      const spec = newSpec();
      const machine = await create(spec);
      await run(spec, machine, 'mkdir checkout; touch checkout/file');
      // As an earlier delete that was cut short left it, and a workspace that was made in its place.
      const gone = machine.folder.replace(spec.workspaceId, `.gone-${spec.workspaceId}`);
      await look(spec, machine, `mkdir -p ${quote(gone)}/checkout/locked; chmod 000 ${quote(gone)}/checkout`);
      await under.provider.destroy(spec, machine);
      const left = `ls -d ${quote(machine.folder)} ${quote(gone)} 2>/dev/null; true`;
      expect(await look(spec, machine, left)).toBe('');
      await look(spec, machine, `mkdir -p ${quote(gone)}/checkout`);
      await under.provider.destroy(spec, machine);
      expect(await look(spec, machine, left)).toBe('');
    });

    it('gives up what it is doing when it is told to', async () => {
      const abort = new AbortController();
      const creating = create(newSpec(), abort.signal);
      abort.abort();
      await expect(creating).rejects.toMatchObject({ code: 'aborted' });
    });

    it('refuses an id that is none of ours, for it becomes a path', async () => {
      for (const workspaceId of ['', '.', '..', '../x', 'wsp_1; rm -rf ~', 'wsp_a/b']) {
        const spec = { ...under.spec, workspaceId };
        await expect(create(spec)).rejects.toThrow(RangeError);
        await expect(under.provider.destroy(spec, null)).rejects.toThrow(RangeError);
      }
    });

    it('leaves nothing behind', async () => {
      for (const spec of specs) await under.provider.destroy(spec, null);
    });
  });
}
