/** A server with an owner and a workspace to work in: on its own machine, or over a real sshd. */

import { setTimeout } from 'node:timers/promises';
import type { MirroredRow } from '@porthole/shared';
import { endpoints } from '@porthole/shared/http';
import { type Api, becomeOwner } from './api.ts';
import type { Server } from './server.ts';
import type { Sshd } from './sshd.ts';

const POLL_MS = 20;

export interface World {
  api: Api;
  org: string;
}

export async function ownerOf(server: Server): Promise<World> {
  const { api, org } = await becomeOwner(server);
  return { api, org };
}

/** Adds the sshd as a host and trusts the key that it shows. */
export async function addHost({ api, org }: World, sshd: Sshd): Promise<string> {
  const host = await api.call(endpoints.createHost, {
    params: { org },
    body: {
      name: 'bench',
      address: '127.0.0.1',
      port: sshd.port,
      username: sshd.user,
      auth: 'key',
      privateKey: sshd.privateKey,
    },
  });
  const params = { org, host: host.id };
  const probe = await api.call(endpoints.probeHost, { params });
  if (!probe.fingerprint) throw new Error(`the host shows no key: ${JSON.stringify(probe)}`);
  await api.call(endpoints.pinHostKey, { params, body: { fingerprint: probe.fingerprint } });
  return host.id;
}

/** Makes an empty workspace and waits until it runs. */
export async function makeWorkspace(
  { api, org }: World,
  where: { provider: 'local' } | { provider: 'ssh'; hostId: string },
): Promise<MirroredRow<'workspaces'>> {
  const made = await api.call(endpoints.createWorkspace, { params: { org }, body: where });
  for (;;) {
    // Asked now and then: a server that is kept busy answering makes nothing.
    const workspace = await api.call(endpoints.getWorkspace, { params: { workspace: made.id } });
    if (workspace.status === 'running') return workspace;
    if (workspace.status === 'error') throw new Error(`workspace failed: ${JSON.stringify(workspace.error)}`);
    await setTimeout(POLL_MS);
  }
}

export async function makeTerminal({ api }: World, workspace: string): Promise<MirroredRow<'terminals'>> {
  return api.call(endpoints.createTerminal, { params: { workspace }, body: { cols: 80, rows: 24 } });
}

/** Deletes every workspace, and what each made on its machine. */
export async function removeWorkspaces({ api, org }: World): Promise<void> {
  const list = () => api.call(endpoints.listWorkspaces, { params: { org } });
  for (const { id } of (await list()).workspaces)
    await api.call(endpoints.deleteWorkspace, { params: { workspace: id } });
  while ((await list()).workspaces.some(({ status }) => status === 'deleting')) await setTimeout(POLL_MS);
}
