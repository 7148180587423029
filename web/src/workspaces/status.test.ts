import { type ProvisioningStep, WorkspaceEffect, WorkspaceStatus } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { actionsOf, autoStopText, currentStep, failureWords, statusView, viewOfWorkspace } from './status.ts';

const made = { createdBy: 'usr_1', error: null };
const failed = (effect: WorkspaceEffect | undefined, code = 'x') => ({
  ...{ code, message: 'x', details: null, at: 0 },
  ...(effect && { effect }),
});
const maker = { userId: 'usr_1', role: 'member' as const };

describe('status', () => {
  it('every status has words and a tone', () => {
    for (const status of WorkspaceStatus.options) expect(statusView(status).label).not.toBe('');
  });

  it('a lost connection to the machine is not “Running”, until something runs there again', () => {
    const workspace = { id: 'wsp_1', status: 'running' as const };
    const terminal = (status: 'running' | 'ended' | 'closed', reason: 'exited' | 'connection_lost') => ({
      workspaceId: 'wsp_1',
      status,
      end: status === 'running' ? null : { reason, exitCode: null, signal: null },
    });
    const label = (...terminals: ReturnType<typeof terminal>[]) =>
      viewOfWorkspace(workspace, terminals).label;
    const lost = terminal('ended', 'connection_lost');
    expect(label(lost, terminal('ended', 'exited'))).toBe('Machine not reached');
    expect(viewOfWorkspace(workspace, [lost]).tone).toBe('bad');
    expect(label(lost, terminal('running', 'exited'))).toBe('Running');
    expect(label(terminal('closed', 'connection_lost'))).toBe('Running');
    expect(label(terminal('ended', 'exited'))).toBe('Running');
    expect(label({ ...lost, workspaceId: 'wsp_2' })).toBe('Running');
    expect(viewOfWorkspace({ ...workspace, status: 'stopped' }, [lost]).label).toBe('Stopped');
  });

  it('[WS3] a machine that the server does not reach says since when', () => {
    const why = { code: 'refused', message: 'x', details: null };
    const label = (at: number, status: 'running' | 'stopped' = 'running') =>
      viewOfWorkspace({ id: 'wsp_1', status, unreachable: { ...why, at } }, []);
    expect(label(Date.now())).toMatchObject({
      label: expect.stringMatching(/^Not reached since .*\d/),
      tone: 'bad',
    });
    expect(label(Date.now() - 48 * 3_600_000).label.length).toBeGreaterThan(label(Date.now()).label.length);
    expect(label(0, 'stopped').label).toBe('Stopped');
  });

  it('[WS4] offers to pause only where the provider can', () => {
    expect(actionsOf({ ...made, status: 'running', capabilities: [] }, maker)).toEqual(['stop', 'delete']);
    expect(actionsOf({ ...made, status: 'running', capabilities: ['pause'] }, maker)).toEqual([
      'pause',
      'stop',
      'delete',
    ]);
  });

  it('[SE3] offers to delete it to whoever made it and to admins alone', () => {
    const stopped = { ...made, status: 'stopped' as const, capabilities: [] };
    expect(actionsOf(stopped, maker)).toContain('delete');
    expect(actionsOf(stopped, { userId: 'usr_2', role: 'member' })).toEqual(['start']);
    expect(actionsOf(stopped, { userId: 'usr_2', role: 'admin' })).toContain('delete');
    expect(actionsOf(stopped, { userId: 'usr_2', role: 'owner' })).toContain('delete');
  });

  it('[WS2] a failed one offers Retry and Delete; one being deleted nothing', () => {
    expect(actionsOf({ ...made, status: 'error', capabilities: ['pause'] }, maker)).toEqual([
      'retry',
      'delete',
    ]);
    expect(actionsOf({ ...made, status: 'deleting', capabilities: ['pause'] }, maker)).toEqual([]);
  });

  it('[WS2] after a delete or a stop that failed it offers that again, and never to set it up', () => {
    const can = (error: ReturnType<typeof failed>) =>
      actionsOf({ ...made, status: 'error', error, capabilities: [] }, maker);
    expect(can(failed('destroy'))).toEqual(['delete']);
    expect(can(failed(undefined, 'delete_failed'))).toEqual(['delete']);
    expect(can(failed('stop'))).toEqual(['retry', 'start', 'delete']);
    expect(can(failed('start'))).toEqual(['retry', 'delete']);
    expect(failureWords(failed('stop')).retry).toBe('Stop again');
    const titles = WorkspaceEffect.options.map((effect) => failureWords(failed(effect)).title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('[WS2] says which step runs, with git’s percentage', () => {
    const step = (
      name: ProvisioningStep['name'],
      state: ProvisioningStep['state'],
      percent: number | null = null,
    ) => ({
      name,
      state,
      percent,
      note: null,
    });
    expect(currentStep([step('machine', 'done'), step('clone', 'running', 42.9)])).toBe(
      'Clone the repository 42\u00a0%',
    );
    expect(currentStep([step('machine', 'done'), step('boot', 'waiting')])).toBe('Start it');
    expect(currentStep([])).toBeNull();
  });

  it('says when it stops by itself', () => {
    expect([0, 45, 60, 120].map(autoStopText)).toEqual([
      'Never',
      'After 45 minutes idle',
      'After 1 hour idle',
      'After 2 hours idle',
    ]);
  });
});
