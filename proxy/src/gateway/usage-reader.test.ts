import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageEvents, responseEvents } from '../../test/fake-models.ts';
import { UsageReader } from './usage-reader.ts';

const SSE = 'text/event-stream; charset=utf-8';

function read(contentType: string | null, bytes: Uint8Array, cuts: number[] = []) {
  const reader = new UsageReader(contentType);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  places.sort((a, b) => a - b);
  for (const [i, at] of places.entries()) reader.push(bytes.subarray(at, places[i + 1] ?? at));
  return reader.end();
}

describe('usage', () => {
  it.each([
    ['Anthropic’s stream', messageEvents(9, 321, 45), { inputTokens: 321, outputTokens: 45 }],
    ['OpenAI’s stream', responseEvents(), { inputTokens: 30, outputTokens: 4 }],
  ])('of %s is the same however its bytes are cut', (_, events, expected) => {
    const bytes = Buffer.from(events.join(''));
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(read(SSE, bytes, cuts)).toEqual({ ...expected, model: 'fake-model-1', uncounted: 0 });
      }),
    );
  });

  it('[SE7] of anything at all is a sum, within bounds', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map((json) => `data: ${json}\n`),
      fc.jsonValue().map((usage) => `data: ${JSON.stringify({ model: 'm', usage })}\n`),
      fc.integer().map((n) => `data: {"usage":{"input_tokens":${n},"output_tokens":"x"}}\n`),
      fc.constantFrom('data: {"usage":{"__proto__":5}}\n', 'data:\n', '\n\n', 'data: null\n'),
    );
    fc.assert(
      fc.property(fc.array(part), fc.constantFrom(SSE, 'application/json', null), (parts, type) => {
        const usage = read(type, Buffer.from(parts.join('')));
        for (const count of [usage.inputTokens, usage.outputTokens, usage.uncounted])
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('[SE7] passes over a line that is too long, and reads the next one', () => {
    const long = `data: {"usage":{"input_tokens":9},"x":"${'x'.repeat(2 * 1024 * 1024)}"}\n`;
    const usage = read(SSE, Buffer.from(`${long}${messageEvents(1).join('')}`));
    expect(usage).toMatchObject({ inputTokens: 100, outputTokens: 50 });
  });

  it('of a stream that broke off counts the pieces since its last figures', () => {
    const cut = messageEvents(5).slice(0, 5).join('');
    expect(read(SSE, Buffer.from(cut))).toMatchObject({ inputTokens: 100, outputTokens: 1, uncounted: 4 });
  });

  it('of an answer in one piece has what was read from a cache with what was not', () => {
    const usage = {
      input_tokens: 1,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 300,
      output_tokens: 4,
    };
    const body = Buffer.from(JSON.stringify({ model: 'm', usage }));
    expect(read('application/json', body, [3, 9])).toMatchObject({
      model: 'm',
      inputTokens: 321,
      outputTokens: 4,
    });
  });
});
