/**
 * Nonsense and half-sense for a session that is really there, over HTTP and on its socket: each ends in a named error or
 * a good answer, and the session goes on. Behind it is a FAKE bridge. PORTHOLE_SEED=… for another run.
 */
import { PROTOCOL_VERSION } from '@porthole/shared';
import { bridgeEvents, decodeEvent, proxyEvents } from '@porthole/shared/agent-events';
import { type Endpoint, endpoints } from '@porthole/shared/http';
import { SessionServerMessage } from '@porthole/shared/session-socket';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLine } from '../src/agents/links-decode.ts';
import { newId } from '../src/lib/ids.ts';
import { FakeBridgeLinks } from './fake-bridge.ts';
import { checkAnswer, checkFrames, encodePath, messages, oddText, SEED, sometimes } from './fuzz-kit.ts';
import { type Person, signUpOwner, startProxy } from './harness.ts';
import { newSession, SessionTab, send } from './session-tab.ts';
import { workspaceOf } from './terminal-tab.ts';

const links = new FakeBridgeLinks();
let proxy: Awaited<ReturnType<typeof startProxy>>;
let ana: Person;
let workspace: string;
let session: string;
let running: string;
let waiting: string;

beforeAll(async () => {
  proxy = await startProxy({ links });
  ana = await signUpOwner(proxy);
  workspace = await workspaceOf(ana);
  ({ id: session, prompt: running } = await newSession(ana, workspace, 'first'));
  const bridge = links.at(workspace);
  await bridge.heard('prompt');
  bridge.emit(session, { type: 'turn_started', turn: running });
  bridge.emit(session, {
    type: 'options',
    options: [
      {
        id: 'mode',
        name: 'Mode',
        category: 'mode',
        value: 'a',
        choices: [{ id: 'a', name: 'A', description: null }],
      },
    ],
  });
  const tab = await SessionTab.open(ana.client, session);
  await tab.event('options');
  tab.close();
  waiting = await send(ana, session, 'second');
});
afterAll(() => proxy.dispose());

const id = (kind: 'prompt' | 'attachment' | 'session', ...known: string[]) =>
  fc.oneof(
    fc.constantFrom(...known, `${kind}`),
    fc.constant(null).map(() => newId(kind)),
  );

/** Bodies that are nearly right, by endpoint. Made in the test: ids are known by then. */
const bodies = (): Record<string, fc.Arbitrary<unknown>> => {
  const text = sometimes(fc.oneof(oddText, fc.constant('run it')));
  const prompt = {
    ...{ id: sometimes(id('prompt', running, waiting)), text },
    attachments: sometimes(fc.array(id('attachment'), { maxLength: 3 })),
    choices: sometimes(fc.dictionary(oddText, oddText, { maxKeys: 3 })),
    retryOf: sometimes(fc.oneof(fc.constant(null), id('prompt', running))),
  };
  const optional = { requiredKeys: [] as never[] };
  return {
    createSession: fc.record(
      {
        ...{ id: sometimes(id('session', session)), agent: sometimes(fc.constantFrom('scripted', 'nobody')) },
        ...{ title: text, prompt: sometimes(fc.record(prompt, { requiredKeys: ['id', 'text'] })) },
      },
      { requiredKeys: ['id', 'agent'] },
    ),
    updateSession: fc.record({ title: text, archived: sometimes(fc.boolean()) }, optional),
    sendPrompt: fc.record(prompt, { requiredKeys: ['id', 'text'] }),
    changePrompt: fc.record(
      { text, before: sometimes(fc.oneof(fc.constant(null), id('prompt', waiting))) },
      optional,
    ),
    answerPermission: fc.record({ option: text }),
    chooseOption: fc.record({
      ...{ option: sometimes(fc.constantFrom('mode', 'model')), value: sometimes(fc.constantFrom('a', 'b')) },
    }),
    addAttachment: fc.record({
      ...{ id: sometimes(id('attachment')), name: text, mediaType: sometimes(fc.constant('image/png')) },
      data: sometimes(fc.base64String({ maxLength: 40 })),
    }),
  };
};

