/** Puts the feature together. `app.ts` calls this once, mounts the routes, and serves the channel. */
import type { Actor, MembershipOf } from '../auth/actor.ts';
import type { Database } from '../db/database.ts';
import type { FeedRecorder, FeedSource } from '../feed/record.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { Machines, Workspace } from '../workspaces/index.ts';
import type { Channel } from '../ws/socket.ts';
import { AttachmentStore, WAITING_MS } from './attachment-store.ts';
import { sessionChannel } from './channel.ts';
import { Checkouts } from './checkout.ts';
import type { CommandFor } from './dispatch.ts';
import { SessionHub } from './hub.ts';
import { ImageStore } from './image-store.ts';
import type { BridgeLinks } from './link.ts';
import type { Waited } from './metrics.ts';
import { PullRequests, type Remote } from './pull-requests.ts';
import { type SessionAccess, sessionRoutes } from './routes.ts';
import { gone, SessionStore } from './store.ts';

export type { CommandFor } from './dispatch.ts';

const SWEEP_MS = 60 * 60_000;

export interface SessionsDeps {
  db: Database;
  feed: FeedRecorder;
  clock: Clock;
  log: Logger;
  membershipOf: MembershipOf;
  /** A workspace that this actor may open, or `not_found`. */
  workspace: (actor: Actor, workspaceId: string) => Promise<Workspace>;
  machines: Pick<Machines, 'execUnmarked' | 'find'>;
  links: BridgeLinks;
  commandFor: CommandFor;
  /** `https://github.com`, or an Enterprise Server's. */
  githubUrl: string;
  remote: (workspaceId: string) => Promise<Remote | null>;
  /** A prompt's wait for its agent's first output is over. */
  onWaited?: (waited: Waited) => void;
  /** A commit of the sessions' log is done. */
  onBatch?: (batch: { events: number; ms: number }) => void;
}

export interface Sessions extends Disposable {
  routes: Routes;
  /** For `/ws/sessions/:session`. */
  channel: Channel;
  /** The mirrored tables, whole. */
  sources: FeedSource[];
  hub: SessionHub;
  /** Whose prompt a session is at; null: it is not at work. */
  personAt(sessionId: string): string | null;
  /** WS3 */
  isWorking(workspaceId: string): boolean;
  lastActivityAt(workspaceId: string): number | null;
  /** The workspace stops, pauses or goes. Await it. */
  workspaceEnding(workspaceId: string, effect: 'stop' | 'pause' | 'destroy'): Promise<void>;
  /** Its rows are gone. */
  workspaceGone(workspaceId: string): void;
  /** Takes up what was going on. Before the server listens. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { db, clock, log, membershipOf, machines } = deps;
  const store = new SessionStore(db, deps.feed);
  const attachments = new AttachmentStore(db);
  const pulls = new PullRequests({ web: deps.githubUrl, remote: deps.remote, clock, log });
  const hub: SessionHub = new SessionHub({
    onTurnEnded: (session) => pulls.look(session, true),
    ...{ store, attachments, links: deps.links, clock, log, commandFor: deps.commandFor },
    ...(deps.onWaited ? { onWaited: deps.onWaited } : {}),
    ...(deps.onBatch ? { onBatch: deps.onBatch } : {}),
    async checkout(workspaceId) {
      const workspace = await machines.find(workspaceId);
      return { cwd: workspace?.folder ?? '/', base: workspace?.baseBranch ?? null };
    },
  });
  const sweeping = clock.every(SWEEP_MS, () => {
    attachments.sweep(clock.now() - WAITING_MS).catch((error: unknown) => {
      log.warn({ err: error }, 'uploads that nobody needs were not removed');
    });
  });
  const access: SessionAccess = {
    workspace: deps.workspace,
    membership: membershipOf,
    async session(actor, sessionId) {
      const row = await store.get(sessionId);
      if (!row || !(await membershipOf(actor, row.organisationId))) throw gone();
      return row;
    },
  };
  const channel: Channel = (socket, { actor, params }) =>
    sessionChannel({
      socket,
      find: async () => {
        const { id } = await access.session(actor, params.session ?? '');
        const session = await hub.get(id);
        pulls.look(session);
        return { session, mayWarm: actor.token?.scope !== 'read' };
      },
    });
  return {
    routes: sessionRoutes({
      ...{ hub, store, attachments, access, images: new ImageStore(db) },
      checkouts: new Checkouts(machines, clock),
      now: () => clock.now(),
    }),
    channel,
    sources: [{ table: 'sessions', readAll: (q, organisationId) => store.listAll(q, organisationId) }],
    hub,
    personAt: (sessionId) => hub.personAt(sessionId),
    isWorking: (workspaceId) => hub.isWorking(workspaceId),
    lastActivityAt: (workspaceId) => hub.lastActivityAt(workspaceId),
    workspaceEnding: (workspaceId, effect) => hub.workspaceEnding(workspaceId, effect),
    workspaceGone: (workspaceId) => hub.forget(workspaceId),
    start: () => hub.start(),
    stop() {
      pulls.dispose();
      sweeping.dispose();
      return hub.stop();
    },
    dispose() {
      pulls.dispose();
      sweeping.dispose();
      hub.dispose();
    },
  };
}
