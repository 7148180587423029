/** What the tests that send nonsense share: what is sent, and what every answer has to be. */
import { CloseCode, ErrorBody, ErrorCodeSchema } from '@porthole/shared';
import type { Endpoint } from '@porthole/shared/http';
import fc from 'fast-check';
import { expect } from 'vitest';
import * as z from 'zod/mini';
import { type Client, TestSocket } from './harness.ts';

/** PORTHOLE_SEED=<number> tries others. */
export const SEED = Number(process.env.PORTHOLE_SEED ?? 20_261_121);

/** Texts that have broken things elsewhere, and words that mean something here. */
export const oddText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\0',
      '\ud800',
      '../..',
      "'; drop table users; --",
      '-oProxyCommand=id',
      '\u001b]52;c;?\u0007',
    ],
    ...['__proto__', 'constructor', 'a@example.com', 'member', 'owner', 'local', 'https_token', 'ssh_key'],
    ...['write', 'https://example.com/x.git', 'x'.repeat(5_000)],
  ),
);
export const oddNumber = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, Number.NaN),
);
export const junk = fc.oneof(
  oddText,
  oddNumber,
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Mostly right. */
export const sometimes = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: junk });

/** As JSON: messages as they should be, and as they should be but for one field. */
export function messages(valid: fc.Arbitrary<object>) {
  const mutated = valid.chain((message) =>
    fc
      .tuple(fc.constantFrom(...Object.keys(message)), junk)
      .map(([key, value]) => ({ ...message, [key]: value })),
  );
  return {
    right: valid.map((message) => JSON.stringify(message)),
    mutated: mutated.map((message) => JSON.stringify(message) ?? 'null'),
  };
}

/** Lone surrogates have no encoding; nothing, or dots alone, would be another path. */
export function encodePath(value: string): string {
  const encoded = encodeURIComponent(Buffer.from(value).toString());
  return /^\.*$/.test(encoded) ? 'dots' : encoded;
}

/** A good answer or a named error, never a fault of the server. */
export async function checkAnswer(answer: Response, endpoint: Endpoint): Promise<void> {
  expect(answer.status).not.toBe(500);
  if (answer.ok && endpoint.file) {
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(0);
    return;
  }
  const json: unknown = await answer.json();
  if (answer.ok) z.parse(endpoint.response, json);
  else ErrorBody.parse(json);
}

const CODES = new Set<number>(Object.values(CloseCode));
/** Of the protocol itself, past the hard bound of a frame: there is no telling why. */
const TOO_BIG = 1009;
const LAST_PING = 424_242;

/** Sends them all on a socket of its own: each ends in an answer, a named error or a close with a code. */
export async function checkFrames(
  client: Client,
  path: string,
  frames: readonly (string | Uint8Array)[],
  schema: z.ZodMiniType,
  /** Some of them are past that bound. */
  huge = false,
): Promise<void> {
  const socket = await TestSocket.open(client, path);
  for (const each of frames) socket.send(each);
  // Its answer, or a close, is the end of what the frames bring about.
  socket.send({ type: 'ping', id: LAST_PING });
  const answered = () => socket.frames.some((each) => (each as { id?: number }).id === LAST_PING);
  while (socket.isOpen && !answered()) await socket.heard();
  for (const each of socket.frames) if (!(each instanceof Uint8Array)) z.parse(schema, each);
  if (socket.isOpen) socket.close();
  else {
    const { code, reason } = await socket.closed;
    if (!huge || code !== TOO_BIG) {
      expect(CODES).toContain(code);
      ErrorCodeSchema.parse(reason);
    }
  }
  await socket.closed;
  expect(socket.frames.filter((each) => (each as { code?: string }).code === 'internal')).toEqual([]);
}
