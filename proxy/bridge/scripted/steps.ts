/** The scripted agent's steps, done for real: commands, files, questions. Each ends early when its prompt is stopped. */
import { createServer, type Server } from 'node:http';
import { resolve } from 'node:path';
import {
  type AgentContext,
  RequestError,
  type SessionUpdate,
  type ToolCallContent,
  type ToolKind,
} from '@agentclientprotocol/sdk';
import { picture } from './picture.ts';
import type { Step } from './script.ts';

export interface Work {
  client: AgentContext;
  sessionId: string;
  cwd: string;
  signal: AbortSignal;
  /** Milliseconds between words; 0: at once. */
  pace: number;
  /** Asks before it changes anything. */
  careful: boolean;
  remembered: number;
  nextCall(): string;
  /** So much more is said to have been spent. */
  spend(amount: number): void;
  ignoreStop(): void;
}

export class Stopped extends Error {}
/** It was not allowed. */
export class Rejected extends Error {}

const servers = new Map<number, Server>();

export async function runStep(step: Step, work: Work): Promise<void> {
  if (work.signal.aborted) throw new Stopped();
  switch (step.do) {
    case 'say':
      return stream(work, 'agent_message_chunk', step.text);
    case 'think':
      return stream(work, 'agent_thought_chunk', step.text);
    case 'context':
      return stream(
        work,
        'agent_message_chunk',
        `I remember ${work.remembered} ${work.remembered === 1 ? 'prompt' : 'prompts'} before this one.`,
      );
    case 'unknown':
      return stream(
        work,
        'agent_message_chunk',
        `I do not know “${step.line}”. \`/help\` lists what I can do.`,
      );
    case 'wait':
      return pause(step.ms, work.signal);
    case 'run':
      return run(step.command, work);
    case 'edit':
    case 'append':
      return edit(step, work);
    case 'read':
      return read(step.path, work);
    case 'ask':
      return ask(work, work.nextCall(), step.what, 'other');
    case 'pull request':
      return tool(work, 'Open a pull request', 'execute', { url: step.url }, () => [
        text(`Created ${step.url}\n`),
      ]);
    case 'preview':
      return preview(step.port, work);
    case 'image':
      return tool(work, 'Draw a picture', 'other', {}, () => [
        { type: 'content', content: { type: 'image', mimeType: 'image/png', data: picture() } },
      ]);
    case 'cost':
      return work.spend(step.amount);
    case 'flood':
      return flood(step.count, step.unit, work);
    case 'stubborn':
      return work.ignoreStop();
    case 'fail':
      throw new RequestError(-32603, step.message);
    case 'exit':
      console.error(`scripted agent: told to exit with ${step.code}`);
      return process.exit(step.code);
    case 'plan':
  }
}

export function say(work: Work, update: SessionUpdate): Promise<void> {
  return work.client.notify('session/update', { sessionId: work.sessionId, update });
}

export async function stream(
  work: Work,
  sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk',
  whole: string,
): Promise<void> {
  for (const word of whole.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
    if (work.signal.aborted) throw new Stopped();
    await say(work, { sessionUpdate, content: { type: 'text', text: word } });
    if (work.pace > 0) await pause(work.pace, work.signal);
  }
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new Stopped());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

const text = (content: string): ToolCallContent => ({
  type: 'content',
  content: { type: 'text', text: content },
});

/** A tool call around something that is done. */
async function tool(
  work: Work,
  title: string,
  kind: ToolKind,
  rawInput: unknown,
  act: (call: string) => Promise<ToolCallContent[]> | ToolCallContent[],
  path?: string,
): Promise<void> {
  const toolCallId = work.nextCall();
  const locations = path === undefined ? [] : [{ path: resolve(work.cwd, path) }];
  const begin = { toolCallId, title, kind, rawInput, locations, status: 'pending' as const };
  await say(work, { sessionUpdate: 'tool_call', ...begin });
  if (work.careful && (kind === 'edit' || kind === 'execute')) await permit(work, toolCallId, title, kind);
  await say(work, { sessionUpdate: 'tool_call_update', toolCallId, status: 'in_progress' });
  try {
    const content = await act(toolCallId);
    await say(work, { sessionUpdate: 'tool_call_update', toolCallId, status: 'completed', content });
  } catch (error) {
    if (error instanceof Stopped) throw error;
    const failed = error instanceof Failed ? error.content : [text((error as Error).message)];
    await say(work, { sessionUpdate: 'tool_call_update', toolCallId, status: 'failed', content: failed });
  }
}

