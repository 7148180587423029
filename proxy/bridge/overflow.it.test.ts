// The spool's bound, with a real daemon: what is dropped is counted, and no turn is left without its end.
import { afterEach, describe, expect, it } from 'vitest';
import { id, makeWorld, type World } from './test/world.ts';

let world: World;
afterEach(() => world.end());

describe('a spool that is full', () => {
  it('[SE7] drops events, says how many, and keeps turns’ ends', async () => {
    world = await makeWorld({ PORTHOLE_BRIDGE_SPOOL_BYTES: '100000' });
    const proxy = world.attach();
    proxy.acks = false;
    await proxy.hello();
    const [session, first, second] = [id('session'), id('prompt'), id('prompt')];
    proxy.open(session);
    proxy.prompt(session, first, 'flood 3000\nsay lost');
    expect(await proxy.ended(first)).toMatchObject({ outcome: 'done' });
    const ofTurn = proxy.log.events.filter(({ event }) => ['tool', 'text', 'usage'].includes(event.type));
    const kept = ofTurn.length;
    expect(kept).toBeLessThan(1_000);
    const [overflow] = proxy.log.ofType('overflow');
    // 3,000 titles, the call's begin, run and end, the text, the usage.
    expect(overflow?.dropped).toBe(3_005 - kept);
    proxy.send({ type: 'ack', stored: proxy.log.stored });
    proxy.acks = true;
    proxy.prompt(session, second, 'say kept');
    await proxy.ended(second);
    expect(proxy.log.ofType('text').map(({ text }) => text)).toEqual(['kept']);
    expect(proxy.log.ofType('overflow')).toHaveLength(1);
  });
});
