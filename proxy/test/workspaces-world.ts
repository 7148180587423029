/** The workspaces feature on a real database, called through its endpoints' schemas without a server. */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  idFromBytes,
  MIRRORED,
  type MirroredTable,
  PortholeError,
  type WorkspaceRow,
} from '@porthole/shared';
import {
  type BodyInputOf,
  type EndpointName,
  type Endpoints,
  endpoints,
  type ParamsOf,
  type ResponseOf,
} from '@porthole/shared/http';
import * as z from 'zod/mini';
import type { Actor } from '../src/auth/actor.ts';
import type { FeedRecorder } from '../src/feed/record.ts';
import type { Handler, Mount } from '../src/http/mount.ts';
import { systemClock } from '../src/lib/clock.ts';
import { Emitter } from '../src/lib/disposable.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createSecretBox } from '../src/lib/secrets.ts';
import { createWorkspaces, type Workspaces, type WorkspacesDeps } from '../src/workspaces/index.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

export interface FeedEntry {
  table: MirroredTable;
  id: string;
  row: unknown;
}

export interface World {
  db: TestDatabase;
  workspaces: Workspaces;
  org: string;
  /** Owner of `org`. */
  owner: Actor;
  /** Member of `org`. */
  member: Actor;
  /** Owner of another organisation. */
  stranger: Actor;
  dataFolder: string;
  feed: FeedEntry[];
  call<N extends EndpointName>(
    name: N,
    actor: Actor,
    input?: CallInput<N>,
  ): Promise<ResponseOf<Endpoints[N]>>;
  /** The workspace's newest row if it fits, or the next one that does. */
  workspaceWhen(id: string, fits: (row: WorkspaceRow) => boolean): Promise<WorkspaceRow>;
  workspaceGone(id: string): Promise<void>;
  /** As after a crash: the old feature is left where it is, a new one starts on the same database. */
  restart(change?: Partial<WorkspacesDeps>): Promise<void>;
  dispose(): Promise<void>;
}

type CallInput<N extends EndpointName> = {
  params?: Partial<ParamsOf<Endpoints[N]>>;
  body?: BodyInputOf<Endpoints[N]>;
  signal?: AbortSignal;
};

const id = (kind: Parameters<typeof idFromBytes>[0]) => idFromBytes(kind, randomBytes(20));

