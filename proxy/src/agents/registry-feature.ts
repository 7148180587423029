/**
 * Puts together what agents need of the server: the way to their bridges, which agents there are, and their secrets.
 * `app.ts` calls this once, and hands `links` and `commandFor` to the relay of sessions.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Actor, MembershipOf } from '../auth/actor.ts';
import type { Bus } from '../bus/bus.ts';
import type { Database } from '../db/database.ts';
import type { FeedRecorder, FeedSource } from '../feed/record.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { DisposableStore, toDisposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { SecretBox } from '../lib/secrets.ts';
import type { Machines, Workspace } from '../workspaces/index.ts';
import type { Supervisor } from '../workspaces/supervisor.ts';
import { agentRoutes } from './agent-routes.ts';
import type { Bundle } from './install.ts';
import { createLinks, type Links } from './links.ts';
import { type Addresses, addressFor } from './links-address.ts';
import { BridgeTokenStore } from './links-store.ts';
import { GatewayTunnels } from './links-tunnel.ts';
import { OutboundLinks } from './outbound-link.ts';
import { BridgeTokens } from './outbound-tokens.ts';
import { type Found, Registry, type SessionOfAgent } from './registry.ts';
import { AgentStore } from './registry-store.ts';
import { SecretStore } from './secrets-store.ts';

export interface AgentSupportDeps {
  db: Database;
  feed: FeedRecorder;
  secrets: SecretBox;
  clock: Clock;
  log: Logger;
  bus: Bus;
  membershipOf: MembershipOf;
  machines: Pick<Machines, 'find' | 'exec' | 'openProcess' | 'tunnel'>;
  supervisor: Pick<Supervisor, 'send' | 'whenRunning'>;
  workspace: (actor: Actor, workspaceId: string) => Promise<Workspace>;
  bundle: () => Promise<Bundle>;
  /** Known once the server listens. */
  addresses: () => Promise<Addresses>;
  /** A connection from a machine to the model gateway, and to nothing else. */
  toGateway: (stream: Duplex) => void;
  /** Of a session, for the model gateway. */
  tokenFor: (sessionId: string) => string;
  addressOf: (request: IncomingMessage) => string;
  /** Counts a connection of a bridge; throws `rate_limited`. */
  takeUpgrade: (address: string) => Promise<void>;
}

export interface AgentSupport {
  routes: Routes;
  sources: FeedSource[];
  links: Links;
  outbound: OutboundLinks;
  commandFor: (session: SessionOfAgent) => Promise<Found>;
  /** Whether an organisation may use this agent. */
  knowsAgent: (organisationId: string, agent: string) => Promise<boolean>;
  secretOf: (organisationId: string, name: string) => Promise<string | null>;
  /** The workspace stops, pauses or goes: the ways to and from its machine end. */
  workspaceEnding(workspaceId: string, effect: 'stop' | 'pause' | 'destroy'): void;
  dispose(): void;
}

export function createAgentSupport(deps: AgentSupportDeps): AgentSupport {
  const { db, feed, clock, log, machines, membershipOf } = deps;
  const resources = new DisposableStore();
  const agents = new AgentStore(db, feed);
  const secrets = new SecretStore(db, deps.secrets);
  const find = (workspaceId: string) => machines.find(workspaceId);
  const tokens = new BridgeTokens({ store: new BridgeTokenStore(db), secrets: deps.secrets, find });
  const { addressOf, takeUpgrade: take } = deps;
  const outbound = resources.add(new OutboundLinks({ tokens, clock, log, addressOf, take }));
  const links = resources.add(
    createLinks({
      ...{ machines, clock, log, outbound },
      supervisor: deps.supervisor,
      bundle: deps.bundle,
      onRunning: (workspaceId, call) => onRunning(deps.bus, find, workspaceId, call),
    }),
  );
  const tunnels = resources.add(new GatewayTunnels({ machines, clock, log, onStream: deps.toGateway }));
  const registry = new Registry({
    ...{ agents, secrets, log },
    gateway: {
      tokenFor: deps.tokenFor,
      async addressFor(workspaceId) {
        const workspace = await find(workspaceId);
        if (!workspace) return null;
        const address = addressFor(await deps.addresses(), workspace.provider === 'local');
        return address ?? outbound.addressFor(workspaceId) ?? tunnels.addressFor(workspaceId);
      },
    },
    pathOf: links.pathOf,
    exec: (workspaceId, options) => machines.exec(workspaceId, options),
  });
  const bridgeTokens = {
    async make(workspaceId: string) {
      const token = await tokens.make(workspaceId);
      outbound.end(workspaceId, 'unauthenticated');
      const addresses = await deps.addresses();
      const base = addressFor(addresses, false) ?? addressFor(addresses, true) ?? '';
      return { token, url: `${base.replace(/^http/, 'ws')}/ws/bridge` };
    },
    async remove(workspaceId: string) {
      await tokens.remove(workspaceId);
      outbound.end(workspaceId, 'unauthenticated');
    },
  };
  return {
    routes: agentRoutes({
      ...{ registry, agents, secrets, clock, membershipOf, bridgeTokens },
      ...{ workspace: deps.workspace, bundle: deps.bundle },
    }),
    sources: [{ table: 'agents', readAll: (q, organisationId) => agents.list(organisationId, q) }],
    ...{ links, outbound },
    commandFor: (session) => registry.commandFor(session),
    knowsAgent: (organisationId, agent) => registry.knows(organisationId, agent),
    secretOf: (organisationId, name) => secrets.open(organisationId, name),
    workspaceEnding(workspaceId, effect) {
      tunnels.end(workspaceId);
      if (effect === 'destroy') outbound.end(workspaceId, 'gone');
    },
    dispose: () => resources.dispose(),
  };
}

/** By the feed of its organisation: whoever writes a workspace's status says so there. */
function onRunning(
  bus: Bus,
  find: (workspaceId: string) => Promise<Workspace | null>,
  workspaceId: string,
  call: () => void,
) {
  const listening = new DisposableStore();
  find(workspaceId)
    .then((workspace) => {
      if (!workspace || listening.disposed) return;
      let was: string = workspace.status;
      listening.add(
        bus.subscribe('feed', workspace.organisationId, ({ table, id, row }) => {
          if (table !== 'workspaces' || id !== workspaceId || row === null) return;
          const { status } = JSON.parse(row) as { status: string };
          if (status === 'running' && was !== 'running') call();
          was = status;
        }),
      );
    })
    // The link finds out by itself when it tries.
    .catch(() => {});
  return toDisposable(() => listening.dispose());
}
