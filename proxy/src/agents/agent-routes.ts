/** HTTP of agents and of the secrets they are given. Members see what there is; admins add and set. */
import { type AgentRow, PortholeError } from '@porthole/shared';
import { endpoints } from '@porthole/shared/http';
import type { Actor, MembershipOf } from '../auth/actor.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { can } from '../orgs/permissions.ts';
import type { Workspace } from '../workspaces/index.ts';
import type { Bundle } from './install.ts';
import type { Registry } from './registry.ts';
import type { AgentStore } from './registry-store.ts';
import type { SecretStore } from './secrets-store.ts';

export interface AgentRoutesDeps {
  registry: Registry;
  agents: AgentStore;
  secrets: SecretStore;
  clock: Clock;
  membershipOf: MembershipOf;
  /** One that the actor may open, or `not_found`. */
  workspace: (actor: Actor, workspaceId: string) => Promise<Workspace>;
  bundle: () => Promise<Bundle>;
  bridgeTokens: {
    make(workspaceId: string): Promise<{ token: string; url: string }>;
    remove(workspaceId: string): Promise<void>;
  };
}

export const agentRoutes =
  (deps: AgentRoutesDeps): Routes =>
  (mount) => {
    const { registry, agents, secrets, clock, bridgeTokens } = deps;
    const may = createMay(deps.membershipOf);
    const speaksFor = async (actor: Actor, workspaceId: string) => {
      const { id, organisationId, createdBy } = await deps.workspace(actor, workspaceId);
      const membership = await deps.membershipOf(actor, organisationId);
      const asking = membership && { role: membership.role, userId: actor.userId };
      if (asking && can(asking, 'workspace.token', { createdBy })) return id;
      const who = 'who made the workspace, and owners and admins of the organisation';
      throw new PortholeError('forbidden', `A machine’s token is for ${who}.`);
    };

    mount(endpoints.listAgents, async ({ params, actor }) => {
      await may(actor, params.org, 'organisation.read');
      return { agents: await registry.offer(params.org) };
    });

    mount(endpoints.addAgent, async ({ params, body, actor }) => {
      await may(actor, params.org, 'agent.write');
      const agent: AgentRow = {
        id: newId('agent'),
        organisationId: params.org,
        name: body.name,
        command: plain(body.command, 'command'),
        args: (body.args ?? []).map((each) => plain(each, 'args')),
        secrets: [...new Set(body.secrets ?? [])],
        createdAt: clock.now(),
      };
      await agents.insert(agent);
      return agent;
    });

    mount(endpoints.removeAgent, async ({ params, actor }) => {
      await may(actor, params.org, 'agent.write');
      if (await agents.remove(params.org, params.agent)) return {};
      throw new PortholeError('not_found', 'There is no such agent.');
    });

    mount(endpoints.listSecrets, async ({ params, actor }) => {
      await may(actor, params.org, 'organisation.read');
      return { secrets: await secrets.list(params.org) };
    });

    mount(endpoints.setSecret, async ({ params, body, actor }) => {
      await may(actor, params.org, 'agent.write');
      // A key that was copied with the end of its line is no key.
      const value = plain(body.value.trim(), 'value');
      if (value === '')
        throw new PortholeError('bad_request', 'A secret is not empty.', { fields: { value: 'is empty' } });
      await secrets.set(params.org, params.name, value, clock.now());
      return {};
    });

    mount(endpoints.removeSecret, async ({ params, actor }) => {
      await may(actor, params.org, 'agent.write');
      if (await secrets.remove(params.org, params.name)) return {};
      throw new PortholeError('not_found', 'There is no such secret.');
    });

    mount(endpoints.getBridge, async () => ({
      mediaType: 'application/octet-stream',
      data: new Uint8Array((await deps.bundle()).bytes),
    }));

    mount(endpoints.makeBridgeToken, async ({ params, actor }) =>
      bridgeTokens.make(await speaksFor(actor, params.workspace)),
    );

    mount(endpoints.removeBridgeToken, async ({ params, actor }) => {
      await bridgeTokens.remove(await speaksFor(actor, params.workspace));
      return {};
    });
  };

/** A variable or an argument of a program cannot have a NUL in it. Lone surrogates have no bytes. */
function plain(value: string, field: string): string {
  if (
    !value.includes('\0') &&
    !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)
  )
    return value;
  throw new PortholeError('bad_request', 'This has characters that a program cannot be given.', {
    fields: { [field]: 'has characters that a program cannot be given' },
  });
}

function createMay(membershipOf: MembershipOf) {
  return async (actor: Actor, organisationId: string, action: 'organisation.read' | 'agent.write') => {
    const membership = await membershipOf(actor, organisationId);
    if (!membership) throw new PortholeError('not_found', 'There is no such organisation.');
    if (can({ role: membership.role, userId: actor.userId }, action)) return;
    throw new PortholeError('forbidden', 'Only owners and admins of the organisation can do this.');
  };
}
