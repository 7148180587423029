/** The relay on a real database with a FAKE bridge behind it, without a server in front: for what needs no HTTP. */
import { AttachmentStore } from '../src/agents/attachment-store.ts';
import { SessionHub } from '../src/agents/hub.ts';
import { SessionStore } from '../src/agents/store.ts';
import { createInProcessBus } from '../src/bus/in-process.ts';
import type { Database } from '../src/db/database.ts';
import { createFeedRecorder } from '../src/feed/recorder.ts';
import { type Clock, systemClock } from '../src/lib/clock.ts';
import { newId } from '../src/lib/ids.ts';
import { type Logger, silentLogger } from '../src/lib/log.ts';
import type { SocketLike } from '../src/ws/socket.ts';
import { type FakeBridge, FakeBridgeLinks } from './fake-bridge.ts';

export interface RelayWorld {
  db: Database;
  links: FakeBridgeLinks;
  hub: SessionHub;
  store: SessionStore;
  org: string;
  user: string;
  workspace: string;
  bridge: FakeBridge;
  newSession(): Promise<string>;
  /** Queues a prompt whose turn the bridge then begins; answers its id. */
  beginTurn(session: string): Promise<string>;
  /** As a proxy that is started again: nothing but the database is known. */
  restart(): SessionHub;
  dispose(): Promise<void>;
}

export async function relayWorld(
  db: Database,
  commits: { fail: number } = { fail: 0 },
  clock: Clock = systemClock,
  log: Logger = silentLogger,
): Promise<RelayWorld> {
  const [org, user, workspace] = [newId('organisation'), newId('user'), newId('workspace')];
  await db.q.insertInto('organisations').values({ id: org, name: 'Acme', created_at: 0 }).execute();
  await db.q
    .insertInto('users')
    .values({ id: user, email: `${user}@example.com`, name: 'Ana', password_hash: null, created_at: 0 })
    .execute();
  await db.q
    .insertInto('workspaces')
    .values({
      ...{ id: workspace, organisation_id: org, name: 'w', repository_id: null, provider: 'local' },
      ...{ host_id: null, branch: 'b', base_branch: null, status: 'running', steps: '[]', error: null },
      ...{ machine: null, folder: '/w', auto_stop_minutes: 0, pending: null, attempt: 0 },
      ...{ created_by: user, created_at: 0, active_at: 0, paused_at: null },
    })
    .execute();
  const links = new FakeBridgeLinks();
  const feed = createFeedRecorder({ bus: createInProcessBus(silentLogger), clock: systemClock });
  const store = new SessionStore(db, feed);
  const real = store.commit.bind(store);
  store.commit = async (commit) => {
    if (commits.fail > 0) {
      commits.fail -= 1;
      throw new Error('the disk is gone for a moment');
    }
    await real(commit);
  };
  const build = () =>
    new SessionHub({
      ...{ store, attachments: new AttachmentStore(db), links, clock, log },
      commandFor: async () => ({ ok: { command: 'bridge', args: ['scripted-agent'], env: {} } }),
      checkout: async () => ({ cwd: '/w', base: null }),
    });
  const world: RelayWorld = {
    ...{ db, links, store, org, user, workspace, hub: build(), bridge: links.at(workspace) },
    async newSession() {
      const id = newId('session');
      await store.insert(
        {
          ...{
            id,
            organisationId: org,
            workspaceId: workspace,
            title: 't',
            agent: 'scripted',
            status: 'idle',
          },
          ...{ head: 1, archivedAt: null, createdBy: user, createdAt: 1, activeAt: 1 },
        },
        { seq: 1, at: 1, body: JSON.stringify({ type: 'session_created', by: user, agent: 'scripted' }) },
      );
      return id;
    },
    async beginTurn(session) {
      const id = newId('prompt');
      const live = await world.hub.get(session);
      await live.people.prompt({ id, by: user, text: 'go', attachments: [], choices: {}, retryOf: null });
      await world.bridge.heard('prompt', ({ prompt }) => prompt === id);
      world.bridge.emit(session, { type: 'turn_started', turn: id });
      return id;
    },
    restart() {
      world.hub.dispose();
      world.hub = build();
      return world.hub;
    },
    async dispose() {
      await world.hub.stop();
    },
  };
  return world;
}

/** A viewer's socket in this process, which reads when the test says so. */
export class FakeSocket implements SocketLike {
  isOpen = true;
  buffered = 0;
  readonly frames: string[] = [];
  closed: { code: number; reason: string } | null = null;
  /** While it does not read, what is sent waits. */
  reads = true;
  #drained: (() => void)[] = [];
  #heard: (() => void)[] = [];

  send(text: string): void {
    if (!this.isOpen) return;
    this.frames.push(text);
    if (!this.reads) this.buffered += Buffer.byteLength(text);
    for (const resolve of this.#heard.splice(0)) resolve();
  }

  sendBytes(): void {}

  drained(): Promise<void> {
    return this.buffered < 256 * 1024
      ? Promise.resolve()
      : new Promise((resolve) => this.#drained.push(resolve));
  }

  readAll(): void {
    this.reads = true;
    this.buffered = 0;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  close(code: number, reason: string): void {
    this.isOpen = false;
    this.closed ??= { code, reason };
    for (const resolve of [...this.#heard.splice(0), ...this.#drained.splice(0)]) resolve();
  }

  /** Seqs of the events it was sent, in order. */
  seqs(): number[] {
    return this.frames.flatMap((frame) => {
      const message = JSON.parse(frame) as { type: string; events?: { seq: number }[] };
      return message.type === 'events' ? message.events!.map(({ seq }) => seq) : [];
    });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (!this.isOpen) throw new Error(`closed: ${JSON.stringify(this.closed)}`);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }
}
