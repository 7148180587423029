/**
 * A FAKE of both model services on a loopback port: it says so in every answer. It keeps what it was asked, and answers
 * what the test has put up.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface FakeModels {
  url: string;
  asked: Asked[];
  /** What the next requests are answered by. */
  answer: (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;
  stop(): Promise<void>;
}

export const FAKE_MODEL = 'fake-model-1';

export async function startFakeModels(): Promise<FakeModels> {
  const fake: FakeModels = {
    url: '',
    asked: [],
    answer: (_, response) => json(response, 200, message()),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const server = createServer(async (request, response) => {
    response.setHeader('x-fake', 'not a real model service');
    let body = '';
    try {
      for await (const chunk of request) body += chunk;
    } catch {
      return;
    }
    const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    fake.asked.push(asked);
    fake.answer(asked, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}

export function json(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Anthropic's answer in one piece. */
export const message = (input = 100, output = 20) => ({
  ...{ id: 'msg_fake', type: 'message', role: 'assistant', model: FAKE_MODEL },
  content: [{ type: 'text', text: 'I am a fake.' }],
  usage: { input_tokens: input, cache_read_input_tokens: 7, output_tokens: output },
});

export const event = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

/** Anthropic's stream: so many pieces of text. */
export function messageEvents(pieces: number, input = 100, output = 50): string[] {
  const usage = { input_tokens: input, output_tokens: 1 };
  return [
    event('message_start', { message: { id: 'msg_fake', model: FAKE_MODEL, usage } }),
    ...Array.from({ length: pieces }, (_, i) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: `word${i} ` } }),
    ),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: output } }),
    event('message_stop', {}),
  ];
}

/** OpenAI's stream of the responses API. */
export const responseEvents = (): string[] => [
  event('response.created', { response: { id: 'resp_fake', model: FAKE_MODEL, usage: null } }),
  event('response.output_text.delta', { delta: 'I am ' }),
  event('response.output_text.delta', { delta: 'a fake.' }),
  event('response.completed', {
    response: { model: FAKE_MODEL, usage: { input_tokens: 30, output_tokens: 4, total_tokens: 34 } },
  }),
];
