/** When a workspace is idle, and what becomes of it then. */
import { PAUSED_STOP_MS } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { watchPty } from './ssh-targets.ts';
import { at, clock, create, provider, send, setUp, world } from './workspaces-steered.ts';

describe('idle workspaces', () => {
  const activity = { last: null as number | null, working: false };
  const idleDeps = {
    activity: { lastActivityAt: () => activity.last, isWorking: () => activity.working },
  };
  const minutes = (count: number) => count * 60_000;
  /** A minute at a time, as the alarm does; each look is waited for. */
  const pass = async (count: number) => {
    for (let minute = 0; minute < count; minute += 1) {
      clock.advance(60_000);
      await world.workspaces.checkIdle();
    }
  };

  it('[WS3] are stopped after autoStopMinutes without input or output', async () => {
    await setUp({ ...idleDeps });
    Object.assign(activity, { last: null, working: false });
    const { id } = await create();
    await at(id, 'running');
    await pass(29);
    expect(await at(id, 'running', 'stopped')).toMatchObject({ status: 'running' });
    activity.last = clock.now();
    await pass(29);
    expect(await at(id, 'running', 'stopped')).toMatchObject({
      status: 'running',
      activeAt: activity.last,
    });
    await pass(2);
    expect((await at(id, 'stopped')).status).toBe('stopped');
  });

  it('[WS3] are left alone while a turn runs or a foreground program works quietly', async () => {
    await setUp({ ...idleDeps });
    Object.assign(activity, { last: null, working: true });
    const { id } = await create();
    await at(id, 'running');
    await pass(32);
    activity.working = false;
    const pty = await world.workspaces.machines.openPty(id, { cols: 80, rows: 24, env: {} });
    const seen = watchPty(pty);
    pty.write(Buffer.from('echo be""gun; sleep 100000\n'));
    await seen.until(/begun/);
    await pass(2);
    expect(await at(id, 'running', 'stopped')).toMatchObject({ status: 'running' });
    pty.write(Buffer.from([3]));
    pty.write(Buffer.from('echo do""ne\n'));
    await seen.until(/done/);
    await pass(1);
    expect((await at(id, 'stopped')).status).toBe('stopped');
  });

  it('[WS3] are not stopped on what was true before their machine was asked, nor woken by the question', async () => {
    await setUp({ ...idleDeps, canPause: true });
    Object.assign(activity, { last: null, working: false });
    const [first, second] = [await create(), await create()];
    for (const { id } of [first, second]) await at(id, 'running');
    clock.advance(minutes(29));
    await world.workspaces.checkIdle();
    // The first one's machine takes its time to say whether it is busy; whether it is there it said at once.
    let asks = 0;
    let answered = () => {};
    let asked = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const target = provider.target.bind(provider);
    provider.target = async () => {
      asks += 1;
      if (asks <= 2) return target();
      asked();
      await new Promise<void>((resolve) => {
        answered = resolve;
      });
      provider.target = target;
      return target();
    };
    clock.advance(minutes(1));
    const looked = world.workspaces.checkIdle();
    await asking;
    // Meanwhile it is stopped and started, and a person pauses the other one.
    await send('stopWorkspace', first.id);
    await send('startWorkspace', first.id);
    await send('pauseWorkspace', second.id);
    answered();
    await world.workspaces.supervisor.idle();
    await looked;
    await world.workspaces.supervisor.idle();
    expect(await at(first.id, 'running', 'paused', 'stopped')).toMatchObject({ status: 'running' });
    expect(await at(second.id, 'running', 'paused', 'stopped')).toMatchObject({ status: 'paused' });
  });

  it('[WS3] are never stopped with autoStopMinutes 0', async () => {
    await setUp({ ...idleDeps });
    Object.assign(activity, { last: null, working: false });
    const { id } = await create();
    await at(id, 'running');
    await world.call('updateWorkspace', world.member, {
      params: { workspace: id },
      body: { autoStopMinutes: 0 },
    });
    clock.advance(minutes(10_000));
    await world.workspaces.checkIdle();
    expect(await at(id, 'running', 'stopped')).toMatchObject({ status: 'running', autoStopMinutes: 0 });
  });

  it('[WS3] are paused where that is possible, resumed by a connection, and stopped after a day', async () => {
    await setUp({ ...idleDeps, canPause: true });
    Object.assign(activity, { last: null, working: false });
    const { id } = await create();
    await at(id, 'running');
    await pass(30);
    await at(id, 'paused');
    await world.workspaces.supervisor.idle();
    expect(provider.calls.at(-1)).toBe('pause');

    const result = await world.workspaces.machines.exec(id, { command: 'echo awake' });
    expect(result.stdout.toString()).toBe('awake\n');
    await send('pauseWorkspace', id);
    await world.workspaces.supervisor.idle();
    clock.advance(PAUSED_STOP_MS - 1);
    await world.workspaces.checkIdle();
    expect(await at(id, 'paused', 'stopped')).toMatchObject({ status: 'paused' });
    clock.advance(1);
    await world.workspaces.checkIdle();
    expect((await at(id, 'stopped')).status).toBe('stopped');
  });
});
