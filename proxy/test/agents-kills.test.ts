/**
 * kill -9 of the proxy, the SSH connection, the bridge and the agent at random moments of a long turn, over a real sshd.
 * What equal means (DECISIONS 52): a turn of which the proxy or the connection alone was killed says what an undisturbed
 * one does, item by item; one whose agent died is its beginning and one end that says so, and the retried prompt's turn
 * is whole. PORTHOLE_RUNS=50 for all runs, PORTHOLE_SEED=<number> for others.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Entries } from '@porthole/shared/agent-entries';
import { decodeEvent, type SessionEvent } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead } from '@porthole/shared/agent-head';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomOf } from '../../shared/test/random.ts';
import { newId } from '../src/lib/ids.ts';
import { type Told, told, toldOf, unexplained } from './agents-kills-told.ts';
import { KillsWorld, VICTIMS, type Victim, Viewer } from './agents-kills-world.ts';
import { newSession } from './session-tab.ts';

const SEED = Number(process.env.PORTHOLE_SEED ?? 20_261_121);
const RUNS = Number(process.env.PORTHOLE_RUNS ?? 3);
/** The more there are, the longer a run waits for what comes back. */
const MAX_KILLS = 4;

const ROUNDS = 5;
/** Begins from nothing, so that its second try has the same to say as the first; the diary shows what was done twice. */
const SCRIPT = [
  'run rm -rf work && mkdir work',
  'plan begin; think; note; write; ask; run; end',
  ...Array.from({ length: ROUNDS }, (_, round) => [
    `think round ${round} is next`,
    `append work/diary.txt round ${round}\\n`,
    `edit work/${round}.txt line ${round}\\n`,
    'flood 20',
    `say Round ${round} comes word by word.`,
    ...(round % 2 === 1 ? [`ask go on after round ${round}`] : []),
    `run sleep 0.1; cat work/${round}.txt`,
  ]).flat(),
  'run cat work/diary.txt',
  'say That was all.',
].join('\n');
const DIARY = Array.from({ length: ROUNDS }, (_, round) => `round ${round}\n`).join('');

interface Run {
  viewer: Viewer;
  log: SessionEvent[];
  /** Each try's prompt; the last one was done. */
  turns: string[];
  /** What was killed while each of them was tried. */
  killed: Victim[][];
}

let world: KillsWorld;
let calm: { run: Run; whole: Told[]; turn: Told[] };

beforeAll(async () => {
  world = await KillsWorld.start();
  const run = await play(() => null);
  calm = { run, whole: told(run.log), turn: toldOf(run.log, run.turns[0]!) };
});
afterAll(() => world.stop());

/** One session, from its first prompt to the turn that is done. `next`: when to kill what, counted in frames. */
async function play(next: (heard: number) => { at: number; victims: Victim[] } | null): Promise<Run> {
  const { id: session, prompt } = await newSession(world.person, world.workspace, SCRIPT);
  const viewer = new Viewer(world, session);
  const turns = [prompt];
  const killed: Victim[][] = [[]];
  let plan = next(0);
  for (;;) {
    const ended = () => endOf(viewer.events, turns.at(-1)!);
    await viewer.until(() => ended() !== undefined || (plan !== null && viewer.heard >= plan.at));
    const end = ended();
    if (end?.outcome === 'done') break;
    if (end) {
      expect(end).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
      const id = newId('prompt');
      const body = { id, text: SCRIPT, retryOf: turns.at(-1)! };
      turns.push(id);
      killed.push([]);
      await world.client.call('sendPrompt', { params: { session }, body });
    } else if (plan) {
      killed.at(-1)!.push(...plan.victims);
      await world.kill(plan.victims);
      if (plan.victims.includes('proxy')) await viewer.cutOff();
      plan = next(viewer.heard);
    }
  }
  const log = await logOf(session);
  await viewer.until(() => viewer.events.length >= log.length);
  await viewer.close();
  await world.client.call('updateSession', { params: { session }, body: { archived: true } });
  return { viewer, log, turns, killed };
}

async function logOf(session: string): Promise<SessionEvent[]> {
  const log: SessionEvent[] = [];
  for (;;) {
    const query = `after=${log.length}&limit=500`;
    const page = await world.client.raw('GET', `/api/sessions/${session}/events?${query}`);
    const { events } = (await page.json()) as { events: unknown[] };
    if (events.length === 0) return log;
    for (const event of events) log.push(decodeEvent(event)!);
  }
}

