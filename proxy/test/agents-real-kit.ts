/**
 * Real agents, opt-in, since each is some 100 MB of packages: PORTHOLE_ADAPTERS lists the folders with their commands
 * (as PATH does); `npm test` installs them where CI is set. A person, a proxy, a checkout on a local machine and the
 * agent itself are real. Only the model service is a FAKE, which does what `replyTo` says.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { SessionEvent } from '@porthole/shared/agent-events';
import { BUILT_IN_AGENTS } from '@porthole/shared/agents';
import { newId } from '../src/lib/ids.ts';
import { runningWorkspace } from './agents-link-kit.ts';
import { type Asked, type FakeModels, startFakeModels } from './fake-models.ts';
import { git } from './git-remotes.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';
import { SessionTab, send } from './session-tab.ts';

/** What no machine may have. */
export const KEY = 'sk-that-no-machine-may-have';
/** Shows whose commit it is, and that the checkout has it. */
export const COMMAND =
  'echo hi > made.txt && git add . && git commit -qm made && git log -1 --format="%an %ce %s"';
export const FILE = 'written.txt';
/** A model may be asked for longer than this under load; a test is not waiting for ever. */
export const REAL_MS = 120_000;

/** The whole path of the agent's command; null: it is not here, and its tests are skipped. */
export function programOf(key: string): string | null {
  const command = BUILT_IN_AGENTS.find(({ id }) => id === key)?.command ?? '';
  const folders = (process.env.PORTHOLE_ADAPTERS ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file)) ?? null;
}

/** What a request to a model holds: the texts of the person, and whether a tool has answered since the last. */
export interface Heard {
  said: string[];
  answered: boolean;
}

/** `hang`: some text, and then no end. */
export type Reply = { say: string } | { run: string } | { write: string } | { hang: string };

/** The whole of the FAKE model: it follows the last thing that was said. */
export function replyTo({ said, answered }: Heard): Reply {
  const last = said.at(-1) ?? '';
  if (/make a commit/i.test(last)) return answered ? { say: 'It is made.' } : { run: COMMAND };
  if (/write a file/i.test(last)) return answered ? { say: 'It is written.' } : { write: 'hello\n' };
  if (/tell a story/i.test(last)) return { hang: 'Once upon a time' };
  if (/what did i say/i.test(last)) return { say: `You said: ${said.slice(0, -1).join(' | ')}` };
  return { say: 'I am a fake.' };
}

export interface RealAgent {
  key: 'claude' | 'codex' | 'gemini';
  /** The secret that it needs. */
  secret: string;
  /** Answers one of its requests as its model service would. */
  model: (asked: Asked, response: ServerResponse, checkout: string) => void;
  /** Of the agent's own process, besides what the proxy gives it. */
  env?: (fake: string) => Record<string, string>;
}

export interface RealWorld {
  fake: FakeModels;
  proxy: Awaited<ReturnType<typeof startProxy>>;
  owner: Person;
  workspace: string;
  /** Pids of the processes on the workspace's machine. */
  processes(): number[];
  /** As if the machine had run out of memory: the bridge and all that it started are gone. */
  killBridge(): Promise<void>;
  /** The checkout. */
  folder: string;
  home: string;
  git(...args: string[]): string;
  begin(prompt: string, choices?: Record<string, string>): Promise<RealSession>;
  dispose(): Promise<void>;
}

