/** A FAKE of Anthropic's service, on the loopback: it says so in every answer, and what it "used" is always the same. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeUpstream {
  url: string;
  stop(): Promise<void>;
}

export const FAKE_USE = { model: 'fake-model-1', input: 12_400, output: 830 };

export async function startFakeUpstream(): Promise<FakeUpstream> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'x-fake': 'not a real model service' });
    response.end(
      JSON.stringify({
        ...{ id: 'msg_fake', type: 'message', role: 'assistant', model: FAKE_USE.model },
        content: [{ type: 'text', text: 'I am a fake.' }],
        usage: { input_tokens: FAKE_USE.input, output_tokens: FAKE_USE.output },
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
