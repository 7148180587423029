// Agents that nobody needs: their processes end, and their conversations go on. Real processes.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlive } from './lock.ts';
import { startSession } from './test/started.ts';
import { endProcess, eventually, id } from './test/world.ts';

const SOON = { PORTHOLE_BRIDGE_AGENT_IDLE_MS: '150' };

async function start(env: NodeJS.ProcessEnv = SOON) {
  const started = await startSession(env);
  const done = async (text: string, more = {}) => {
    const prompt = id('prompt');
    started.proxy.prompt(started.session, prompt, text, more);
    expect(await started.proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
  };
  return { ...started, done };
}

const attached = () => ({
  attachments: [
    {
      meta: { id: id('attachment'), name: 'a.bin', mediaType: 'application/octet-stream', size: 3 },
      data: Buffer.from('abc').toString('base64'),
    },
  ],
});

describe('an agent that nobody has needed for long', () => {
  it('[AG6] ends without a word, and the next prompt takes its conversation up', async () => {
    const { world, proxy, done } = await start();
    await done('say one');
    await eventually(() => world.agents().length === 0);
    await done('context');
    expect(proxy.log.ofType('text').map(({ text }) => text)).toEqual([
      'one',
      'I remember 1 prompt before this one.',
    ]);
    expect(proxy.log.ofType('agent_ready').map(({ resumed }) => resumed)).toEqual([false, true]);
    expect(proxy.log.ofType('agent_failed')).toEqual([]);
  });

  it('[AG8] is there again for who begins to write', async () => {
    const { world, proxy, session, done } = await start();
    await done('say one');
    await eventually(() => world.agents().length === 0);
    proxy.open(session);
    await proxy.until(() => proxy.log.ofType('agent_ready').length === 2);
    expect(world.agents()).toHaveLength(1);
  });

  it('[AG6] works as long as its turn takes, and is kept while something that it began goes on', async () => {
    const { world, proxy, session } = await start();
    // Longer in silence than an idle one is kept.
    const gate = join(world.root, 'gate');
    const [first, second] = [id('prompt'), id('prompt')];
    proxy.prompt(session, first, `run until [ -e ${gate} ]; do sleep 0.05; done`);
    await proxy.until(() => proxy.log.ofType('turn_started').length === 1);
    const [agent] = world.agents();
    const other = id('session');
    proxy.open(other);
    await proxy.until(() => proxy.log.ofType('agent_ready').length === 2);
    await eventually(() => world.agents().length === 1);
    expect(world.agents()).toEqual([agent]);
    writeFileSync(gate, '');
    await proxy.ended(first);
    const until = join(world.root, 'until');
    proxy.prompt(session, second, `run (until [ -e ${until} ]; do sleep 0.05; done) >/dev/null 2>&1 &`);
    await proxy.ended(second);
    proxy.open(other);
    await proxy.until(() => proxy.log.ofType('agent_ready').length === 3);
    await eventually(() => world.agents().length === 1);
    expect(world.agents()).toEqual([agent]);
    writeFileSync(until, '');
    await eventually(() => world.agents().length === 0);
  });

  it('[AG6] is kept when it could not take its conversation up', async () => {
    const { world, proxy, session } = await start();
    const forgetful = join(world.root, 'forgetful.cjs');
    const pid = join(world.root, 'pid');
    writeFileSync(forgetful, FORGETFUL);
    const kept = id('session');
    proxy.open(kept, { command: process.execPath, args: [forgetful, pid], env: {} });
    await proxy.until(() => proxy.log.events.some((event) => event.session === kept));
    // Opened after it, so that its time has passed when this one's has.
    proxy.open(session);
    await eventually(() => world.agents().length === 0);
    const { readFileSync } = await import('node:fs');
    expect(isAlive(Number(readFileSync(pid, 'utf8')), '-')).toBe(true);
  });

  it('[AG6] does not keep its bridge, and what was attached is there for the next one', async () => {
    const { world, proxy, session, done } = await start({ ...SOON, PORTHOLE_BRIDGE_IDLE_MS: '150' });
    const files = attached();
    await done('say one', files);
    const file = join(world.state, 'attachments', session, files.attachments[0]!.meta.id, 'a.bin');
    expect(existsSync(file)).toBe(true);
    proxy.close();
    await eventually(() => world.daemons().length === 0);
    expect(existsSync(file)).toBe(true);
    const again = world.attach();
    await again.hello(proxy.log);
    again.open(session);
    const prompt = id('prompt');
    again.prompt(session, prompt, 'context');
    await again.ended(prompt);
    expect(again.log.ofType('text').at(-1)?.text).toBe('I remember 1 prompt before this one.');
    // A session that people close needs it no more, whether it is open or not.
    await endProcess(world.daemons()[0] as number);
    const last = world.attach();
    await last.hello(again.log);
    last.send({ type: 'close', session });
    await eventually(() => !existsSync(file));
  });
});

/** Speaks as much of the protocol as it needs to be ready. */
const FORGETFUL = `
require('node:fs').writeFileSync(process.argv[2], String(process.pid));
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const results = { initialize: { protocolVersion: 1, agentCapabilities: {} }, 'session/new': { sessionId: 's' } };
  if (results[method]) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }));
});`;
