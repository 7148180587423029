/** What goes through the model gateway, piece by piece: counted, cut, given up, and never faster than it is read. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { FAKE_MODEL, json, messageEvents, responseEvents } from './fake-models.ts';
import { ask, fake, owner, proxy, session, stream, usage, useGateway } from './gateway-kit.ts';

useGateway();

describe('what goes through the model gateway', () => {
  it('counts what an answer in one piece, and both services’ streams, say they used', async () => {
    await (await ask()).text();
    fake.answer = stream(messageEvents(3, 200, 60));
    expect(await (await ask()).text()).toBe(messageEvents(3, 200, 60).join(''));
    fake.answer = stream(responseEvents());
    expect(await (await ask('/ai/openai/v1/responses')).text()).toBe(responseEvents().join(''));
    const chat = { object: 'chat.completion', model: FAKE_MODEL };
    fake.answer = (_, response) =>
      json(response, 200, { ...chat, usage: { prompt_tokens: 11, completion_tokens: 2 } });
    await (await ask('/ai/openai/v1/chat/completions')).text();
    let rows = await usage();
    while (rows.reduce((sum, row) => sum + row.requests, 0) < 4) rows = await usage();
    const common = { day: new Date().toISOString().slice(0, 10), userId: owner.userId, model: FAKE_MODEL };
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual({
      ...{ ...common, upstream: 'anthropic', requests: 2 },
      ...{ inputTokens: 107 + 200, outputTokens: 20 + 60 },
    });
    expect(rows).toContainEqual({
      ...{ ...common, upstream: 'openai', requests: 2 },
      ...{ inputTokens: 41, outputTokens: 6 },
    });
    const stored = await proxy.server.db.q.selectFrom('model_usage').selectAll().execute();
    expect(stored.map((row) => row.session_id)).toEqual(stored.map(() => session.id));
    const of = async (id: string) => {
      const answer = await owner.client.raw('GET', `/api/orgs/${owner.org}/usage?session=${id}&days=1`);
      return (await answer.json()).rows.length;
    };
    expect([await of(session.id), await of(newId('session'))]).toEqual([2, 0]);
  });

  it('counts a stream without figures by what went through', async () => {
    const piece = (text: string) =>
      `data: ${JSON.stringify({ model: FAKE_MODEL, choices: [{ delta: { content: text } }] })}\n\n`;
    fake.answer = stream([piece('a'), piece('b'), piece('c'), 'data: [DONE]\n\n']);
    await (await ask('/ai/openai/v1/chat/completions', { body: 'x'.repeat(400) })).text();
    expect(await usage()).toMatchObject([{ inputTokens: 100, outputTokens: 3 }]);
  });

  it('streams: a piece is there before the next one is made', async () => {
    const [first = '', ...rest] = messageEvents(2);
    let goOn = () => {};
    fake.answer = stream([first], (response) => {
      goOn = () => response.end(rest.join(''));
    });
    const answer = await ask();
    const reader = answer.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe(first);
    goOn();
    let text = first;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    expect(text).toBe([first, ...rest].join(''));
  });

  it('passes on a stream that is cut in the middle of an event as cut, and counts what there was', async () => {
    const events = messageEvents(4).slice(0, 4).join('');
    fake.answer = stream([events.slice(0, -20)], (response) => setImmediate(() => response.destroy()));
    const answer = await ask();
    await expect(answer.text()).rejects.toThrow();
    const [row] = await usage();
    // What it had said at its beginning, and two whole pieces.
    expect(row).toMatchObject({ inputTokens: 100, outputTokens: 1 + 2 });
  });

  it('tells the service when the client goes away', async () => {
    let gone: Promise<unknown> = Promise.resolve();
    const asked = new Promise<void>((resolve) => {
      fake.answer = (_, response) => {
        gone = once(response, 'close');
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(messageEvents(1)[0]);
        resolve();
      };
    });
    const abort = new AbortController();
    const answer = await ask(undefined, { signal: abort.signal });
    await asked;
    abort.abort();
    await gone;
    await expect(answer.text()).rejects.toThrow();
    expect(await usage()).toMatchObject([{ requests: 1, inputTokens: 100 }]);
  });

  it('tells it also before it has answered', async () => {
    const closed = new Promise<void>((resolve) => {
      fake.answer = (_, response) => {
        response.on('close', resolve);
        abort.abort();
      };
    });
    const abort = new AbortController();
    await expect(ask(undefined, { signal: abort.signal })).rejects.toThrow();
    await closed;
  });

  it('[SE7] reads no faster than the client does', async () => {
    const chunk = `data: ${'x'.repeat(64 * 1024 - 8)}\n\n`;
    let written = 0;
    let stalled: () => void = () => {};
    const hasStalled = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    fake.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = () => {
        while (written < 256 * 1024 * 1024) {
          written += chunk.length;
          if (!response.write(chunk)) {
            // Nobody has taken a byte for a while: the whole way is full.
            const timer = setTimeout(stalled, 300);
            response.once('drain', () => {
              clearTimeout(timer);
              more();
            });
            return;
          }
        }
        stalled();
      };
      more();
    };
    const answer = await new Promise<IncomingMessage>((resolve) => {
      const request = httpRequest(
        `${proxy.url}/ai/anthropic/v1/messages`,
        { method: 'POST', headers: { authorization: `Bearer ${session.token}` } },
        resolve,
      );
      request.end('{}');
    });
    answer.pause();
    await hasStalled;
    expect(written).toBeLessThan(64 * 1024 * 1024);
    answer.destroy();
  });
});
