import { STOP_GRACE_MS } from '@porthole/shared/agent-limits';
import { expect, it } from 'vitest';
import { FakeClock } from '../../test/fake-clock.ts';
import { Stopping } from './stopping.ts';

function stopping(reached: boolean) {
  const clock = new FakeClock();
  const did: string[] = [];
  const hands = {
    tell: (turn: string) => did.push(`tell ${turn}`) > 0 && reached,
    end: (turn: string) => void did.push(`end ${turn}`),
  };
  return { clock, did, stops: new Stopping(clock, hands) };
}

it('[AG5] tells the bridge, and ends the turn when nothing comes of it: later when the bridge was there', () => {
  const there = stopping(true);
  there.stops.asked('a');
  there.clock.advance(2 * STOP_GRACE_MS - 1);
  expect(there.did).toEqual(['tell a']);
  there.clock.advance(1);
  expect(there.did).toEqual(['tell a', 'end a']);
  const away = stopping(false);
  away.stops.asked('a');
  away.clock.advance(STOP_GRACE_MS);
  expect(away.did).toEqual(['tell a', 'end a']);
});

it('[AG5] tells it again of a prompt that begins only now, and of no other', () => {
  const { did, stops } = stopping(false);
  stops.asked('a');
  stops.began('b');
  stops.began('a');
  expect(did).toEqual(['tell a', 'tell a']);
});

it('[AG5] is done with the turn’s end', () => {
  const { clock, did, stops } = stopping(true);
  stops.asked('a');
  stops.ended('a');
  stops.began('a');
  clock.advance(10 * STOP_GRACE_MS);
  expect(did).toEqual(['tell a']);
});
