import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PortholeError } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../src/auth/actor.ts';
import { ProviderError } from '../src/workspaces/provider.ts';
import { insertEndedTerminal } from './terminal-rows.ts';
import {
  at,
  clock,
  create,
  dataFolder,
  endings,
  hold,
  pending,
  provider,
  send,
  setUp,
  world,
} from './workspaces-steered.ts';
import { codeOf } from './workspaces-world.ts';

const transient = (message = 'not now') => new ProviderError('busy', 'transient', message, 'the details');
const permanent = () => new ProviderError('no_quota', 'permanent', 'The quota is used up.', 'the details');

describe('the supervisor', () => {
  it('[WS2] retries what may pass by itself up to 3 times, and tells of it', async () => {
    await setUp();
    provider.failures = [transient(), transient(), transient()];
    const { id } = await create();
    for (const [attempt, seconds] of [1.5, 3, 6].entries()) {
      const note = `not now Trying again in ${Math.max(1, Math.round(seconds))} s (${attempt + 1} of 3).`;
      const row = await world.workspaceWhen(id, ({ steps }) => steps.some((step) => step.note === note));
      expect(row.status).toBe('provisioning');
      await clock.waiting(seconds * 1_000, seconds * 1_000);
      clock.advance(seconds * 1_000);
    }
    expect(await at(id, 'running', 'error')).toMatchObject({ status: 'running', error: null });
    expect(provider.calls.filter((call) => call === 'create')).toHaveLength(4);
  });

  it('[WS2] gives up after that with the reason, and Retry begins anew', async () => {
    await setUp();
    provider.failures = [transient('1'), transient('2'), transient('3'), transient('4')];
    const { id } = await create();
    for (const ms of [1_500, 3_000, 6_000]) {
      await clock.waiting(ms, ms);
      clock.advance(ms);
    }
    const row = await at(id, 'error');
    expect(row.error).toEqual({
      ...{ code: 'busy', message: '4', details: 'the details', at: clock.now() },
      effect: 'provision',
    });
    expect(row.steps[0]).toMatchObject({ name: 'machine', state: 'failed' });
    expect(await send('retryWorkspace', id)).toMatchObject({ status: 'provisioning', error: null });
    expect(await at(id, 'running', 'error')).toMatchObject({ status: 'running' });
  });

  it('[WS2] does not retry what is wrong for good', async () => {
    await setUp();
    provider.failures = [permanent()];
    const { id } = await create();
    expect(await at(id, 'error')).toMatchObject({ error: { code: 'no_quota' } });
    expect(provider.calls).toEqual(['create']);
  });

  it('[WS1] a stop, and a delete, end a start in the middle', async () => {
    await setUp();
    const first = hold();
    const { id } = await create();
    await first.reached;
    expect(await send('stopWorkspace', id)).toMatchObject({ status: 'stopped' });
    await world.workspaces.supervisor.idle();
    expect(await pending(id)).toEqual({ pending: null, attempt: 0 });

    const second = hold();
    await send('startWorkspace', id);
    await second.reached;
    await send('deleteWorkspace', id);
    await world.workspaceGone(id);
    expect(provider.calls.at(-1)).toBe('destroy');
  });

  it('[WS3] those who come while it starts wait for it and do not begin it anew', async () => {
    await setUp();
    const { goOn, reached } = hold();
    const { id } = await create();
    await reached;
    const visits = [1, 2, 3].map(() => world.workspaces.machines.exec(id, { command: 'echo here' }));
    await send('startWorkspace', id);
    goOn();
    for (const { stdout } of await Promise.all(visits)) expect(stdout.toString()).toBe('here\n');
    expect(provider.calls).toEqual(['create', 'start']);
  });

  it('[WS1] many wishes at once end in the last one, one effect at a time', async () => {
    await setUp();
    const { id } = await create();
    await at(id, 'running');
    await Promise.all([
      send('stopWorkspace', id),
      send('startWorkspace', id),
      send('stopWorkspace', id),
      send('startWorkspace', id),
    ]);
    await world.workspaces.supervisor.idle();
    expect(await at(id, 'running', 'stopped', 'error')).toMatchObject({ status: 'running', error: null });
    expect(await pending(id)).toEqual({ pending: null, attempt: 0 });
  });

  it('[WS1] takes up after a restart what was in flight', async () => {
    await setUp();
    const { reached } = hold();
    const { id } = await create();
    await reached;
    await world.restart();
    expect(await at(id, 'running', 'error')).toMatchObject({ status: 'running', error: null });
    expect(existsSync(join(dataFolder, 'workspaces', id, 'workspace'))).toBe(true);
  });

  it('[WS1] goes on counting the tries after a restart', async () => {
    await setUp();
    provider.failures = [transient()];
    const { id } = await create();
    await clock.waiting(1_500, 1_500);
    expect(await pending(id)).toEqual({ pending: 'provision', attempt: 1 });
    const failing: Error[] = [transient(), transient(), transient()];
    const before = provider;
    await world.restart();
    expect(provider).not.toBe(before);
    provider.failures = failing;
    for (const ms of [3_000, 6_000]) {
      await clock.waiting(ms, ms);
      clock.advance(ms);
    }
    expect(await at(id, 'error')).toMatchObject({ error: { code: 'busy' } });
  });

  it.each(['provisioning', 'deleting'] as const)(
    '[WS1] a row stuck in %s comes to an end at the next start',
    async (status) => {
      await setUp();
      const { id } = await create();
      await at(id, 'running');
      await world.db.q
        .updateTable('workspaces')
        .set({ status, pending: null })
        .where('id', '=', id)
        .execute();
      await world.restart();
      if (status === 'deleting') await world.workspaceGone(id);
      else expect(await at(id, 'running', 'error')).toMatchObject({ status: 'running' });
    },
  );

  it.each(['provision', 'destroy'] as const)(
    '[WS1] a database that could not be written leaves no %s stuck',
    async (effect) => {
      await setUp();
      const { goOn, reached } = hold();
      const { id } = await create();
      await reached;
      if (effect === 'destroy') {
        goOn();
        await at(id, 'running');
        await send('deleteWorkspace', id);
      }
      const { transaction } = world.db;
      world.db.transaction = async () => {
        throw new PortholeError('storage_full', 'The disk is full.');
      };
      goOn();
      await world.workspaces.supervisor.idle();
      expect(await pending(id)).toMatchObject({ pending: effect });
      world.db.transaction = transaction;
      await clock.waiting(30_000, 30_000);
      clock.advance(30_000);
      if (effect === 'destroy') await world.workspaceGone(id);
      else expect(await at(id, 'running', 'error')).toMatchObject({ status: 'running', error: null });
    },
  );

  it('[WS1] a delete that fails says so, and the second one forgets', async () => {
    await setUp();
    const { id } = await create();
    await at(id, 'running');
    provider.failures = [permanent(), permanent()];
    await send('deleteWorkspace', id);
    const row = await at(id, 'error');
    expect(row.error).toMatchObject({ code: 'delete_failed', message: expect.stringContaining('once more') });
    await send('deleteWorkspace', id);
    await world.workspaceGone(id);
    expect(provider.calls.filter((call) => call === 'destroy')).toHaveLength(2);
  });

  it('[WS1] a retry after a failed delete deletes, and is for those alone who may', async () => {
    await setUp();
    const { id } = await create();
    await at(id, 'running');
    provider.failures = [permanent(), permanent()];
    await send('deleteWorkspace', id);
    expect(await at(id, 'error')).toMatchObject({ error: { effect: 'destroy' } });
    expect(await codeOf(send('startWorkspace', id))).toBe('wrong_state');
    const retry = (actor: Actor) => world.call('retryWorkspace', actor, { params: { workspace: id } });
    const other = { ...world.member, userId: world.stranger.userId };
    expect(await codeOf(retry(other))).toBe('not_found');
    await world.db.q.updateTable('workspaces').set({ created_by: world.owner.userId }).execute();
    expect(await codeOf(retry(world.member))).toBe('forbidden');
    expect(await retry(world.owner)).toMatchObject({ status: 'deleting' });
    await world.workspaceGone(id);
    expect(provider.calls.filter((call) => call === 'create' || call === 'destroy')).toEqual([
      ...['create', 'destroy', 'destroy'],
    ]);
  });

  it('[WS1] a retry after a failed stop stops it, and a start makes nothing anew', async () => {
    await setUp();
    const { id } = await create();
    await at(id, 'running');
    provider.failures = [permanent()];
    await send('stopWorkspace', id);
    expect(await at(id, 'error')).toMatchObject({ error: { effect: 'stop', code: 'no_quota' } });
    expect(await send('retryWorkspace', id)).toMatchObject({ status: 'stopped', error: null });
    await world.workspaces.supervisor.idle();
    expect(provider.calls.slice(-2)).toEqual(['stop', 'stop']);
    provider.failures = [permanent()];
    await send('startWorkspace', id);
    expect(await at(id, 'error')).toMatchObject({ error: { effect: 'start' } });
  });

  it('[WS1] removes the rows of its terminals with it', async () => {
    await setUp();
    const { id, organisationId } = await create();
    await at(id, 'running');
    const terminal = await insertEndedTerminal(world.db.q, {
      organisationId,
      workspaceId: id,
      createdBy: world.member.userId,
    });
    await send('deleteWorkspace', id);
    await world.workspaceGone(id);
    expect(world.feed).toContainEqual({ table: 'terminals', id: terminal, row: null });
  });

  it('[WS1] tells the terminals before it ends their machine', async () => {
    await setUp({ canPause: true });
    const { id } = await create();
    await at(id, 'running');
    await send('pauseWorkspace', id);
    await world.workspaces.supervisor.idle();
    await send('stopWorkspace', id);
    await world.workspaces.supervisor.idle();
    await send('deleteWorkspace', id);
    await world.workspaceGone(id);
    expect(endings).toEqual(['pause', 'stop', 'destroy']);
  });

  it('[WS1] refuses what cannot be done now', async () => {
    await setUp();
    const { id } = await create();
    await at(id, 'running');
    expect(await codeOf(send('pauseWorkspace', id))).toBe('wrong_state');
    await send('stopWorkspace', id);
    await world.workspaces.supervisor.idle();
    expect(await codeOf(world.workspaces.machines.openPty(id, { cols: 80, rows: 24, env: {} }))).toBe(
      'wrong_state',
    );
    expect(await codeOf(world.workspaces.supervisor.send('wsp_00000000000000000000', 'start'))).toBe(
      'not_found',
    );
  });

  it('[WS1] a start says when the machine is gone instead of making another in silence', async () => {
    await setUp();
    const { id } = await create();
    await at(id, 'running');
    await world.workspaces.machines.exec(id, { command: 'rm -rf "$(dirname "$PWD")"' });
    await send('stopWorkspace', id);
    await world.workspaces.supervisor.idle();
    await send('startWorkspace', id);
    expect(await at(id, 'error')).toMatchObject({ error: { code: 'machine_gone' } });
    await send('retryWorkspace', id);
    expect(await at(id, 'running', 'error')).toMatchObject({ status: 'running' });
  });
});
