/**
 * `bridge.mjs daemon <folder>`: runs the agents of one workspace and keeps their events. It outlives connections: a
 * proxy attaches by the folder's Unix socket, one at a time, the newest. It ends when told to (SIGTERM), when another
 * build should take its place (after the running turns), when its folder is gone, and after `IDLE_MS` without an
 * agent and without a proxy. What it leaves behind the next one picks up.
 */
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AgentFault, BridgeReport } from '@porthole/shared/agent-events';
import { SPOOL_BYTES, STOP_GRACE_MS } from '@porthole/shared/agent-limits';
import { BRIDGE_PROTOCOL, type FromBridge } from '@porthole/shared/bridge';
import { usableFolder } from './attach.ts';
import { ownBuild } from './build.ts';
import { EXIT, ExitError } from './exit.ts';
import { fault } from './fault.ts';
import { type Folder, logId, removeSocket } from './folder.ts';
import { type Lock, takeLock } from './lock.ts';
import { type Growing, type Hello, Peer, type PeerHost, type PeerMessage } from './peer.ts';
import { Processes } from './processes.ts';
import { Sessions } from './sessions.ts';
import { Spool } from './spool.ts';
import { bounded } from './text.ts';

const IDLE_MS = 30 * 60_000;
const AGENT_IDLE_MS = 30 * 60_000;
const WATCH_MS = 10_000;

interface Tuning {
  stopGraceMs: number;
  spoolBytes: number;
  idleMs: number;
  agentIdleMs: number;
}

/** The variables are for tests, which cannot wait so long or write so much. */
function tuningOf(env: NodeJS.ProcessEnv): Tuning {
  const number = (name: string, otherwise: number) => Number(env[`PORTHOLE_BRIDGE_${name}`]) || otherwise;
  return {
    stopGraceMs: number('STOP_GRACE_MS', STOP_GRACE_MS),
    spoolBytes: number('SPOOL_BYTES', SPOOL_BYTES),
    idleMs: number('IDLE_MS', IDLE_MS),
    agentIdleMs: number('AGENT_IDLE_MS', AGENT_IDLE_MS),
  };
}

export async function runDaemon(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = usableFolder(path);
  const lock = takeLock(folder.path);
  if (!lock) throw new ExitError(EXIT.locked, 'another daemon of this folder runs');
  boundLog();
  const daemon = new Daemon(folder, lock, env);
  // An agent's fault must not end what others rely on; whatever it is goes to the log.
  process.on('unhandledRejection', (error) => console.error('unhandled', error));
  process.on('uncaughtException', (error) => console.error('uncaught', error));
  // The login that started it has ended.
  process.on('SIGHUP', () => {});
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void daemon.end(fault('agent_exited', 'The bridge was stopped on its machine')));
  }
  await daemon.run();
}

/** stderr is a file. What agents can make us say again and again is not said for ever. */
function boundLog(): void {
  const say = console.error.bind(console);
  let said = 0;
  setInterval(() => {
    said = 0;
  }, 60_000).unref();
  console.error = (...words: unknown[]) => {
    said += 1;
    if (said <= 50) say(new Date().toISOString(), ...words);
  };
}

class Daemon implements PeerHost {
  readonly spool: Spool;
  readonly bridge: string;
  readonly #folder: Folder;
  readonly #lock: Lock;
  readonly #tuning: Tuning;
  readonly #build = ownBuild();
  readonly #server: Server;
  readonly #sessions: Sessions;
  #peer: Peer | null = null;
  /** Another build was asked for: ends after the running turns. */
  #leaving = false;
  #ending: Promise<void> | null = null;
  #idleSince = Date.now();
  #finish: () => void = () => {};

