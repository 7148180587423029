/** How many prompts met an agent that was ready (AG8), told by what happened and not by what was known. */
import type { BridgeReport } from '@porthole/shared/agent-events';
import { expect, it } from 'vitest';
import { newId } from '../src/lib/ids.ts';
import { relayWorld } from './agents-kit.ts';
import { openTestDatabase } from './database.ts';

const READY: BridgeReport = { type: 'agent_ready', name: 'A', version: null, resumed: true };

it('[AG8] counts a prompt as warm when its agent ran, and not when it had gone to rest', async () => {
  const db = await openTestDatabase();
  const world = await relayWorld(db);
  const { bridge, hub } = world;
  const session = await world.newSession();
  const live = await hub.get(session);
  const run = async (before: BridgeReport[]) => {
    const turn = newId('prompt');
    await live.people.prompt({
      id: turn,
      by: world.user,
      text: 'go',
      attachments: [],
      choices: {},
      retryOf: null,
    });
    await bridge.heard('prompt', ({ prompt }) => prompt === turn);
    const text: BridgeReport = { type: 'text', turn, item: 'm1', kind: 'message', text: 'hi' };
    const end: BridgeReport = { type: 'turn_ended', turn, outcome: 'done', fault: null };
    bridge.emit(session, ...before, { type: 'turn_started', turn }, text, end);
    await bridge.heard('ack', ({ stored }) => stored === bridge.last);
    const { prompts, warm } = hub.metrics.summary(world.org);
    return [prompts, warm];
  };
  expect(await run([READY])).toEqual([1, 0]);
  expect(await run([])).toEqual([2, 1]);
  expect(await run([READY])).toEqual([3, 1]);
  expect(await run([])).toEqual([4, 2]);
  await world.dispose();
  await db.dispose();
});
