/**
 * A whole system of which any part can be killed: the proxy is a process of its own, the machine is behind a real sshd,
 * and the bridge and its scripted agent run there. A viewer follows a session through all of it.
 */
import { join } from 'node:path';
import { Entries } from '@porthole/shared/agent-entries';
import type { SessionEvent } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead, type SessionHead } from '@porthole/shared/agent-head';
import { processesWith, scriptedAgentsIn } from '../../shared/test/processes.ts';
import { runningWorkspace } from './agents-link-kit.ts';
import {
  ApiError,
  Client,
  OWNER,
  type Person,
  type ProxyChild,
  SyncClient,
  signUpOwner,
  startProxyChild,
} from './harness.ts';
import { SessionTab } from './session-tab.ts';
import { type Sshd, startSshd } from './sshd.ts';

/**
 * `connection`: the processes of sshd that serve the proxy's connections. `attach`: what joins an SSH channel to the
 * bridge. `bridge`: the daemon that runs agents.
 */
export const VICTIMS = ['proxy', 'connection', 'attach', 'bridge', 'agent'] as const;
export type Victim = (typeof VICTIMS)[number];

export class KillsWorld {
  person: Person;
  #child: ProxyChild;

  private constructor(
    readonly sshd: Sshd,
    child: ProxyChild,
    owner: Person,
    readonly workspace: string,
    /** The checkout. */
    readonly folder: string,
  ) {
    this.#child = child;
    this.person = owner;
  }

  static async start(): Promise<KillsWorld> {
    const sshd = await startSshd();
    const child = await startProxyChild();
    const owner = await signUpOwner(child);
    const { id, folder } = await workspaceOn(sshd, owner);
    return new KillsWorld(sshd, child, owner, id, folder);
  }

  get client(): Client {
    return this.person.client;
  }

  /** All at once, by SIGKILL. A proxy is started again on what it left; the others are what the system has to mend. */
  async kill(victims: readonly Victim[]): Promise<void> {
    // First found, then killed: the death of one ends others in its own time.
    const pids = victims.flatMap((victim) => this.#pidsOf(victim));
    for (const pid of pids) kill(pid);
    if (victims.includes('connection')) this.sshd.killConnections();
    if (!victims.includes('proxy')) return;
    await this.#child.kill();
    this.#child = await startProxyChild({ dataFolder: this.#child.dataFolder });
    const client = new Client(this.#child.url);
    await client.call('signIn', { body: { email: OWNER.email, password: OWNER.password } });
    this.person = { ...this.person, client };
  }

  async stop(): Promise<void> {
    await this.client.call('deleteWorkspace', { params: { workspace: this.workspace } });
    const sync = await SyncClient.open(this.client, this.person.org);
    await sync.until(() => sync.rows('workspaces').length === 0);
    sync.socket.close();
    await this.#child.dispose();
    await this.sshd.stop();
  }

  #pidsOf(victim: Victim): number[] {
    const state = join(this.sshd.home, '.porthole', 'bridges', this.workspace);
    if (victim === 'bridge') return processesWith('daemon', state);
    if (victim === 'attach') return processesWith('attach', state);
    if (victim === 'agent') return scriptedAgentsIn(join(state, 'processes'));
    return [];
  }
}

/** Somebody who looks on from beginning to end, however often the connection is lost, and answers what is asked. */
export class Viewer {
  readonly events: SessionEvent[] = [];
  readonly entries = new Entries();
  head: SessionHead = emptyHead();
  readonly #world: KillsWorld;
  readonly #session: string;
  #tab: SessionTab | null = null;
  /** On the connections before this one. */
  #heardBefore = 0;
  #answering = new Map<string, Promise<void>>();

  constructor(world: KillsWorld, session: string) {
    this.#world = world;
    this.#session = session;
  }

  /** Frames so far: moments within texts as well. */
  get heard(): number {
    return this.#heardBefore + (this.#tab?.messages.length ?? 0);
  }

  /** Looks on until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    this.#tab ??= await SessionTab.open(this.#world.client, this.#session, this.events.length);
    const tab = this.#tab;
    await tab.until(() => {
      this.#take(tab);
      for (const { request } of this.head.permissions) this.#answer(request);
      return condition();
    });
  }

  /** After the proxy was killed: what had come still counts. */
  async cutOff(): Promise<void> {
    const tab = this.#tab;
    if (tab) {
      await tab.socket.closed;
      tab.fold();
      this.#take(tab);
    }
    this.#heardBefore = this.heard;
    this.#tab = null;
    await Promise.all(this.#answering.values());
    // Whether an answer was stored is not known: it is given again.
    this.#answering = new Map();
  }

  async close(): Promise<void> {
    this.#tab?.close();
    await Promise.all(this.#answering.values());
  }

  /** A tab has only what came on its own connection. */
  #take(tab: SessionTab): void {
    const news = tab.events.slice(this.events.length + 1 - tab.from);
    // A tab that never says a word is taken for dead.
    if (news.length > 0) tab.socket.send({ type: 'ping', id: this.events.length });
    for (const event of news) {
      this.events.push(event);
      this.entries.apply(event);
      this.head = applyToHead(this.head, event);
    }
  }

  /** Once at a time; whether it was heard is seen in the log. */
  #answer(request: string): void {
    if (this.#answering.has(request)) return;
    const params = { session: this.#session, request };
    const answered = this.#world.client
      .call('answerPermission', { params, body: { option: 'once' } })
      .then(() => {})
      .catch((error: unknown) => {
        // The connection is cut with the proxy; the turn may have failed; an earlier answer was heard after all.
        if (error instanceof ApiError && error.code !== 'conflict' && error.code !== 'not_found') throw error;
      });
    this.#answering.set(request, answered);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function workspaceOn(sshd: Sshd, owner: Person): Promise<{ id: string; folder: string }> {
  const { client, org } = owner;
  const host = await client.call('createHost', {
    params: { org },
    body: {
      ...{ name: 'test', address: '127.0.0.1', port: sshd.port, username: sshd.user, auth: 'key' },
      privateKey: sshd.privateKey,
    },
  });
  const params = { org, host: host.id };
  const { fingerprint } = await client.call('probeHost', { params });
  await client.call('pinHostKey', { params, body: { fingerprint: fingerprint! } });
  const id = await runningWorkspace(owner, { provider: 'ssh', hostId: host.id });
  const { folder } = await client.call('getWorkspace', { params: { workspace: id } });
  return { id, folder: folder! };
}
