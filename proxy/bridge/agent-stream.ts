/**
 * An agent's stdout and stdin as the SDK's stream of messages. What is not a JSON object is noise, which many programs
 * print by mistake: it is left out and kept for a failure's details. A line too long to be parsed is replaced by a
 * short message in its place, so that neither the turn hangs nor the bridge grows.
 *
 * Session updates do not go through the SDK: it refuses a whole update over one field that it does not know, and hands
 * on what it takes only after a while. Here they are seen at once, so before any answer that comes after them.
 */
import type { ChildProcess } from 'node:child_process';
import type { AnyMessage, Stream } from '@agentclientprotocol/sdk';
import { Lines, type LongLine } from './lines.ts';
import { fields } from './updates.ts';

export const MAX_AGENT_LINE_BYTES = 16 * 1024 * 1024;
const SHOWN_CHARS = 16 * 1024;

export interface StreamHost {
  onUpdate(update: unknown): void;
  onNoise(line: string): void;
}

export function agentStream(child: ChildProcess, { onUpdate, onNoise }: StreamHost): Stream {
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('the agent has no stdin or stdout');
  stdin.on('error', () => {});
  const write = (message: AnyMessage) =>
    new Promise<void>((resolve) => stdin.write(`${JSON.stringify(message)}\n`, () => resolve()));

  const readable = new ReadableStream<AnyMessage>({
    start(controller) {
      const take = (message: AnyMessage) => {
        if (isUpdate(message)) onUpdate(fields(message.params).update);
        else controller.enqueue(withModels(message));
      };
      const lines = new Lines(
        MAX_AGENT_LINE_BYTES,
        (line) => {
          const message = parse(line);
          if (message) take(message);
          else onNoise(line.subarray(0, 1000).toString('utf8'));
        },
        (line) => {
          const { forBridge, forAgent } = salvage(line);
          if (forBridge) take(forBridge);
          if (forAgent) void write(forAgent);
          onNoise(`(a line of ${line.bytes} bytes)`);
        },
      );
      stdout.on('data', (chunk: Buffer) => {
        lines.push(chunk);
        if ((controller.desiredSize ?? 1) <= -1000) stdout.pause();
      });
      stdout.on('error', () => {});
      stdout.once('close', () => {
        lines.end();
        controller.close();
      });
    },
    pull() {
      stdout.resume();
    },
    cancel() {
      stdout.destroy();
    },
  });
  return { readable, writable: new WritableStream<AnyMessage>({ write }) };
}

const isUpdate = (message: AnyMessage): message is AnyMessage & { params: unknown } =>
  'method' in message && message.method === 'session/update' && !('id' in message);

/** Where `withModels` puts them. */
export const MODELS = 'porthole/models';

/** Agents that offer models as they did before ACP had options for it: the SDK does not know them, and drops them. */
function withModels(message: AnyMessage): AnyMessage {
  if (!('result' in message)) return message;
  const { models, _meta, ...result } = fields(message.result);
  if (models === undefined) return message;
  return { ...message, result: { ...result, _meta: { ...fields(_meta), [MODELS]: models } } };
}

function parse(line: Buffer): AnyMessage | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as AnyMessage)
      : null;
  } catch {
    return null;
  }
}

interface Salvaged {
  forBridge?: AnyMessage;
  forAgent?: AnyMessage;
}

/** Looks for what the message was in its first and last 64 KiB. */
export function salvage(line: LongLine): Salvaged {
  const head = line.head.toString('utf8');
  const both = `${head}\n${line.tail.toString('utf8')}`;
  const find = (pattern: RegExp) => pattern.exec(both)?.[1];
  const method = find(/"method"\s*:\s*"([\w/]{1,60})"/);
  if (method === 'session/update') return { forBridge: shortUpdate(line, head, find) };
  const id = find(/"id"\s*:\s*(\d{1,15}|"[^"\\]{1,100}")/);
  if (id === undefined) return {};
  const message = `a message of ${line.bytes} bytes is too long`;
  const answer = { jsonrpc: '2.0', id: JSON.parse(id), error: { code: -32600, message } } as AnyMessage;
  return method === undefined ? { forBridge: answer } : { forAgent: answer };
}

function shortUpdate(
  line: LongLine,
  head: string,
  find: (pattern: RegExp) => string | undefined,
): AnyMessage {
  const beginning = /"(?:text|newText|rawOutput)"\s*:\s*"((?:[^"\\]|\\.)*)/s.exec(head)?.[1] ?? '';
  const text = `${unescaped(beginning.slice(0, SHOWN_CHARS))}\n[… ${line.bytes} bytes, too long to keep]`;
  const call = find(/"toolCallId"\s*:\s*"([^"\\]{1,200})"/);
  const status = find(/"status"\s*:\s*"(pending|in_progress|completed|failed)"/);
  const content = { type: 'text', text };
  const update =
    call === undefined
      ? { sessionUpdate: find(/"sessionUpdate"\s*:\s*"(\w{1,40})"/) ?? 'unknown', content }
      : {
          ...{ sessionUpdate: 'tool_call_update', toolCallId: call, content: [{ type: 'content', content }] },
          ...(status === undefined ? {} : { status }),
        };
  return { jsonrpc: '2.0', method: 'session/update', params: { sessionId: '', update } };
}

/** The text of a JSON string that may break off within an escape. */
function unescaped(json: string): string {
  try {
    return JSON.parse(`"${json.replace(/\\(u[0-9a-fA-F]{0,3})?$/, '')}"`) as string;
  } catch {
    return '';
  }
}