  constructor(folder: Folder, lock: Lock, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#lock = lock;
    this.#tuning = tuningOf(env);
    this.bridge = logId(folder);
    this.spool = new Spool(folder.spool, this.#tuning.spoolBytes);
    const processes = new Processes(folder.processes);
    this.#sessions = new Sessions({
      ...{ folder, processes, env, stopGraceMs: this.#tuning.stopGraceMs },
      agentIdleMs: this.#tuning.agentIdleMs,
      nextNumber: (session) => {
        this.spool.sayDropped(session);
        return this.spool.last + 1;
      },
      emit: (session, event) => this.#emit(session, event),
      onGrowth: () => this.#peer?.wake(),
      onAgentSession: (session, agentSession) => this.#peer?.send({ type: 'session', session, agentSession }),
      refuse: (session, why) => this.#peer?.send({ type: 'refused', session, fault: why }),
      onTurnEnded: () => this.#leaveIfDone(),
    });
    this.#sessions.endInterrupted(this.spool.last);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async run(): Promise<void> {
    // Ours by the lock: what is there is of a daemon that was killed.
    rmSync(this.#folder.socket, { force: true });
    // For the socket alone: agents have their user's own.
    const umask = process.umask(0o077);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#folder.socket, () => resolve());
    });
    process.umask(umask);
    const watch = setInterval(() => this.#watch(), Math.min(WATCH_MS, this.#tuning.idleMs / 2));
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    clearInterval(watch);
  }

  /** Once. `why`: for the turns that run. */
  end(why: AgentFault): Promise<void> {
    this.#ending ??= (async () => {
      this.#server.close();
      await this.#sessions.closeAll(why);
      // What was said last is in the spool; the peer may get it still.
      this.#peer?.wake();
      await new Promise((resolve) => setImmediate(resolve));
      this.#peer?.end();
      this.spool.close();
      removeSocket(this.#folder);
      this.#lock.release();
      this.#finish();
    })();
    return this.#ending;
  }

  welcome(_: Hello): FromBridge {
    return {
      ...{ type: 'welcome', protocol: BRIDGE_PROTOCOL, build: this.#build, bridge: this.bridge },
      ...{ first: this.spool.first, last: this.spool.last, sessions: this.#sessions.describe() },
    };
  }

  growing(): Growing[] {
    return this.#sessions.growing();
  }

  makesRoomFor(asked: string | null, attached: string | null): boolean {
    if (this.#leaving) return true;
    // The way here would start this build again: then there is no other to make room for (a machine that connects by
    // itself has the build that was put there by hand).
    if (asked === this.#build || attached === this.#build) return false;
    return asked !== null || attached !== null;
  }

  leave(): void {
    this.#leaving = true;
    this.#leaveIfDone();
  }

  onMessage(message: PeerMessage): void {
    // It is too late to begin anything.
    if (this.#ending) return;
    if (!this.#leaving) this.#sessions.handle(message);
    else if (message.type === 'prompt') this.#decline(message);
    // What was not opened here is opened by the next build.
    else if (message.type === 'close' || (message.type !== 'open' && this.#sessions.isOpen(message.session)))
      this.#sessions.handle(message);
  }

  /** The next build begins it. One that was begun here is sent again by who does not know. */
  #decline(message: Extract<PeerMessage, { type: 'prompt' }>): void {
    if (this.#sessions.hasTaken(message)) return;
    const { session, prompt } = message;
    this.#peer?.send({ type: 'leaving', session, prompt });
  }

  onClose(peer: Peer): void {
    if (this.#peer !== peer) return;
    this.#peer = null;
    this.#idleSince = Date.now();
  }

  #accept(socket: Socket): void {
    // A proxy that lost its connection does not know it yet: the newest is the one.
    this.#peer?.refuseAndEnd('Replaced by a newer attach');
    this.#peer = new Peer(socket, this);
  }

  #emit(session: string, event: BridgeReport): boolean {
    const kept = this.spool.append(session, bounded(event)) !== null;
    this.#peer?.wake();
    return kept;
  }

  #leaveIfDone(): void {
    if (!this.#leaving || this.#sessions.busy) return;
    void this.end(fault('agent_exited', 'The bridge was replaced by another version'));
  }

  #watch(): void {
    if (!this.#lock.held()) void this.end(fault('agent_exited', 'The bridge’s folder was removed'));
    if (this.#peer || this.#sessions.awake) this.#idleSince = Date.now();
    else if (Date.now() - this.#idleSince >= this.#tuning.idleMs) {
      void this.end(fault('agent_exited', 'The bridge was idle'));
    }
  }
}
