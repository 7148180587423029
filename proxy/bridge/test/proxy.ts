/**
 * For tests: the proxy's end of a bridge, over a real `bridge.mjs attach` process. Stores each event once by number,
 * complains of a gap, and folds deltas. `Log` is what such a proxy keeps from one connection to the next.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { BridgeEvent, BridgeImage, BridgeReport } from '@porthole/shared/agent-events';
import { type AgentCommand, FromBridge, type ToBridge } from '@porthole/shared/bridge';
import * as z from 'zod/mini';
import { Lines } from '../lines.ts';

export const SCRIPTED: z.infer<typeof AgentCommand> = {
  command: 'bridge',
  args: ['scripted-agent'],
  env: {},
};

type Welcome = Extract<FromBridge, { type: 'welcome' }>;
type Delta = Extract<FromBridge, { type: 'delta' }>;
export interface Stored {
  n: number;
  session: string;
  event: BridgeReport;
}

export class Log {
  bridge: string | null = null;
  readonly events: (Omit<Stored, 'event'> & { event: BridgeEvent })[] = [];
  readonly images: BridgeImage[] = [];
  repeated = 0;
  stored = 0;

  ofType<T extends BridgeEvent['type']>(type: T): Extract<BridgeEvent, { type: T }>[] {
    return this.events
      .map(({ event }) => event)
      .filter((event): event is Extract<BridgeEvent, { type: T }> => event.type === type);
  }

  add({ n, session, event }: Stored): void {
    if (n <= this.stored) {
      this.repeated += 1;
      return;
    }
    if (n !== this.stored + 1) throw new Error(`event ${n} follows ${this.stored}`);
    this.stored = n;
    if (event.type === 'image') this.images.push(event);
    else this.events.push({ n, session, event });
  }
}

export class ProxyEnd {
  readonly #child: ChildProcess;
  readonly #cwd: string;
  readonly #watching = new Set<() => void>();
  log = new Log();
  welcome: Welcome | null = null;
  readonly deltas: Delta[] = [];
  readonly refused: Extract<FromBridge, { type: 'refused' }>[] = [];
  /** Prompts that were not begun; null: it was said that none will be. */
  readonly leaving: (string | null)[] = [];
  readonly agentSessions: string[] = [];
  readonly pongs: number[] = [];
  acks = true;
  stderr = '';
  #failure: Error | null = null;
  readonly exited: Promise<number | null>;
  gone = false;

  constructor(program: string, state: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.#cwd = cwd;
    this.#child = spawn(process.execPath, [program, 'attach', state], { env, stdio: 'pipe' });
    const lines = new Lines(
      1 << 30,
      (line) => this.#take(line.toString('utf8')),
      () => {},
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString('utf8');
    });
    this.#child.stdin?.on('error', () => {});
    this.exited = new Promise((resolve) =>
      this.#child.on('close', (code) => {
        this.gone = true;
        this.#changed();
        resolve(code);
      }),
    );
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async hello(log = this.log, build = ''): Promise<Welcome> {
    this.log = log;
    const place = { bridge: log.bridge, stored: log.bridge === null ? 0 : log.stored };
    this.send({
      type: 'hello',
      protocol: 1,
      build: build || (await ownBuild(this.#child)),
      workspace: WORKSPACE,
      ...place,
    });
    await this.until(() => this.welcome !== null);
    return this.welcome as Welcome;
  }

  send(message: ToBridge): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  raw(bytes: string | Buffer): void {
    this.#child.stdin?.write(bytes);
  }

  open(session: string, agent = SCRIPTED, resume: string | null = null): void {
    this.send({ type: 'open', session, agent, cwd: this.#cwd, resume });
  }

  prompt(
    session: string,
    prompt: string,
    text: string,
    more: Partial<Extract<ToBridge, { type: 'prompt' }>> = {},
  ): void {
    const author = { name: 'Ada Lovelace', email: 'ada@example.com' };
    this.send({ type: 'prompt', session, prompt, text, attachments: [], choices: {}, author, ...more });
  }

  async ended(prompt: string) {
    const find = () => this.log.ofType('turn_ended').find(({ turn }) => turn === prompt);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  /** Waits for what a line brings. */
  async until(holds: () => boolean, ms = 20_000): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => end(new Error(`waited in vain; ${this.describe()}`)), ms);
      const end = (error?: Error) => {
        clearTimeout(late);
        this.#watching.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = () => {
        if (this.#failure) end(this.#failure);
        else if (holds()) end();
        else if (this.gone) end(new Error(`the connection ended; ${this.describe()}`));
      };
      this.#watching.add(look);
    });
  }

  describe(): string {
    const last = this.log.events
      .slice(-5)
      .map(({ n, event }) => `${n} ${JSON.stringify(event).slice(0, 200)}`);
    return `stderr: ${this.stderr.trim()}; refused: ${JSON.stringify(this.refused)}; last events:\n${last.join('\n')}`;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  close(): void {
    this.#child.stdin?.end();
  }

  /** Reads no more, until it is resumed. */
  pause(): void {
    this.#child.stdout?.pause();
  }

  resume(): void {
    this.#child.stdout?.resume();
  }

  #take(line: string): void {
    try {
      const message = z.parse(FromBridge, JSON.parse(line));
      if (message.type === 'welcome') {
        if (this.log.bridge !== message.bridge) this.log.stored = 0;
        this.log.bridge = message.bridge;
        this.welcome = message;
      } else if (message.type === 'event') {
        this.log.add(message);
        if (this.acks) this.send({ type: 'ack', stored: this.log.stored });
      } else if (message.type === 'delta') this.deltas.push(message);
      else if (message.type === 'refused') this.refused.push(message);
      else if (message.type === 'leaving') this.leaving.push(message.prompt);
      else if (message.type === 'session') this.agentSessions.push(message.agentSession);
      else if (message.type === 'pong') this.pongs.push(message.id);
    } catch (error) {
      this.#failure = new Error(`${(error as Error).message} in ${line.slice(0, 300)}`);
    }
    this.#changed();
  }

  #changed(): void {
    for (const look of [...this.#watching]) look();
  }
}

const WORKSPACE = `wsp_${'0'.repeat(20)}`;

async function ownBuild(child: ChildProcess): Promise<string> {
  const { createHash } = await import('node:crypto');
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(child.spawnargs[1] as string);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
