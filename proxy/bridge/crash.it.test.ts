// kill -9 of the attach, the daemon and the agent at random moments of a long scripted turn: what the proxy has stored
// is what an undisturbed turn says, up to what a killed agent means. Seeded; PORTHOLE_SEED and PORTHOLE_RUNS change it.
import { Entries, type TimelineEntry } from '@porthole/shared/agent-entries';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { randomOf } from '../../shared/test/random.ts';
import type { Log, ProxyEnd } from './test/proxy.ts';
import { endProcess, id, makeWorld, type World } from './test/world.ts';

const SEED = Number(process.env.PORTHOLE_SEED ?? 20_261_121);
const RUNS = Number(process.env.PORTHOLE_RUNS ?? 24);

const SCRIPT = [
  'plan read; write; run',
  ...Array.from({ length: 6 }, (_, n) => [
    `think step ${n} is next`,
    `edit file-${n}.txt line ${n}\\n`,
    `read file-${n}.txt`,
    'flood 40',
    `say ${`word${n} `.repeat(60)}`,
    `run echo ${n} && cat file-${n}.txt`,
  ]).flat(),
].join('\n');

/** The timeline without places in time; tools as they ended, whatever was said on the way. */
function timeline(log: Log, prompt: string): TimelineEntry[] {
  const events = log.events.map(({ n, event }) => ({ seq: n, at: 0, ...event }));
  return Entries.of(events)
    .list.filter((entry) => 'turn' in entry && entry.turn === prompt)
    .map((entry) => ({ ...entry, seq: 0, key: entry.key.replace(prompt, '') }))
    .map((entry) => ('turn' in entry ? { ...entry, turn: '' } : entry)) as TimelineEntry[];
}

async function begin(): Promise<{ proxy: ProxyEnd; session: string; prompt: string }> {
  const proxy = world.attach();
  await proxy.hello();
  const [session, prompt] = [id('session'), id('prompt')];
  proxy.open(session);
  proxy.prompt(session, prompt, SCRIPT);
  return { proxy, session, prompt };
}

let world: World;
let calm: TimelineEntry[];
let calmEvents = 0;

beforeAll(async () => {
  world = await makeWorld();
  const { proxy, prompt } = await begin();
  await proxy.ended(prompt);
  calm = timeline(proxy.log, prompt);
  calmEvents = proxy.log.stored;
  await world.end();
});
afterEach(() => world.end());
afterAll(() => world.end());

const victims = ['attach', 'attach', 'attach', 'daemon', 'agent'] as const;

describe('kill -9 at any moment', () => {
  it.each(Array.from({ length: RUNS }, (_, run) => run))(
    `[AG4] loses and repeats nothing (seed ${SEED}, run %i)`,
    async (run) => {
      const next = randomOf(SEED + run);
      world = await makeWorld();
      let { proxy, session, prompt } = await begin();
      const { log } = proxy;
      let lost = false;
      for (let at = 0; log.ofType('turn_ended').length === 0; ) {
        at += Math.ceil(next() * calmEvents * 0.4);
        // Acknowledging late leaves more to be replayed.
        proxy.acks = next() < 0.7;
        await proxy.until(() => log.stored >= at || log.ofType('turn_ended').length > 0);
        if (log.ofType('turn_ended').length > 0) break;
        const victim = victims[Math.floor(next() * victims.length)];
        if (victim === 'agent') {
          lost = true;
          for (const pid of world.agents()) process.kill(pid, 'SIGKILL');
          continue;
        }
        if (victim === 'daemon') {
          lost = true;
          await endProcess(world.daemons()[0] as number, 'SIGKILL');
        } else proxy.kill();
        await proxy.exited;
        proxy = world.attach();
        await proxy.hello(log);
        // The proxy does not know whether these had come.
        proxy.open(session);
        proxy.prompt(session, prompt, SCRIPT);
      }
      await proxy.ended(prompt);
      expect(log.events.map(({ n }) => n)).toEqual(log.events.map((_, at) => at + 1));
      expect(log.ofType('turn_started')).toHaveLength(1);
      expect(log.ofType('turn_ended')).toHaveLength(1);
      const [ended] = log.ofType('turn_ended');
      const found = timeline(log, prompt);
      if (!lost || ended?.outcome === 'done') {
        expect(ended).toMatchObject({ outcome: 'done' });
        expect(found).toEqual(calm);
        return;
      }
      expect(ended).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
      // What was said last may be in halves.
      expect(found.slice(0, -1)).toEqual(calm.slice(0, Math.max(found.length - 1, 0)));
      const again = id('prompt');
      proxy.prompt(session, again, 'context');
      expect(await proxy.ended(again)).toMatchObject({ outcome: 'done' });
      expect(log.ofType('text').at(-1)?.text).toBe('I remember 1 prompt before this one.');
    },
  );
});
