/**
 * Puts the features together on one HTTP application and one set of sockets. It knows every feature; none knows it.
 * Invariant: what is acquired here is given back by `stop`, in an order in which screens are kept and nothing that is
 * acknowledged is lost.
 */
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { CloseCode, PortholeError } from '@porthole/shared';
import { endpoints } from '@porthole/shared/http';
import type { Context } from 'hono';
import { bridgeBundle } from './agents/bridge-bundle.ts';
import { createSessions } from './agents/index.ts';
import type { BridgeLinks } from './agents/link.ts';
import { createAgentSupport } from './agents/registry-feature.ts';
import { type Auth, createAuth } from './auth/index.ts';
import { createInProcessBus } from './bus/in-process.ts';
import type { Config } from './config.ts';
import type { Database } from './db/database.ts';
import { createSyncChannel } from './feed/channel.ts';
import { createFeedRecorder } from './feed/recorder.ts';
import { createGateway } from './gateway/index.ts';
import { byNetwork, clientAddress } from './http/address.ts';
import { type Api, createApi, refuseUnknown } from './http/api.ts';
import type { Authenticate } from './http/guard.ts';
import type { Routes } from './http/mount.ts';
import { openApiDocument } from './http/openapi.ts';
import { originAllowed } from './http/origin.ts';
import { staticFiles } from './http/static-files.ts';
import type { Clock } from './lib/clock.ts';
import { DisposableStore } from './lib/disposable.ts';
import type { Logger } from './lib/log.ts';
import { createRateLimiter } from './lib/rate-limit.ts';
import type { SecretBox } from './lib/secrets.ts';
import { LIMITS, type Limits } from './limits.ts';
import { createMetrics } from './metrics/index.ts';
import { createOrganisations } from './orgs/index.ts';
import { PresenceRooms } from './presence/rooms.ts';
import { createTerminals } from './terminals/index.ts';
import { createWorkspaces, localAvailability } from './workspaces/index.ts';
import { LiveSockets } from './ws/live.ts';
import { createUpgrades, type Upgrades } from './ws/upgrade.ts';

export interface AppDeps {
  config: Config;
  db: Database;
  secrets: SecretBox;
  clock: Clock;
  log: Logger;
  version: string;
  /** The built app's folder. */
  webRoot: string;
  limits?: Partial<Limits>;
  /** In place of the real way to bridges. */
  links?: BridgeLinks;
}

export interface App {
  fetch: Api['app']['fetch'];
  upgrades: Upgrades;
  mounted: Api['mounted'];
  /** A fresh one-time code; null when somebody owns the server. */
  issueSetupCode: () => Promise<string | null>;
  /** Before the server listens. */
  start(): Promise<void>;
  /** The port that the server listens on: agents on machines are told of it. */
  listening(port: number): void;
  /** Sockets, then terminals, then the rest. The database is the caller's. */
  stop(): Promise<void>;
}

const latest = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.max(a, b));

const SWEEP_MS = 60_000;
const CLEAN_UP_MS = 60 * 60_000;