describe(`fuzz of a session (seed ${SEED})`, () => {
  const all = Object.entries(endpoints as Record<string, Endpoint>).filter(
    ([, { tag }]) => tag === 'sessions',
  );

  it.each(all)(
    '[SE7] %s ends in a good answer or a named error',
    async (name, endpoint) => {
      const known: Record<string, fc.Arbitrary<string>> = {
        org: fc.constant(ana.org),
        workspace: fc.constant(workspace),
        session: fc.constant(session),
        prompt: id('prompt', running, waiting),
        attachment: id('attachment'),
      };
      const keys = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, key]) => key!);
      const params = fc.tuple(...keys.map((key) => known[key] ?? oddText));
      const query = fc.dictionary(fc.constantFrom('after', 'before', 'limit', 'match', 'path'), oddText, {
        maxKeys: 2,
      });
      const body = bodies()[name] ?? fc.constant(undefined);
      await fc.assert(
        fc.asyncProperty(params, query, body, async (values, asked, sent) => {
          const path = keys.reduce(
            (path, key, i) => path.replace(`:${key}`, encodePath(values[i] as string)),
            endpoint.path as string,
          );
          const search = endpoint.query ? `?${new URLSearchParams(asked)}` : '';
          const answer = await ana.client.raw(endpoint.method.toUpperCase(), path + search, {
            headers: { 'content-type': 'application/json' },
            ...(endpoint.body ? { body: JSON.stringify(sent) ?? 'null' } : {}),
          });
          await checkAnswer(answer, endpoint);
        }),
        { seed: SEED, numRuns: 40 },
      );
    },
    60_000,
  );

  it('[SE7] [W3] every frame on its socket ends in an answer, a named error or a close with a code', async () => {
    const valid = [
      { type: 'attach', version: PROTOCOL_VERSION, after: null },
      { type: 'attach', version: PROTOCOL_VERSION, after: 3 },
      { type: 'typing' },
      { type: 'ping', id: 1 },
    ];
    const { right, mutated } = messages(fc.constantFrom(...valid));
    const frame = fc.oneof(
      { weight: 4, arbitrary: right },
      { weight: 4, arbitrary: mutated },
      { weight: 1, arbitrary: oddText },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), (frames) =>
        checkFrames(ana.client, `/ws/sessions/${session}`, frames, SessionServerMessage),
      ),
      { seed: SEED, numRuns: 100 },
    );
  }, 60_000);

  it('[AG1] its log is whole afterwards, and it goes on', async () => {
    const { events, head } = await ana.client.call('listEvents', { params: { session } });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => head - events.length + 1 + i));
    for (const each of events) expect(decodeEvent(each)?.type).not.toBe('unknown');
    const tab = await SessionTab.open(ana.client, session);
    links.at(workspace).emit(session, { type: 'turn_ended', turn: running, outcome: 'done', fault: null });
    await tab.event('turn_ended', ({ turn }) => turn === running);
    tab.close();
  });

  it('[SE5] [AG1] [AG5] [AG7] whatever a machine reports, its session’s log is whole and says nothing in people’s names', async () => {
    const { id, prompt } = await newSession(ana, workspace, 'go');
    const bridge = links.at(workspace);
    await bridge.heard('prompt', (given) => given.prompt === prompt);
    const tab = await SessionTab.open(ana.client, id);
    const events = hostileEvents(prompt);
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 1, maxLength: 10 }), async (reports) => {
        for (const event of reports) {
          const line = decodeLine(JSON.stringify({ type: 'event', n: 1, session: id, event }));
          if (line.kind === 'event') bridge.emit(id, line.event);
        }
        await bridge.heard('ack', ({ stored }) => stored === bridge.last);
      }),
      { seed: SEED, numRuns: 60 },
    );
    bridge.emit(id, { type: 'overflow', dropped: 77 });
    await tab.event('overflow', ({ dropped }) => dropped === 77);
    const { events: all, head } = await ana.client.call('listEvents', { params: { session: id } });
    expect(tab.events.map(({ seq }) => seq)).toEqual(tab.events.map((_, i) => i + 1));
    expect(tab.events.at(-1)?.seq).toBe(head);
    expect(all.at(-1)?.seq).toBe(head);
    const own = new Set(proxyEvents.map(({ shape }) => String(shape.type.def.values[0])));
    expect(tab.events.filter(({ type }) => own.has(type)).map(({ type }) => type)).toEqual([
      'session_created',
      'prompt_queued',
    ]);
    tab.close();
  }, 60_000);
});

/** Half right ones of every type, with keys that are the log's, and nonsense. */
function hostileEvents(turn: string): fc.Arbitrary<object> {
  const types = [...bridgeEvents, ...proxyEvents].map(({ shape }) => String(shape.type.def.values[0]));
  const fields = fc.record(
    {
      ...{ turn: sometimes(fc.constant(turn)), prompt: sometimes(id('prompt', turn)) },
      ...{ by: fc.constant(ana.userId), before: fc.constant(null), text: oddText, remembered: fc.boolean() },
      ...{ request: fc.constant('r'), option: fc.constant('y'), agent: fc.constant('scripted') },
      ...{ seq: sometimes(fc.integer()), at: sometimes(fc.integer()), attachments: fc.constant([]) },
      ...{ choices: fc.constant({}), retryOf: fc.constant(null), item: oddText, call: oddText },
      ...{ kind: fc.constant('message'), status: fc.constant('running'), fault: fc.constant(null) },
    },
    { requiredKeys: ['turn', 'prompt', 'by'] },
  );
  const type = fc.oneof(fc.constantFrom(...types), fc.constant('hologram'), oddText);
  return fc.tuple(fields, type).map(([fields, type]) => ({ ...fields, type }));
}
