/**
 * The rows of agent sessions: the scripted agent on the real bridge, over the real sshd, through the whole proxy to
 * viewers' sockets. Events count when they have come to a viewer, so they are on the disk by then.
 */
import { makeSession, prompt, SessionClient, turn } from './agents-client.ts';
import { type Row, row } from './report.ts';
import { median, percentile } from './stats.ts';
import type { Bench } from './terminals.ts';

const AT_ONCE = 4;
const VIEWERS = 50;

export async function agents(bench: Bench): Promise<Row[]> {
  const { api } = bench.world;
  const session = await makeSession(api, bench.workspaceId);
  const viewer = await SessionClient.attach(api, session, null);
  await turn(api, session, viewer, 'say warm');
  const rows = [
    ...(await overhead(bench, session, viewer)),
    ...(await fanOut(bench, session)),
    ...(await throughput(bench)),
    ...(await attaching(bench, session, viewer)),
  ];
  await viewer.close();
  return rows;
}

/** From the request to the agent's first word at a viewer, with everything ready: the agent itself says it at once. */
async function overhead({ world, quick }: Bench, session: string, viewer: SessionClient): Promise<Row[]> {
  const samples: number[] = [];
  for (let i = 0; i < (quick ? 12 : 100); i++) {
    const began = performance.now();
    let first = 0;
    viewer.onDelta = () => (first ||= performance.now());
    const ended = viewer.event(({ type }) => type === 'turn_ended');
    await prompt(world.api, session, `say hello${i}`);
    await ended;
    samples.push(first - began);
  }
  viewer.onDelta = () => {};
  return [
    row('agent, warm: prompt to first word, p50', 'ms', null, median(samples), { atMost: 300 }),
    row('agent, warm: prompt to first word, p99', 'ms', null, percentile(samples, 99), { atMost: 600 }),
  ];
}

/** How much later than the first of fifty viewers the last one has a piece of text. */
async function fanOut({ world, quick }: Bench, session: string): Promise<Row[]> {
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, () => SessionClient.attach(world.api, session, null)),
  );
  const seen = new Map<string, number[]>();
  for (const viewer of viewers)
    viewer.onDelta = ({ item, at }) => {
      const times = seen.get(`${item} ${at}`) ?? [];
      seen.set(`${item} ${at}`, times);
      times.push(performance.now());
    };
  const ended = viewers.map((viewer) => viewer.event(({ type }) => type === 'turn_ended'));
  await prompt(world.api, session, `say ${'word '.repeat(quick ? 25 : 150)}`);
  await Promise.all(ended);
  await Promise.all(viewers.map((viewer) => viewer.close()));
  const spreads = [...seen.values()]
    .filter((times) => times.length === VIEWERS)
    .map((times) => Math.max(...times) - Math.min(...times));
  return [
    row('agent text to 50 viewers, last behind first, p99', 'ms', null, percentile(spreads, 99), {
      atMost: 50,
    }),
  ];
}

/** Several agents at once, each as fast as it can. */
async function throughput({ world, workspaceId, quick }: Bench): Promise<Row[]> {
  const { api } = world;
  const each = quick ? 1_500 : 10_000;
  const sessions = await Promise.all(Array.from({ length: AT_ONCE }, () => makeSession(api, workspaceId)));
  const viewers = await Promise.all(sessions.map((id) => SessionClient.attach(api, id, null)));
  await Promise.all(sessions.map((id, i) => turn(api, id, viewers[i]!, 'say warm')));
  const before = viewers.reduce((sum, { events }) => sum + events, 0);
  const began = performance.now();
  await Promise.all(sessions.map((id, i) => turn(api, id, viewers[i]!, `flood ${each}`)));
  const seconds = (performance.now() - began) / 1000;
  const count = viewers.reduce((sum, { events }) => sum + events, 0) - before;
  await Promise.all(viewers.map((viewer) => viewer.close()));
  return [row('agent events, durable and delivered', '/s', null, count / seconds, { atLeast: 2_000 })];
}

/** From nothing to the newest page, on a socket of its own. */
async function attaching({ world, quick }: Bench, session: string, viewer: SessionClient): Promise<Row[]> {
  const events = quick ? 3_000 : 100_000;
  await turn(world.api, session, viewer, `flood ${events}`);
  const samples: number[] = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    const client = await SessionClient.attach(world.api, session, null);
    const { from, head } = await client.attached;
    while (client.events < head - from + 1) await client.event(() => true);
    samples.push(performance.now() - began);
    await client.close();
  }
  const name = `attach to a log of ${events.toLocaleString('en')} events, p50`;
  return [row(name, 'ms', null, median(samples), { atMost: 100 })];
}
