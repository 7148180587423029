/**
 * Nonsense and half-sense for every endpoint, every sync frame and every terminal frame: each ends in a named error or a good answer, never
 * in a fault of the server, and the server goes on. PORTHOLE_SEED=… for another run.
 */
import {
  CONTROL_FRAME_BYTES,
  INPUT_FRAME_BYTES,
  PROTOCOL_VERSION,
  SyncServerMessage,
  TerminalServerMessage,
} from '@porthole/shared';
import { type Endpoint, endpoints } from '@porthole/shared/http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { newId } from '../src/lib/ids.ts';
import {
  checkAnswer,
  checkFrames,
  encodePath,
  messages,
  oddNumber,
  oddText,
  SEED,
  sometimes,
} from './fuzz-kit.ts';
import { type Client, OWNER, type Person, SyncClient, signUpOwner, startProxy } from './harness.ts';
import { attachOf } from './terminal-kit.ts';
import { newTerminal, Tab, workspaceOf } from './terminal-tab.ts';

const RUNS_PER_ENDPOINT = 25;
const SOCKETS = 150;

/** Values near what a JSON schema asks for: mostly right, with something wrong now and then. */
const near = (schema: Record<string, unknown>): fc.Arbitrary<unknown> => sometimes(like(schema));

function like(schema: Record<string, unknown>): fc.Arbitrary<unknown> {
  const of = (key: string) => schema[key] as Record<string, unknown>[];
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum as unknown[]));
  for (const key of ['anyOf', 'oneOf']) if (schema[key] !== undefined) return fc.oneof(...of(key).map(near));
  if (schema.type === 'object') {
    const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
    const values = Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, near(inner)]));
    return fc.record(values, { requiredKeys: (schema.required ?? []) as string[] });
  }
  if (schema.type === 'integer' || schema.type === 'number')
    return fc.oneof(fc.integer({ min: 1, max: 300 }), oddNumber);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'null') return fc.constant(null);
  const prefix = /^\^(\w{3})_/.exec(String(schema.pattern ?? ''))?.[1];
  if (prefix) return fc.constantFrom(`${prefix}_${newId('user').slice(4)}`, `${prefix}_0`);
  return oddText;
}

const schemaOf = (schema: z.ZodMiniType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;

let proxy: Awaited<ReturnType<typeof startProxy>>;
let owner: Person;
beforeAll(async () => {
  // No shells: a good body for `createWorkspace` is refused by name.
  proxy = await startProxy({ env: { PORTHOLE_LOCAL_PROVIDER: 'off' } });
  owner = await signUpOwner(proxy);
});
afterAll(() => proxy.dispose());

/** The owner again, when the last request has signed them out or changed the password. */
async function signedIn(): Promise<Client> {
  if ((await owner.client.raw('GET', '/api/me')).status === 200) return owner.client;
  const { hash } = await import('@node-rs/argon2');
  const { db } = proxy.server;
  await db.q
    .updateTable('users')
    .set({ password_hash: await hash(OWNER.password) })
    .where('id', '=', owner.userId)
    .execute();
  await owner.client.call('signIn', { body: { email: OWNER.email, password: OWNER.password } });
  return owner.client;
}

describe(`fuzz (seed ${SEED})`, () => {
  const table = Object.entries(endpoints as Record<string, Endpoint>);

  it.each(table)(
    '[SE7] %s ends in a good answer or a named error',
    async (_, endpoint) => {
      const known: Record<string, string> = { org: owner.org, user: owner.userId };
      const keys = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, key]) => key!);
      const params = fc.tuple(
        ...keys.map((key) =>
          fc.oneof(
            { weight: 4, arbitrary: fc.constant(known[key] ?? newId('user')) },
            { weight: 1, arbitrary: oddText },
          ),
        ),
      );
      const body = endpoint.body
        ? fc.oneof(
            {
              weight: 8,
              arbitrary: near(schemaOf(endpoint.body)).map((value) => JSON.stringify(value) ?? 'null'),
            },
            { weight: 1, arbitrary: oddText },
          )
        : fc.option(fc.json(), { nil: undefined });
      await fc.assert(
        fc.asyncProperty(params, body, async (values, sent) => {
          const client = await signedIn();
          let path: string = endpoint.path;
          for (const [i, key] of keys.entries())
            path = path.replace(`:${key}`, encodePath(values[i] as string));
          const init = endpoint.method === 'get' || sent === undefined ? {} : { body: sent };
          const answer = await client.raw(endpoint.method.toUpperCase(), path, {
            ...init,
            headers: { 'content-type': 'application/json' },
          });
          await checkAnswer(answer, endpoint);
        }),
        { seed: SEED, numRuns: RUNS_PER_ENDPOINT },
      );
      await signedIn();
    },
    60_000,
  );

  it('[SE7] [W3] every sync frame ends in an answer, a named error or a close with a code', async () => {
    const place = { workspaceId: null, terminalId: null };
    const valid = [
      {
        type: 'subscribe',
        version: PROTOCOL_VERSION,
        organisationId: owner.org,
        cursor: null,
        connection: newId('connection'),
        device: 'laptop',
      },
      { type: 'presence', status: 'online', place, typing: true },
      { type: 'ping', id: 1 },
    ];
    const { right, mutated } = messages(fc.constantFrom(...valid));
    const frame = fc.oneof(
      { weight: 3, arbitrary: right },
      { weight: 4, arbitrary: mutated },
      { weight: 1, arbitrary: oddText },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
    );
    const client = await signedIn();
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), (frames) =>
        checkFrames(client, '/ws/sync', frames, SyncServerMessage),
      ),
      { seed: SEED, numRuns: SOCKETS },
    );
    (await SyncClient.open(client, owner.org)).socket.close();
  }, 60_000);
});