const endOf = (events: readonly SessionEvent[], turn: string) =>
  events.find((event) => event.type === 'turn_ended' && event.turn === turn) as
    | Extract<SessionEvent, { type: 'turn_ended' }>
    | undefined;

/** From one to `MAX_KILLS` times, anywhere in the turn; now and then several at once. */
function fate(seed: number): (heard: number) => { at: number; victims: Victim[] } | null {
  const random = randomOf(seed);
  const frames = calm.run.viewer.heard;
  let left = 1 + Math.floor(random() * MAX_KILLS);
  const victim = () => VICTIMS[Math.floor(random() * VICTIMS.length)]!;
  return (heard) => {
    if (left === 0) return null;
    left -= 1;
    const at = heard + 1 + Math.floor(random() * frames * 0.6);
    const victims = random() < 0.3 ? [...new Set([victim(), victim(), victim()])] : [victim()];
    return { at, victims };
  };
}

/** What takes the turn with it. */
const isFatal = (victim: Victim) => victim === 'bridge' || victim === 'agent';

/** Its agent was killed while it started for it. */
const neverBegan = (log: readonly SessionEvent[], turn: string): boolean =>
  endOf(log, turn)?.fault?.message === 'The agent ended while it started (signal SIGKILL)';

/** Nothing is missing or there twice, and whoever looked on has seen the same. */
function expectIntact({ viewer, log, turns }: Run): void {
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
  expect(viewer.events).toEqual(log);
  expect(viewer.entries.list).toEqual(Entries.of(log).list);
  expect(viewer.head).toEqual(log.reduce(applyToHead, emptyHead()));
  const of = (type: string, key: string) =>
    log.filter((event) => event.type === type).map((event) => (event as Record<string, unknown>)[key]);
  expect(of('prompt_queued', 'prompt')).toEqual(turns);
  expect(of('turn_started', 'turn')).toEqual(turns.filter((turn) => !neverBegan(log, turn)));
  expect(of('turn_ended', 'turn')).toEqual(turns);
  const asked = of('permission_asked', 'request');
  expect(new Set(asked).size).toBe(asked.length);
  const answered = of('permission_answered', 'request');
  expect(new Set(answered).size).toBe(answered.length);
}

describe('kill -9 of any part at any moment', () => {
  it('[AG1] is compared with a run that says all there is to say', () => {
    expectIntact(calm.run);
    expect(calm.turn.at(-1)).toMatchObject({ type: 'turn_ended', outcome: 'done' });
    expect(new Set(calm.whole.map(({ type }) => type))).toEqual(
      new Set([
        ...['session_created', 'prompt_queued', 'agent_ready', 'options', 'turn_started', 'text', 'tool'],
        ...['plan', 'permission_asked', 'permission_answered', 'usage', 'turn_ended'],
      ]),
    );
    const names = Array.from({ length: ROUNDS }, (_, round) => `work/${round}.txt`);
    expect(calm.run.viewer.head.files.map(({ path }) => path)).toEqual([...names, 'work/diary.txt']);
  });

  it.each(Array.from({ length: RUNS }, (_, run) => run))(
    `[AG1] [AG4] [AG6] leaves the log of an undisturbed run (seed ${SEED}, run %i)`,
    async (number) => {
      const run = await play(fate(SEED + number));
      expectIntact(run);
      const { log, turns, killed, viewer } = run;
      const failed = turns.slice(0, -1);
      if (!killed.flat().some(isFatal)) {
        expect(failed).toEqual([]);
        expect(told(log)).toEqual(calm.whole);
      }
      failed.forEach((turn, at) => {
        expect(killed[at]!.some(isFatal)).toBe(true);
        expect(unexplained(toldOf(log, turn).slice(0, -1), calm.turn.slice(0, -1))).toEqual([]);
      });
      expect(toldOf(log, turns.at(-1)!)).toEqual(calm.turn);
      expect(viewer.head.files).toEqual(calm.run.viewer.head.files);
      expect(viewer.head.commands).toEqual(calm.run.viewer.head.commands);
      const agents = log.filter((event) => event.type === 'agent_ready').map(({ resumed }) => resumed);
      expect(agents).toEqual(agents.map((_, at) => at > 0));
      expect(readFileSync(join(world.folder, 'work', 'diary.txt'), 'utf8')).toBe(DIARY);
    },
    120_000,
  );
});