export async function realWorld(agent: RealAgent): Promise<RealWorld> {
  const program = programOf(agent.key) ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'porthole-real-'));
  const fake = await startFakeModels();
  const bin = join(folder, 'bin');
  makeCommand(bin, program, agent.env?.(fake.url) ?? {});
  const home = join(folder, 'home');
  mkdirSync(home);
  const proxy = await startProxy({
    env: {
      ...{ PORTHOLE_ANTHROPIC_URL: fake.url, PORTHOLE_OPENAI_URL: fake.url },
      ...{ PATH: `${bin}${delimiter}${process.env.PATH}`, HOME: home },
    },
  });
  const owner = await signUpOwner(proxy);
  const params = { org: owner.org, name: agent.secret };
  await owner.client.call('setSecret', { params, body: { value: KEY } });
  const url = makeRepository(folder);
  const workspace = await runningWorkspace(owner, { provider: 'local', url });
  const row = await owner.client.call('getWorkspace', { params: { workspace } });
  const checkout = row.folder ?? '';
  fake.answer = (asked, response) => agent.model(asked, response, checkout);
  const processes = () => pidsOf(workspace);
  return {
    ...{ fake, proxy, owner, workspace, folder: checkout, home, processes },
    killBridge: () => killAll(processes),
    git: (...args) => git(['-C', checkout, ...args]),
    begin: (text, choices = {}) => RealSession.begin(owner, workspace, { agent: agent.key, text, choices }),
    async dispose() {
      await proxy.dispose();
      await fake.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The machine's PATH finds the agent here, and it finds the Node that runs the tests. */
function makeCommand(bin: string, program: string, env: Record<string, string>): void {
  mkdirSync(bin);
  const set = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  const path = `PATH='${dirname(process.execPath)}':"$PATH"`;
  const script = `#!/bin/sh\nexec env ${[path, ...set].join(' ')} '${program}' "$@"\n`;
  writeFileSync(join(bin, program.split('/').at(-1) ?? ''), script, { mode: 0o755 });
}

function makeRepository(folder: string): string {
  const path = join(folder, 'payments');
  git(['init', '-q', '-b', 'main', path]);
  writeFileSync(join(path, 'README.md'), 'one\n');
  git(['-C', path, 'add', '.']);
  git(['-C', path, '-c', 'user.name=Test', '-c', 'user.email=t@example.com', 'commit', '-q', '-m', 'first']);
  return path;
}

function pidsOf(workspace: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environOf(pid).includes(`PORTHOLE_WORKSPACE=${workspace}`)).map(Number);
}

/** Until none is left: while some are killed others start. */
async function killAll(pids: () => number[]): Promise<void> {
  for (let left = pids(); left.length > 0; left = pids()) {
    for (const pid of left) kill(pid);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

export function environOf(pid: string | number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** One session as a person drives it, from a browser's tab. */
export class RealSession {
  readonly #owner: Person;
  readonly id: string;
  readonly tab: SessionTab;
  /** The newest prompt. */
  prompt: string;

  private constructor(owner: Person, id: string, prompt: string, tab: SessionTab) {
    this.#owner = owner;
    this.id = id;
    this.prompt = prompt;
    this.tab = tab;
  }

  static async begin(
    owner: Person,
    workspace: string,
    { agent, ...prompt }: { agent: string; text: string; choices: Record<string, string> },
  ): Promise<RealSession> {
    const [id, promptId] = [newId('session'), newId('prompt')];
    const body = { id, agent, prompt: { id: promptId, ...prompt } };
    await owner.client.call('createSession', { params: { workspace }, body });
    return new RealSession(owner, id, promptId, await SessionTab.open(owner.client, id, 0));
  }

  async send(text: string, more: object = {}): Promise<void> {
    this.prompt = await send(this.#owner, this.id, text, more);
  }

  /** Of the newest prompt. */
  async event<T extends SessionEvent['type']>(
    type: T,
    which: (event: Extract<SessionEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<SessionEvent, { type: T }>> {
    const is = (e: SessionEvent): e is Extract<SessionEvent, { type: T }> =>
      e.type === type && which(e as Extract<SessionEvent, { type: T }>);
    await this.until(() => this.events.some(is));
    return this.events.find(is)!;
  }

  /** Throws when the turn has ended, or the agent has failed, without it. */
  async until(condition: () => boolean): Promise<void> {
    await this.tab.until(() => {
      if (condition()) return true;
      const end = this.events.find((e) => e.type === 'agent_failed' || e.type === 'turn_ended');
      if (end) throw new Error(`waited in vain: ${JSON.stringify(this.events.slice(-8))}`);
      return false;
    });
  }

  /** From the newest prompt on. */
  get events(): SessionEvent[] {
    const at = this.tab.events.findIndex((e) => e.type === 'prompt_queued' && e.prompt === this.prompt);
    return at === -1 ? [] : this.tab.events.slice(at);
  }

  /** A person says yes, once, to what the agent asks. */
  async allow(): Promise<Extract<SessionEvent, { type: 'permission_asked' }>> {
    const asked = await this.event('permission_asked', (e) => !this.#answered(e.request));
    const option = asked.options.find(({ kind }) => kind === 'allow_once')?.id ?? '';
    const params = { session: this.id, request: asked.request };
    await this.#owner.client.call('answerPermission', { params, body: { option } });
    return asked;
  }

  #answered(request: string): boolean {
    return this.events.some((e) => e.type === 'permission_answered' && e.request === request);
  }

  async ended(): Promise<Extract<SessionEvent, { type: 'turn_ended' }>> {
    return this.event('turn_ended', ({ turn }) => turn === this.prompt);
  }

  /** What the agent said for the newest prompt. */
  get text(): string {
    return this.events.map((e) => (e.type === 'text' && e.kind === 'message' ? e.text : '')).join('');
  }

  async stop(): Promise<void> {
    await this.#owner.client.call('stopTurn', { params: { session: this.id } });
  }
}