describe(`fuzz of terminals (seed ${SEED})`, () => {
  let shells: Awaited<ReturnType<typeof startProxy>>;
  beforeAll(async () => {
    shells = await startProxy();
  });
  afterAll(() => shells.dispose());

  it('[SE7] [W3] [TR4] every frame ends in an answer, a named error or a close with a code; nobody else notices', async () => {
    const person = await signUpOwner(shells);
    const terminal = await newTerminal(person, await workspaceOf(person));
    const witness = await Tab.open(person.client, terminal.id, 'witness', { cols: 100, rows: 30 });
    // Whatever is typed comes back, and nothing of it is obeyed.
    witness.type('stty raw -echo; echo re""ady; exec cat\r');
    await witness.shows('ready');

    await fc.assert(
      fc.asyncProperty(fc.array(terminalFrame(), { minLength: 1, maxLength: 10 }), async (frames) => {
        await checkFrames(person.client, `/ws/terminals/${terminal.id}`, frames, TerminalServerMessage, true);
        witness.fold();
        expect(witness.socket.isOpen).toBe(true);
      }),
      { seed: SEED, numRuns: SOCKETS },
    );

    witness.send({ type: 'take_size' });
    witness.type('\x18\x1bcstill here');
    await witness.shows('still here');
    expect(witness.screen.messages.filter(({ type }) => type === 'error')).toEqual([]);
    const fresh = await Tab.open(person.client, terminal.id, 'fresh');
    await fresh.until(() => fresh.screen.seq === witness.screen.seq);
    expect(fresh.screen.screen).toBe(witness.screen.screen);
    for (const { socket } of [witness, fresh]) socket.close();
  }, 120_000);
});

/** In any order, so also before `attach` and after a second one. */
function terminalFrame(): fc.Arbitrary<string | Uint8Array> {
  const colour = { foreground: '#ffffff', background: '#000000', cursor: '#00ff00' };
  const viewer = fc.constantFrom('one', 'two').map((name) => attachOf(name));
  const attach = fc.tuple(viewer, fc.nat(5_000), fc.boolean()).map(([request, seq, resumes]) => ({
    ...request,
    resume: resumes ? { epoch: 'abc', seq } : null,
  }));
  const valid = fc.oneof(
    { weight: 5, arbitrary: attach },
    fc.nat(100_000).map((seq) => ({ type: 'ack', seq })),
    fc.tuple(fc.integer({ min: 2, max: 500 }), fc.integer({ min: 1, max: 300 })).map(([cols, rows]) => ({
      ...{ type: 'fit', cols, rows },
    })),
    fc.boolean().map((visible) => ({ type: 'visibility', visible })),
    fc.constantFrom<object>({ type: 'take_size' }, { type: 'colours', ...colour }, { type: 'ping', id: 1 }),
  );
  const { right, mutated } = messages(valid);
  return fc.oneof(
    { weight: 8, arbitrary: right },
    { weight: 4, arbitrary: mutated },
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: oddText },
    {
      weight: 1,
      arbitrary: fc.constantFrom<string | Uint8Array>(
        new Uint8Array(INPUT_FRAME_BYTES),
        new Uint8Array(INPUT_FRAME_BYTES + 1),
        `{"type":"ping","id":1,"x":"${'x'.repeat(CONTROL_FRAME_BYTES)}"}`,
        '\u20ac'.repeat(CONTROL_FRAME_BYTES + 1),
        new Uint8Array(600 * 1024),
      ),
    },
  );
}