export function createApp(deps: AppDeps): App {
  const { config, db, clock, log } = deps;
  const limits = { ...LIMITS, ...deps.limits };
  const resources = new DisposableStore();
  const bus = createInProcessBus(log);
  const feed = createFeedRecorder({ bus, clock });
  const live = new LiveSockets(bus);
  const presence = new PresenceRooms(clock);

  const addressOfRequest = ({ socket, headers }: IncomingMessage) =>
    clientAddress(socket.remoteAddress, headers['x-forwarded-for']?.toString(), config.trustedProxies);
  const addressOf = (context: Context) => addressOfRequest((context.env as HttpBindings).incoming);
  const pageAllowed = (origin: string | undefined, host: string | undefined) =>
    originAllowed(config.origin, origin, host);

  const metrics = createMetrics({
    ...{ token: config.metricsToken, version: deps.version, addressOf },
    strangers: (address) => anonymous.take(address),
    levels: () => ({
      ...sessions.hub.levels(),
      terminals: terminals.hub.live,
      sshConnections: workspaces.connections(),
      sockets: live.byRoute(),
    }),
  });
  const orgs = createOrganisations({
    db,
    feed,
    clock,
    inviteTries: byNetwork(createRateLimiter(limits.inviteTries)),
    newcomers: () => auth.people,
    resets: () => auth.resets,
    onMembershipLost(userId, organisationId) {
      bus.publish('membership_lost', userId, { organisationId });
      terminals
        .dismiss(userId, organisationId)
        .catch((error: unknown) => log.error({ err: error, user: userId }, 'terminals of a former member'))
        // Also one that is just being attached, by a membership that was looked up before.
        .finally(() => comeAgain(userId));
    },
    onRoleChanged: (userId) => comeAgain(userId),
  });
  /** Terminals of theirs close; they come back at once, with what they may do now. */
  const comeAgain = (userId: string) =>
    live.closeOf(userId, CloseCode.goingAway, 'going_away', ({ route }) => route !== '/ws/sync');
  const auth: Auth = createAuth({
    ...{ db, bus, clock, config, limits, secrets: deps.secrets, orgs, addressOf },
    originAllowed: ({ req }) => pageAllowed(req.header('origin'), req.header('host')),
  });
  const { membershipOf } = orgs;

  const common = { db, feed, clock, log, membershipOf };
  const workspaces = createWorkspaces({
    ...common,
    secrets: deps.secrets,
    dataFolder: config.dataFolder,
    local: localAvailability(config.host, config.localProvider),
    environment: config.environment,
    agent: { socket: config.agentSocket, organisation: auth.firstOrganisation },
    activity: {
      lastActivityAt: (id) => latest(terminals.lastActivityAt(id), sessions.lastActivityAt(id)),
      isWorking: (id) => sessions.isWorking(id),
    },
    async onEnding(id, effect) {
      agents.workspaceEnding(id, effect);
      await Promise.all([terminals.workspaceEnding(id), sessions.workspaceEnding(id, effect)]);
    },
    onRemoved(id) {
      terminals.workspaceGone(id);
      sessions.workspaceGone(id);
    },
  });
  const terminals = createTerminals({
    ...common,
    workspace: (actor, id) => workspaces.access.workspace(actor, id),
    openPty: (id, options) => workspaces.machines.openPty(id, options),
  });
  const upgradesOf = byNetwork(createRateLimiter(limits.upgrades));
  let listening: (port: number) => void = () => {};
  const port = new Promise<number>((resolve) => {
    listening = resolve;
  });
  const agents = createAgentSupport({
    ...{ ...common, secrets: deps.secrets, bus, machines: workspaces.machines },
    supervisor: workspaces.supervisor,
    workspace: (actor, id) => workspaces.access.workspace(actor, id),
    bundle: bridgeBundle,
    addresses: async () => ({
      ...{ machineUrl: config.machineUrl, origin: config.origin, host: config.host },
      port: await port,
    }),
    toGateway: (stream) => gateway.serve(stream),
    tokenFor: (sessionId) => gateway.tokenFor(sessionId),
    addressOf: addressOfRequest,
    takeUpgrade: (address) => upgradesOf.take(address),
  });
  const sessions = createSessions({
    ...common,
    workspace: (actor, id) => workspaces.access.workspace(actor, id),
    machines: workspaces.machines,
    links: deps.links ?? agents.links,
    commandFor: agents.commandFor,
    ...{ githubUrl: config.githubUrl, remote: workspaces.remote },
    onWaited: metrics.onFirstOutput,
    onBatch: metrics.onLogBatch,
  });
  const gateway = createGateway({
    ...{ db, clock, log, membershipOf, addressOf, secrets: deps.secrets },
    ...{ upstreams: config.upstreams, monthlyTokens: config.monthlyTokens },
    secretOf: agents.secretOf,
    personAt: (sessionId) => sessions.personAt(sessionId),
    strangers: (address) => anonymous.take(address),
    onUsed: metrics.onModelUse,
  });

  const known = createRateLimiter(limits.known);
  const anonymous = byNetwork(createRateLimiter(limits.anonymous));
  const api = createApi({
    publicOrigin: config.origin,
    authenticate: auth.authenticate,
    limit: (kind, key) => (kind === 'known' ? known : anonymous).take(key),
    addressOf,
    log,
    checkResponses: !config.production,
  });
  const server = serverRoutes(deps, auth, workspaces.offers);
  for (const routes of [
    server,
    auth.routes,
    orgs.routes,
    workspaces.routes,
    terminals.routes,
    sessions.routes,
    agents.routes,
    gateway.routes,
  ])
    routes(api.mount);
  auth.mountOAuth(api.app);
  gateway.mount(api.app);
  metrics.mount(api.app);
  const document = openApiDocument(endpoints, deps.version);
  api.app.get('/api/openapi.json', (context) => context.json(document));
  refuseUnknown(api);
  api.app.use(staticFiles(deps.webRoot));
  api.app.notFound((context) => context.text('There is no such file.\n', 404));

  const upgrades = createUpgrades({
    channels: {
      '/ws/sync': createSyncChannel({
        ...{ db, bus, clock, membershipOf },
        sources: [
          ...orgs.sources,
          ...workspaces.sources,
          ...terminals.sources,
          ...sessions.sources,
          ...agents.sources,
        ],
        joinPresence: (organisationId, who, send) => presence.join(organisationId, who, send),
      }),
      '/ws/terminals/:terminal': terminals.channel,
      '/ws/sessions/:session': sessions.channel,
    },
    authenticate: (request) => admitSocket(auth.authenticate, request, upgradesOf.take, addressOfRequest),
    originAllowed: ({ headers }) =>
      (headers.origin === undefined && headers.authorization !== undefined) ||
      pageAllowed(headers.origin, headers.host),
    addressOf: addressOfRequest,
    ...{ live, clock, log },
  });

  return {
    fetch: api.app.fetch,
    upgrades: {
      handle(request, socket, head) {
        if (!agents.outbound.handle(request, socket, head)) upgrades.handle(request, socket, head);
      },
      close: upgrades.close,
    },
    mounted: api.mounted,
    listening,
    issueSetupCode: auth.issueSetupCode,
    async start() {
      await terminals.start();
      await workspaces.start();
      await sessions.start();
      const sweep = () =>
        live.closeExpired(clock.now(), auth.signedInUntil).catch((err) => log.warn({ err }));
      resources.add(clock.every(SWEEP_MS, () => void sweep()));
      resources.add(clock.every(CLEAN_UP_MS, () => void auth.cleanUp().catch((err) => log.warn({ err }))));
    },
    async stop() {
      upgrades.close();
      live.closeAll(CloseCode.goingAway, 'going_away');
      resources.dispose();
      await sessions.stop();
      agents.dispose();
      await gateway.idle();
      await terminals.stop();
      terminals.dispose();
      await workspaces.stop();
      await bus.close();
    },
  };
}

async function admitSocket(
  authenticate: Authenticate,
  request: IncomingMessage,
  take: (key: string) => Promise<void>,
  addressOf: (request: IncomingMessage) => string,
) {
  const { cookie, authorization } = request.headers;
  let refusal: unknown = new PortholeError('unauthenticated', 'Sign in first.');
  const known = await authenticate({ cookie, authorization }).catch((error: unknown) => {
    refusal = error;
    return null;
  });
  await take(known?.actor.userId ?? addressOf(request));
  if (!known) throw refusal;
  return known;
}

const serverRoutes =
  (deps: AppDeps, auth: Auth, offers: ReturnType<typeof createWorkspaces>['offers']): Routes =>
  (mount) => {
    mount(endpoints.getServer, async () => ({
      version: deps.version,
      needsSetup: await auth.needsSetup(),
      oauth: auth.oauthNames,
      providers: offers(),
    }));
    mount(endpoints.getHealth, async () => {
      await deps.db.q.selectFrom('server_facts').select('key').limit(1).execute();
      return { ok: true as const };
    });
  };
