/** Puts the feature together. `app.ts` calls this once, mounts the routes, and serves the channel. */
import { CloseCode, PortholeError, type TerminalRow } from '@porthole/shared';
import type { Actor, MembershipOf } from '../auth/actor.ts';
import type { Database } from '../db/database.ts';
import type { FeedRecorder, FeedSource } from '../feed/record.ts';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { type Disposable, DisposableStore } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { Channel } from '../ws/socket.ts';
import { mayType } from './access.ts';
import { terminalChannel } from './channel.ts';
import { type OpenPty, TerminalHub } from './hub.ts';
import { type TerminalAccess, terminalRoutes } from './routes.ts';
import { ScreenPool } from './screen.ts';
import { TerminalStore } from './store.ts';

export type { OpenPty } from './hub.ts';

export interface TerminalsDeps {
  db: Database;
  feed: FeedRecorder;
  clock: Clock;
  log: Logger;
  membershipOf: MembershipOf;
  /** A workspace that this actor may open, or `not_found`. */
  workspace: (
    actor: Actor,
    workspaceId: string,
  ) => Promise<{ id: string; organisationId: string; createdBy: string }>;
  /** In the workspace's checkout. Resumes the machine if need be. */
  openPty: OpenPty;
}

export interface Terminals extends Disposable {
  routes: Routes;
  /** For `/ws/terminals/:terminal`. */
  channel: Channel;
  /** The mirrored tables, whole. */
  sources: FeedSource[];
  hub: TerminalHub;
  /** WS3: the last input or output in this workspace, ms since 1970; null: none since the proxy started. */
  lastActivityAt(workspaceId: string): number | null;
  /** The workspace stops, pauses or goes. Its terminals end and keep their screens. Await it. */
  workspaceEnding(workspaceId: string): Promise<void>;
  /** Its rows are gone. */
  workspaceGone(workspaceId: string): void;
  /** FD4: a person is a member no longer: every socket of theirs into the organisation closes. */
  dismiss(userId: string, organisationId: string): Promise<void>;
  /** Call once at start, before the server listens. */
  start(): Promise<void>;
  /** Graceful stop: saves every screen. Then `dispose`. */
  stop(): Promise<void>;
}

export function createTerminals(deps: TerminalsDeps): Terminals {
  const { clock, log, membershipOf } = deps;
  const resources = new DisposableStore();
  const store = new TerminalStore(deps.db, deps.feed, () => clock.now());
  const screens = resources.add(
    new ScreenPool({ onFault: (message) => log.error({ message }, 'an emulator failed and was begun anew') }),
  );
  const hub = resources.add(
    new TerminalHub({
      ...{ screens, store, clock, log, openPty: deps.openPty },
      onDropped: (id) => attached.delete(id),
    }),
  );
  const access = createAccess(deps, store);
  /** Who is attached where, as it was when they came: for a change of access afterwards. */
  const attached = new Map<string, Map<string, Actor>>();

  const channel: Channel = (socket, { actor, params }) =>
    terminalChannel({
      socket,
      find: async () => {
        const { row, workspaceOwner } = await access.terminal(
          actor,
          params.terminal ?? params.terminalId ?? '',
        );
        const canWrite = await access.canType(actor, row, workspaceOwner);
        const terminal = await hub.open(row);
        const people = attached.get(row.id) ?? new Map<string, Actor>();
        attached.set(row.id, people.set(actor.userId, actor));
        const readOnly = actor.token?.scope === 'read';
        return { terminal, person: { userId: actor.userId, name: actor.name, canWrite, readOnly } };
      },
    });

  const onShared = async (row: TerminalRow) => {
    const people = attached.get(row.id);
    const terminal = hub.loaded(row.id);
    if (!people || !terminal) return;
    const typists = new Set<string>();
    for (const [userId, actor] of people) {
      const { workspaceOwner } = await access.terminal(actor, row.id);
      // Of the person: what their tokens may not is the viewer's.
      if (await access.canType({ ...actor, token: null }, row, workspaceOwner)) typists.add(userId);
    }
    terminal.setAccess((userId) => typists.has(userId));
  };

  return {
    routes: terminalRoutes({ hub, store, access, onShared }),
    channel,
    sources: [{ table: 'terminals', readAll: (q, organisationId) => store.listAll(q, organisationId) }],
    hub,
    lastActivityAt: (workspaceId) => hub.lastActivityAt(workspaceId),
    workspaceEnding: (workspaceId) => hub.stopWorkspace(workspaceId),
    workspaceGone: (workspaceId) => hub.forgetWorkspace(workspaceId),
    async dismiss(userId, organisationId) {
      for (const [terminalId, people] of attached) {
        if (!people.has(userId)) continue;
        const row = await store.get(terminalId);
        if (row && row.organisationId !== organisationId) continue;
        people.delete(userId);
        hub.loaded(terminalId)?.dismiss((each) => each === userId, CloseCode.notFound, 'not_found');
      }
    },
    start: () => hub.recover(),
    stop: () => hub.stop(),
    dispose: () => resources.dispose(),
  };

  function createAccess({ workspace }: TerminalsDeps, rows: TerminalStore): TerminalAccess {
    const role = async (actor: Actor, organisationId: string) => {
      const membership = await membershipOf(actor, organisationId);
      if (!membership) throw new PortholeError('not_found', 'There is no such terminal.');
      return membership.role;
    };
    const typist = async (actor: Actor, row: TerminalRow) => ({
      userId: actor.userId,
      role: await role(actor, row.organisationId),
      readOnly: actor.token?.scope === 'read',
    });
    return {
      workspace,
      async terminal(actor, terminalId) {
        const row = await rows.get(terminalId);
        if (!row || !(await membershipOf(actor, row.organisationId)))
          throw new PortholeError('not_found', 'There is no such terminal.');
        const { createdBy } = await workspace(actor, row.workspaceId);
        return { row, workspaceOwner: createdBy };
      },
      async canType(actor, row, owner) {
        return mayType(await typist(actor, row), owner, row.othersMay);
      },
      async canShare(actor, row, owner) {
        return mayType(await typist(actor, row), owner, 'view');
      },
    };
  }
}