export async function createWorld(change: Partial<WorkspacesDeps> = {}): Promise<World> {
  const db = await openTestDatabase();
  const dataFolder = mkdtempSync(join(tmpdir(), 'porthole-world-'));
  const [org, otherOrg] = [id('organisation'), id('organisation')];
  const people = { owner: id('user'), member: id('user'), stranger: id('user') };
  await seed(db, [org, otherOrg], Object.values(people));
  const actorOf = (userId: string): Actor => ({
    userId,
    name: userId,
    email: `${userId}@example.com`,
    deviceId: 'dev',
    token: null,
  });
  const roles: Record<string, string> = {
    [`${people.owner} ${org}`]: 'owner',
    [`${people.member} ${org}`]: 'member',
    [`${people.stranger} ${otherOrg}`]: 'owner',
  };
  const feed: FeedEntry[] = [];
  const fed = new Emitter<FeedEntry>();
  const secrets = createSecretBox(new Uint8Array(32).fill(7));
  const build = (more: Partial<WorkspacesDeps>) =>
    createWorkspaces({
      db,
      feed: recorder(feed, fed),
      secrets,
      clock: systemClock,
      log: silentLogger,
      membershipOf: async (actor, organisationId) => {
        const role = roles[`${actor.userId} ${organisationId}`];
        return role ? { actor, organisationId, role: role as 'owner' } : null;
      },
      dataFolder,
      local: { enabled: true, reason: null },
      environment: process.env,
      agent: { socket: null, organisation: async () => org },
      activity: { lastActivityAt: () => null, isWorking: () => false },
      onEnding: () => {},
      ...change,
      ...more,
    });
  let workspaces = build({});
  let handlers = collect(workspaces);
  await workspaces.start();

  const world: World = {
    db,
    get workspaces() {
      return workspaces;
    },
    org,
    owner: actorOf(people.owner),
    member: actorOf(people.member),
    stranger: actorOf(people.stranger),
    dataFolder,
    feed,
    async call(name, actor, input = {}) {
      const endpoint = endpoints[name] as {
        params?: z.ZodMiniType;
        body?: z.ZodMiniType;
        response: z.ZodMiniType;
      };
      const handler = handlers.get(name);
      if (!handler) throw new Error(`nobody mounted ${name}`);
      const answer = await handler({
        params: endpoint.params ? z.parse(endpoint.params, { org, ...input.params }) : {},
        query: {},
        body: endpoint.body ? z.parse(endpoint.body, input.body) : undefined,
        actor,
        address: '127.0.0.1',
        log: silentLogger,
        signal: input.signal ?? new AbortController().signal,
        context: null,
      } as never);
      return z.parse(endpoint.response, answer) as never;
    },
    workspaceWhen: (workspaceId, fits) =>
      nextEntry(feed, fed, workspaceId, (row) =>
        row && fits(row as WorkspaceRow) ? (row as WorkspaceRow) : null,
      ),
    async workspaceGone(workspaceId) {
      await nextEntry(feed, fed, workspaceId, (row) => (row === null ? true : null));
    },
    async restart(more = {}) {
      workspaces.dispose();
      workspaces = build(more);
      handlers = collect(workspaces);
      await workspaces.start();
    },
    async dispose() {
      await workspaces.stop();
      await db.dispose();
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return world;
}

/** Rejects with the code of the `PortholeError` that a call failed with, for `expect`. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof PortholeError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Every row that goes to browsers fits its schema. */
function recorder(feed: FeedEntry[], fed: Emitter<FeedEntry>): FeedRecorder {
  const add = (tx: { afterCommit(call: () => void): void }, entry: FeedEntry) =>
    tx.afterCommit(() => {
      feed.push(entry);
      fed.fire(entry);
    });
  return {
    put: async (tx, _organisation, table, row) => {
      const strict = z.parse(MIRRORED[table] as z.ZodMiniType<{ id: string }>, row);
      const extra = Object.keys(row).filter((key) => !(key in (strict as object)));
      if (extra.length > 0) throw new Error(`${table}: not for browsers: ${extra.join(', ')}`);
      add(tx, { table, id: strict.id, row: structuredClone(row) });
    },
    delete: async (tx, _organisation, table, rowId) => add(tx, { table, id: rowId, row: null }),
  };
}

/** The newest entry, if it will do, or the next one that does: older ones tell of what is long gone. */
function nextEntry<T>(
  feed: FeedEntry[],
  fed: Emitter<FeedEntry>,
  id: string,
  pick: (row: unknown) => T | null,
): Promise<T> {
  const newest = feed.findLast((entry) => entry.id === id);
  const now = newest && pick(newest.row);
  if (now) return Promise.resolve(now);
  return new Promise((resolve) => {
    const listener = fed.on((entry) => {
      const found = entry.id === id ? pick(entry.row) : null;
      if (found === null) return;
      listener.dispose();
      resolve(found);
    });
  });
}

type AnyHandler = Handler<never>;

function collect(workspaces: Workspaces): Map<string, AnyHandler> {
  const names = new Map<unknown, string>(
    Object.entries(endpoints).map(([name, endpoint]) => [endpoint, name]),
  );
  const handlers = new Map<string, AnyHandler>();
  const mount: Mount = (endpoint, handler) => {
    handlers.set(names.get(endpoint) ?? '', handler as AnyHandler);
  };
  workspaces.routes(mount);
  return handlers;
}

async function seed(db: TestDatabase, organisations: string[], users: string[]): Promise<void> {
  for (const user of users) {
    await db.q
      .insertInto('users')
      .values({ id: user, email: `${user}@example.com`, name: user, password_hash: null, created_at: 0 })
      .execute();
  }
  for (const organisation of organisations) {
    await db.q
      .insertInto('organisations')
      .values({ id: organisation, name: organisation, created_at: 0 })
      .execute();
  }
}
