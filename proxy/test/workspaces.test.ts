import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchPty } from './ssh-targets.ts';
import { codeOf, createWorld, type World } from './workspaces-world.ts';

describe('a workspace on this machine, from making to deleting', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.dispose());

  const create = (body: object = {}) =>
    world.call('createWorkspace', world.member, { body: { provider: 'local', ...body } });
  const running = (id: string) =>
    world.workspaceWhen(id, ({ status }) => status === 'running' || status === 'error');

  it('[WS2] comes up step by step, and its terminal echoes', async () => {
    const made = await create();
    expect(made).toMatchObject({ status: 'provisioning', error: null, folder: null });
    expect(made.branch).toMatch(/^porthole\/[0-9a-f]{8}$/);
    const up = await running(made.id);
    expect(up.error).toBeNull();
    expect(up.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'machine done',
      'boot done',
      'ssh done',
      'clone done',
    ]);
    expect(up.folder).toBe(join(world.dataFolder, 'workspaces', made.id, 'workspace'));

    const pty = await world.workspaces.machines.openPty(made.id, { cols: 80, rows: 24, env: {} });
    const seen = watchPty(pty);
    pty.write(Buffer.from('echo at=$PWD on=$(git symbolic-ref HEAD) id=$PORTHOLE_WORKSPACE\n'));
    const [, folder, branch, id] = await seen.until(/at=(\/\S+) on=refs\/heads\/(\S+) id=(wsp_\S+)/);
    expect({ folder, branch, id }).toEqual({ folder: up.folder, branch: made.branch, id: made.id });
    pty.close();
    expect(await seen.exited).toMatchObject({ kind: 'exited' });
  });

  it('runs commands with limits', async () => {
    const { id } = await create();
    await running(id);
    const exec = (body: {
      command: string;
      stdin?: string;
      timeoutSeconds?: number;
      maxOutputBytes?: number;
    }) => world.call('execInWorkspace', world.member, { params: { workspace: id }, body });
    expect(await exec({ command: 'cat; echo no >&2; exit 4', stdin: 'ünï' })).toEqual({
      stdout: 'ünï',
      stderr: 'no\n',
      exitCode: 4,
      signal: null,
      limit: null,
    });
    expect(await exec({ command: 'echo begun; sleep 1000', timeoutSeconds: 4 })).toMatchObject({
      stdout: 'begun\n',
      exitCode: null,
      limit: 'time',
    });
    const loud = await exec({ command: 'yes', maxOutputBytes: 1000 });
    expect(loud).toMatchObject({ exitCode: null, limit: 'output' });
    expect(loud.stdout).toHaveLength(1000);
  });

  it('[WS1] stops, starts and deletes; what ran in it is gone each time', async () => {
    const { id } = await create();
    const { folder } = await running(id);
    const pty = await world.workspaces.machines.openPty(id, { cols: 80, rows: 24, env: {} });
    const seen = watchPty(pty);
    pty.write(Buffer.from('touch kept; setsid -f sleep 4242; echo st""arted\n'));
    await seen.until(/started/);
    await world.call('stopWorkspace', world.member, { params: { workspace: id } });
    expect(await seen.exited).toMatchObject({ kind: 'exited' });
    await world.workspaces.supervisor.idle();
    expect(await codeOf(world.workspaces.machines.exec(id, { command: 'true' }))).toBe('wrong_state');

    await world.call('startWorkspace', world.member, { params: { workspace: id } });
    await world.workspaces.supervisor.whenRunning(id);
    const listed = await world.workspaces.machines.exec(id, { command: 'ls; pgrep -fc "sleep 424[2]"' });
    expect(listed.stdout.toString()).toBe('kept\n0\n');

    await world.call('deleteWorkspace', world.member, { params: { workspace: id } });
    await world.workspaceGone(id);
    expect(existsSync(join(folder ?? '', '..'))).toBe(false);
    expect(await codeOf(world.call('getWorkspace', world.member, { params: { workspace: id } }))).toBe(
      'not_found',
    );
  });

  it('[SE3] is used by every member, and deleted by who made it or an admin alone', async () => {
    const made = await world.call('createWorkspace', world.owner, { body: { provider: 'local' } });
    const params = { workspace: made.id };
    await world.workspaces.supervisor.whenRunning(made.id);
    const asMember = (name: 'stopWorkspace' | 'startWorkspace' | 'deleteWorkspace') =>
      world.call(name, world.member, { params });
    await asMember('stopWorkspace');
    await world.workspaces.supervisor.idle();
    await asMember('startWorkspace');
    await world.workspaces.supervisor.whenRunning(made.id);
    expect(await codeOf(asMember('deleteWorkspace'))).toBe('forbidden');
    expect(await world.call('getWorkspace', world.member, { params })).toMatchObject({ status: 'running' });
    const membersOwn = await create();
    for (const { id } of [made, membersOwn]) {
      await world.call('deleteWorkspace', world.owner, { params: { workspace: id } });
      await world.workspaceGone(id);
    }
  });

  it('[SE3] is not there for another organisation', async () => {
    const { id } = await create();
    for (const name of [
      'getWorkspace',
      'startWorkspace',
      'stopWorkspace',
      'retryWorkspace',
      'deleteWorkspace',
    ] as const) {
      expect(await codeOf(world.call(name, world.stranger, { params: { workspace: id } }))).toBe('not_found');
    }
    expect(await codeOf(world.call('listWorkspaces', world.stranger))).toBe('not_found');
  });
});