class Failed extends Error {
  readonly content: ToolCallContent[];

  constructor(content: ToolCallContent[]) {
    super('failed');
    this.content = content;
  }
}

function run(command: string, work: Work): Promise<void> {
  return tool(work, command, 'execute', { command }, async (toolCallId) => {
    const { sessionId, cwd } = work;
    const terminal = await work.client.createTerminal({ sessionId, command, cwd });
    const content: ToolCallContent[] = [{ type: 'terminal', terminalId: terminal.id }];
    const kill = () => void terminal.kill().catch(() => {});
    work.signal.addEventListener('abort', kill, { once: true });
    try {
      await say(work, { sessionUpdate: 'tool_call_update', toolCallId, content });
      const { exitCode } = await terminal.waitForExit();
      if (work.signal.aborted) throw new Stopped();
      if (exitCode !== 0) throw new Failed(content);
      return content;
    } finally {
      work.signal.removeEventListener('abort', kill);
      await terminal.release();
    }
  });
}

function edit(step: { do: 'edit' | 'append'; path: string; text: string }, work: Work): Promise<void> {
  const title = `${step.do === 'edit' ? 'Write' : 'Append to'} ${step.path}`;
  const act = async (): Promise<ToolCallContent[]> => {
    const path = resolve(work.cwd, step.path);
    const before = await readOrNull(path, work);
    const after = step.do === 'append' ? (before ?? '') + step.text : step.text;
    await work.client.request('fs/write_text_file', { sessionId: work.sessionId, path, content: after });
    return [{ type: 'diff', path, oldText: before, newText: after }];
  };
  return tool(work, title, 'edit', { path: step.path, text: step.text }, act, step.path);
}

function read(path: string, work: Work): Promise<void> {
  const act = async () => {
    const absolute = resolve(work.cwd, path);
    const { content } = await work.client.request('fs/read_text_file', {
      sessionId: work.sessionId,
      path: absolute,
    });
    return [text(content)];
  };
  return tool(work, `Read ${path}`, 'read', { path }, act, path);
}

async function readOrNull(path: string, work: Work): Promise<string | null> {
  try {
    return (await work.client.request('fs/read_text_file', { sessionId: work.sessionId, path })).content;
  } catch {
    return null;
  }
}

async function ask(work: Work, toolCallId: string, what: string, kind: ToolKind): Promise<void> {
  const title = `May I ${what}?`;
  await say(work, { sessionUpdate: 'tool_call', toolCallId, title, kind, status: 'pending' });
  await permit(work, toolCallId, title, kind);
  await say(work, { sessionUpdate: 'tool_call_update', toolCallId, status: 'completed' });
}

async function permit(work: Work, toolCallId: string, title: string, kind: ToolKind): Promise<void> {
  const { outcome } = await work.client.request('session/request_permission', {
    sessionId: work.sessionId,
    toolCall: { toolCallId, title, kind },
    options: [
      { optionId: 'once', name: 'Allow once', kind: 'allow_once' },
      { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
      { optionId: 'reject', name: 'Reject', kind: 'reject_once' },
    ],
  });
  if (outcome.outcome === 'cancelled') throw new Stopped();
  if (outcome.optionId !== 'reject') return;
  await say(work, {
    sessionUpdate: 'tool_call_update',
    toolCallId,
    status: 'failed',
    content: [text('Rejected')],
  });
  throw new Rejected();
}

function preview(port: number, work: Work): Promise<void> {
  return tool(work, `Serve a page at port ${port}`, 'execute', { port }, async () => {
    if (!servers.has(port)) servers.set(port, await serve(port));
    return [text(`Listening at http://localhost:${port}\n`)];
  });
}

function serve(port: number): Promise<Server> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>Scripted agent</title><h1>Hello from the scripted agent</h1>');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** `events`: so many updates of one tool call. `KiB`: one answer of that size. */
async function flood(count: number, unit: 'events' | 'KiB', work: Work): Promise<void> {
  await tool(work, `Flood: ${count} ${unit}`, 'other', { count, unit }, async (toolCallId) => {
    if (unit === 'KiB') return [text('0123456789abcdef'.repeat(64 * count))];
    for (let n = 1; n <= count; n += 1) {
      if (work.signal.aborted) throw new Stopped();
      await say(work, { sessionUpdate: 'tool_call_update', toolCallId, title: `Flood: ${n} of ${count}` });
    }
    return [];
  });
}
