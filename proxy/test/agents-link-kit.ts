/** Sessions and their tokens without the relay, for tests of the gateway and of the ways to bridges. */
import { join } from 'node:path';
import { createSessionTokens } from '../src/gateway/tokens.ts';
import { newId } from '../src/lib/ids.ts';
import { keyFromFile } from '../src/lib/key-file.ts';
import { createSecretBox } from '../src/lib/secrets.ts';
import type { RunningServer } from '../src/server.ts';
import { type Person, SyncClient } from './harness.ts';

/** As `commandFor` makes it, from the key in the proxy's data folder. */
export const tokenOf = (dataFolder: string, sessionId: string): string =>
  createSessionTokens(createSecretBox(keyFromFile(join(dataFolder, 'secret.key')))).of(sessionId);

type Proxy = { server: RunningServer; dataFolder: string };

/** The row of a workspace that no machine stands behind. */
export async function plainWorkspace({ server }: Proxy, { org, userId }: Person, more = {}): Promise<string> {
  const id = newId('workspace');
  await server.db.q
    .insertInto('workspaces')
    .values({
      ...{ id, organisation_id: org, name: 'w', repository_id: null, provider: 'local', host_id: null },
      ...{ branch: 'main', base_branch: null, status: 'stopped', steps: '[]', error: null, machine: null },
      ...{ folder: null, auto_stop_minutes: 0, pending: null, attempt: 0, created_by: userId },
      ...{ created_at: 1, active_at: 1, paused_at: null },
      ...more,
    })
    .execute();
  return id;
}

export async function plainSession(
  proxy: Proxy,
  { org, userId }: Person,
  workspace: string,
  more = {},
): Promise<{ id: string; token: string }> {
  const id = newId('session');
  await proxy.server.db.q
    .insertInto('sessions')
    .values({
      ...{ id, organisation_id: org, workspace_id: workspace, title: 't', agent: 'claude', status: 'idle' },
      ...{ head: 0, agent_session: null, checkpoint: null, archived_at: null, created_by: userId },
      ...{ created_at: 1, active_at: 1 },
      ...more,
    })
    .execute();
  return { id, token: tokenOf(proxy.dataFolder, id) };
}

/** Running, on the provider that is asked for. */
export async function runningWorkspace({ client, org }: Person, body: object): Promise<string> {
  const { id } = await client.call('createWorkspace', { params: { org }, body: body as never });
  const sync = await SyncClient.open(client, org);
  const row = () => sync.rows('workspaces').find((each) => each.id === id);
  await sync.until(() => row()?.status !== undefined && row()?.status !== 'provisioning');
  sync.socket.close();
  if (row()?.status !== 'running') throw new Error(JSON.stringify(row()?.error));
  return id;
}
