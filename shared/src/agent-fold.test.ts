/** AG1 as a property: however a log is cut, repeated or delivered late, its fold is the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Entries } from './agent-entries.ts';
import {
  decodeEvent,
  type PermissionRule,
  type SessionEvent,
  type SessionEventBody,
} from './agent-events.ts';
import { activityOf, applyToHead, emptyHead, SessionHead } from './agent-head.ts';
import { MAX_PERMISSION_RULES } from './agent-limits.ts';

const id = (kind: string, n: number) => `${kind}_${String(n).padStart(20, '0')}`;
const prompt = fc.integer({ min: 0, max: 4 }).map((n) => id('prm', n));
const user = fc.integer({ min: 0, max: 2 }).map((n) => id('usr', n));
const word = fc.constantFrom('a', 'b', 'c');
const request = fc.constantFrom('r1', 'r2');
const options = [
  { id: 'yes', name: 'Allow', kind: 'allow_once' as const },
  { id: 'always', name: 'Always', kind: 'allow_always' as const },
];

const ruleOf = (command: string): PermissionRule => ({
  kind: 'execute',
  option: { name: 'Always', kind: 'allow_always' },
  about: { type: 'command', command },
});

const body: fc.Arbitrary<SessionEventBody | { type: string }> = fc.oneof(
  fc.record({
    type: fc.constant('prompt_queued' as const),
    prompt,
    by: user,
    text: word,
    attachments: fc.constant([]),
    choices: fc.constant({}),
    retryOf: fc.constant(null),
  }),
  fc.record({ type: fc.constant('prompt_edited' as const), prompt, by: user, text: word }),
  fc.record({
    type: fc.constant('prompt_moved' as const),
    prompt,
    by: user,
    before: fc.option(prompt, { nil: null }),
  }),
  fc.record({ type: fc.constant('prompt_cancelled' as const), prompt, by: user }),
  fc.record({ type: fc.constant('turn_started' as const), turn: prompt }),
  fc.record({
    type: fc.constant('turn_ended' as const),
    turn: prompt,
    outcome: fc.constantFrom('done' as const, 'stopped' as const, 'failed' as const),
    fault: fc.constant(null),
  }),
  fc.record({
    type: fc.constant('text' as const),
    turn: prompt,
    item: word,
    kind: fc.constantFrom('message' as const, 'thought' as const),
    text: word,
  }),
  fc.record(
    {
      type: fc.constant('tool' as const),
      turn: prompt,
      call: word,
      title: word,
      status: fc.constantFrom('pending' as const, 'running' as const, 'done' as const, 'failed' as const),
    },
    { requiredKeys: ['type', 'turn', 'call'] },
  ),
  fc.record({
    type: fc.constant('permission_asked' as const),
    turn: prompt,
    request,
    call: word,
    title: word,
    kind: fc.constant('execute' as const),
    options: fc.constant(options),
  }),
  fc.record({
    type: fc.constant('permission_answered' as const),
    request,
    option: fc.constantFrom('yes', 'always'),
    by: fc.option(user, { nil: null }),
    remembered: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('permission_answered' as const),
    request,
    option: fc.constant('always'),
    by: user,
    remembered: fc.constant(true),
    rule: word.map((command) => ruleOf(command)),
  }),
  fc.record({ type: fc.constant('rule_removed' as const), rule: request, by: user }),
  fc.record({ type: fc.constant('permission_withdrawn' as const), request }),
  fc.record({ type: fc.constant('stop_asked' as const), turn: prompt, by: user }),
  fc.record({ type: fc.constant('queue_resumed' as const), by: user }),
  fc.record({ type: fc.constant('machine_replaced' as const) }),
  fc.record({
    type: fc.constant('artifact' as const),
    artifact: fc.record(
      {
        key: word,
        kind: fc.constant('screenshot' as const),
        title: word,
        url: fc.constant(null),
        image: fc.constant({
          ...{ id: id('art', 1), mediaType: 'image/png' as const, size: 1, width: 1, height: 1 },
        }),
      },
      { requiredKeys: ['key', 'kind', 'title', 'url'] },
    ),
  }),
  // Of a newer bridge.
  fc.record({ type: fc.constant('hologram') }),
);

const log = fc.array(body, { maxLength: 60 }).map((bodies) =>
  bodies.map((each, index) => {
    const event = decodeEvent({ seq: index + 1, at: 1000 + index, ...each });
    if (!event) throw new Error(`does not decode: ${JSON.stringify(each)}`);
    return event;
  }),
);

const headOf = (events: Iterable<SessionEvent>) => {
  let head = emptyHead();
  for (const event of events) head = applyToHead(head, event);
  return head;
};

describe('the fold of a session', () => {
  it('[AG1] is the same however the log is cut and repeated', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(), { maxLength: 8 }), (events, places) => {
        const entries = new Entries();
        let head = emptyHead();
        // Each cut is a reconnect that sends again from somewhere before it.
        for (const cut of [
          ...places.map((n) => n % (events.length + 1)).sort((a, b) => a - b),
          events.length,
        ]) {
          for (const event of events.slice(Math.max(0, cut - 15), cut)) {
            // What is between is paged in, as a device does it.
            for (const missed of events.slice(entries.seq, event.seq - 1)) {
              entries.apply(missed);
              head = applyToHead(head, missed);
            }
            entries.apply(event);
            head = applyToHead(head, event);
          }
        }
        for (const event of events) entries.apply(event);
        expect(entries.list).toEqual(Entries.of(events).list);
        expect(events.reduce(applyToHead, head)).toEqual(headOf(events));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('[AG1] [AG2] is the same when it is paged back, with what arrives meanwhile', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(), { maxLength: 8 }), fc.nat(), (events, places, n) => {
        const newest = n % (events.length + 1);
        const cuts = places.map((place) => place % (newest + 1)).sort((a, b) => b - a);
        let first = cuts[0] ?? newest;
        let last = newest;
        const entries = Entries.of(events.slice(first, last));
        for (const cut of [...cuts.slice(1), 0]) {
          entries.prepend(events.slice(cut, first), events.slice(first, last));
          first = cut;
          expect(entries.list).toEqual(Entries.of(events.slice(first, last)).list);
          for (const event of events.slice(last, last + 3)) entries.apply(event);
          last = Math.min(events.length, last + 3);
          expect(entries.list).toEqual(Entries.of(events.slice(first, last)).list);
        }
        for (const { key } of entries.list) expect(entries.get(key)?.key).toBe(key);
      }),
      { seed: 6, numRuns: 1_000 },
    );
  });

  it('[AG1] goes on from a checkpoint as if it had all', () => {
    fc.assert(
      fc.property(log, fc.nat(), (events, n) => {
        const cut = n % (events.length + 1);
        const checkpoint = SessionHead.parse(JSON.parse(JSON.stringify(headOf(events.slice(0, cut)))));
        expect(events.slice(cut).reduce(applyToHead, checkpoint)).toEqual(headOf(events));
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it('[AG1] has one entry for each thing, whose keys are unique', () => {
    fc.assert(
      fc.property(log, (events) => {
        const keys = Entries.of(events).list.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('[AG4] merges the updates of a tool call', () => {
    const turn = id('prm', 1);
    const bodies = [
      { type: 'turn_started', turn },
      { type: 'tool', turn, call: 'c', title: 'Run tests', kind: 'execute', status: 'running' },
      { type: 'tool', turn, call: 'c', content: [{ kind: 'text', text: 'ok' }] },
      { type: 'tool', turn, call: 'c', status: 'done' },
    ];
    const events = bodies.map((each, i) => decodeEvent({ seq: i + 1, at: i, ...each }) as SessionEvent);
    expect(activityOf(headOf(events.slice(0, 3)))).toBe('tool');
    expect(activityOf(headOf(events))).toBe('thinking');
    expect(Entries.of(events).list.at(-1)).toMatchObject({
      ...{ type: 'tool', title: 'Run tests', status: 'done', seq: 2, endedAt: 3 },
      content: [{ kind: 'text', text: 'ok' }],
    });
  });

  it('[SE7] [AG1a] keeps a head small, whatever a turn opens and asks', () => {
    const turn = id('prm', 1);
    const long = 'x'.repeat(10_000);
    const bodies = Array.from({ length: 2_000 }, (_, i) => [
      { type: 'tool', turn, call: `c${i}`, title: long, status: 'running' },
      {
        ...{ type: 'permission_asked', turn, request: `r${i}`, call: `c${i}`, title: long, kind: 'execute' },
        options,
      },
      { type: 'artifact', artifact: { key: `k${i}`, kind: 'preview', title: long, url: null } },
    ]).flat();
    const events = [{ type: 'turn_started', turn }, ...bodies].map(
      (each, i) => decodeEvent({ seq: i + 1, at: i, ...each }) as SessionEvent,
    );
    const head = headOf(events);
    expect(JSON.stringify(head).length).toBeLessThan(1_000_000);
    expect(Object.keys(head.turn?.tools ?? {})).toEqual(
      Array.from({ length: 200 }, (_, i) => `c${1_800 + i}`),
    );
    expect(head.permissions.map(({ request }) => request)).toEqual(
      Array.from({ length: 50 }, (_, i) => `r${1_950 + i}`),
    );
  });

  it('[SE5] a call may be called what objects have already', () => {
    const turn = id('prm', 1);
    const calls = ['constructor', '__proto__', 'toString'].map((call) => ({ type: 'tool', turn, call }));
    const begun = calls.map((call) => ({ ...call, title: 't', status: 'running' }));
    const ended = calls.map((call) => ({ ...call, status: 'done' }));
    const events = [{ type: 'turn_started', turn }, ...calls, ...begun, ...ended].map(
      (each, i) => decodeEvent({ seq: i + 1, at: i, ...each }) as SessionEvent,
    );
    expect(activityOf(headOf(events.slice(0, 4)))).toBe('thinking');
    expect(headOf(events.slice(0, 7)).turn?.tools).toEqual({ constructor: 't', toString: 't' });
    expect(headOf(events).turn?.tools).toEqual({});
  });

  describe('[AG7] an answer for good', () => {
    const turn = id('prm', 1);
    const [ana, ben] = [id('usr', 1), id('usr', 2)];
    const asked = (request: string) => ({
      ...{ type: 'permission_asked', turn, request, call: 'c', title: 'git push', kind: 'execute', options },
    });
    const answered = (request: string, rule?: PermissionRule) => ({
      ...{ type: 'permission_answered', request, option: 'always', by: ana, remembered: true },
      ...(rule ? { rule } : {}),
    });
    const fold = (...bodies: { type: string }[]) =>
      [{ type: 'turn_started', turn }, ...bodies].map(
        (each, i) => decodeEvent({ seq: i + 1, at: i, ...each }) as SessionEvent,
      );
    const rule = ruleOf('git push');

    it('settles the question, and is kept with who gave it', () => {
      const events = fold(asked('r'), answered('r', rule));
      expect(activityOf(headOf(events.slice(0, 2)))).toBe('waiting');
      expect(headOf(events)).toMatchObject({
        permissions: [],
        rules: [{ ...rule, id: 'r', by: ana, at: 2 }],
      });
    });

    it('of a log from before there were rules is forgotten, and so is what a head of then has', () => {
      const head = headOf(fold(asked('r'), answered('r')));
      expect(head.rules).toEqual([]);
      expect(SessionHead.parse({ ...head, rules: { execute: 'allow_always' } })).toEqual(head);
    });

    it('takes the place of another about the same; so many are kept, the newest', () => {
      const again = { ...rule, option: { name: 'Never', kind: 'reject_always' as const } };
      expect(headOf(fold(answered('r', rule), answered('s', again))).rules).toMatchObject([
        { ...again, id: 's' },
      ]);
      const many = Array.from({ length: MAX_PERMISSION_RULES + 1 }, (_, n) =>
        answered(`${n}`, ruleOf(`${n}`)),
      );
      const { rules } = headOf(fold(...many));
      expect([rules.length, rules[0]?.id]).toEqual([MAX_PERMISSION_RULES, '1']);
    });

    it('can be removed, and its entry says by whom', () => {
      const events = fold(asked('r'), answered('r', rule), {
        type: 'rule_removed',
        rule: 'r',
        by: ben,
      } as never);
      expect(headOf(events).rules).toEqual([]);
      expect(Entries.of(events).get('permission r')).toMatchObject({ answer: { by: ana }, forgottenBy: ben });
    });
  });

  it('[AG1] keeps the place of what it does not know', () => {
    expect(decodeEvent({ seq: 7, at: 1, type: 'hologram', beam: 1 })).toEqual({
      ...{ seq: 7, at: 1, type: 'unknown', name: 'hologram' },
    });
    expect(decodeEvent({ type: 'plan' })).toBeNull();
  });
});
