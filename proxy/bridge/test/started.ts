/** For tests: a world that ends with its test, with one open session of the scripted agent; the tools that were heard of. */
import { Entries, type ToolEntry } from '@porthole/shared/agent-entries';
import { onTestFinished } from 'vitest';
import type { ProxyEnd } from './proxy.ts';
import { id, makeWorld, type World } from './world.ts';

export async function startWorld(env: NodeJS.ProcessEnv = {}): Promise<World> {
  const world = await makeWorld(env);
  onTestFinished(() => world.end());
  return world;
}

export async function startSession(
  env: NodeJS.ProcessEnv = {},
): Promise<{ world: World; proxy: ProxyEnd; session: string }> {
  const world = await startWorld(env);
  const proxy = world.attach();
  await proxy.hello();
  const session = id('session');
  proxy.open(session);
  return { world, proxy, session };
}

export function tools(proxy: ProxyEnd): ToolEntry[] {
  const events = proxy.log.events.map(({ n, event }) => ({ seq: n, at: 0, ...event }));
  return Entries.of(events).list.filter((entry) => entry.type === 'tool');
}
