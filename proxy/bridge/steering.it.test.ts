// Steering a turn of a real bridge: choices, permission, stop, attaching in the middle of it, closing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCRIPTED } from './test/proxy.ts';
import { startSession, tools } from './test/started.ts';
import { id } from './test/world.ts';

describe('choices', () => {
  it('are the agent’s own, by prompt or at once', async () => {
    const { proxy, session } = await startSession({ PORTHOLE_SCRIPTED_PACE: 'natural' });
    const value = (option: string) => {
      return proxy.log
        .ofType('options')
        .at(-1)
        ?.options.find(({ id }) => id === option)?.value;
    };
    const prompt = id('prompt');
    const choices = { pace: 'instant', gone: 'x' };
    proxy.prompt(session, prompt, 'say a b', { choices, usual: { pace: 'instant' } });
    await proxy.ended(prompt);
    expect(value('pace')).toBe('instant');
    proxy.send({ type: 'choose', session, option: 'mode', value: 'ask' });
    await proxy.until(() => value('mode') === 'ask');
    const said = proxy.log.ofType('options').length;
    proxy.send({ type: 'choose', session, option: 'mode', value: 'no such mode' });
    await proxy.until(() => proxy.log.ofType('options').length > said);
    expect(value('mode')).toBe('ask');
  });

  it('[AG5] of one prompt end with its turn', async () => {
    const { proxy, session } = await startSession();
    const modes = () => {
      const said = proxy.log.ofType('options').map(({ options }) => options.find(({ id }) => id === 'mode'));
      return said.map((mode) => mode?.value);
    };
    const [once, next] = [id('prompt'), id('prompt')];
    proxy.prompt(session, once, 'run true', { choices: { mode: 'ask' } });
    await proxy.until(() => proxy.log.ofType('permission_asked').length === 1);
    const request = proxy.log.ofType('permission_asked')[0]?.request ?? '';
    proxy.send({ type: 'answer', session, request, option: 'once' });
    await proxy.ended(once);
    await proxy.until(() => modes().at(-1) === 'auto');
    expect(modes()).toEqual(['auto', 'ask', 'auto']);
    proxy.prompt(session, next, 'run true');
    expect(await proxy.ended(next)).toMatchObject({ outcome: 'done' });
    expect(proxy.log.ofType('permission_asked')).toHaveLength(1);
  });
});

describe('permission', () => {
  it('[AG7] is asked, and answered by an option', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'ask deploy\nsay deployed');
    await proxy.until(() => proxy.log.ofType('permission_asked').length === 1);
    const [asked] = proxy.log.ofType('permission_asked');
    expect(asked).toMatchObject({ turn: prompt, title: 'May I deploy?' });
    expect(asked?.options.map(({ kind }) => kind)).toEqual(['allow_once', 'allow_always', 'reject_once']);
    const request = asked?.request ?? '';
    proxy.send({ type: 'answer', session, request, option: 'not offered' });
    proxy.send({ type: 'answer', session, request, option: 'once' });
    proxy.send({ type: 'answer', session, request, option: 'reject' });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(proxy.log.ofType('text').at(-1)?.text).toBe('deployed');
    expect(proxy.log.ofType('permission_withdrawn')).toEqual([]);
  });

  it('[AG7] says which command it is about, and is like another one about the same alone', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.send({ type: 'choose', session, option: 'mode', value: 'ask' });
    proxy.prompt(session, prompt, 'run echo a\nrun echo b\nrun echo a\nask deploy');
    for (let count = 1; count <= 4; count += 1) {
      await proxy.until(() => proxy.log.ofType('permission_asked').length === count);
      const request = proxy.log.ofType('permission_asked').at(-1)!.request;
      proxy.send({ type: 'answer', session, request, option: 'once' });
    }
    await proxy.ended(prompt);
    const asked = proxy.log.ofType('permission_asked');
    expect(asked.map(({ command }) => command)).toEqual(['echo a', 'echo b', 'echo a', undefined]);
    const [first, second, third] = asked.map(({ digest }) => digest);
    expect(third).toBe(first);
    expect(second).not.toBe(first);
  });

  it('[AG7] is withdrawn when the turn is stopped', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'ask deploy\nsay deployed');
    await proxy.until(() => proxy.log.ofType('permission_asked').length === 1);
    proxy.send({ type: 'stop', session, prompt });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'stopped', fault: null });
    const request = proxy.log.ofType('permission_asked')[0]?.request;
    expect(proxy.log.ofType('permission_withdrawn')).toEqual([{ type: 'permission_withdrawn', request }]);
    expect(proxy.log.ofType('text')).toEqual([]);
  });
});

describe('stop', () => {
  it('[AG5] ends a command and the turn, confirmed by the agent', async () => {
    const { proxy, session } = await startSession();
    const [prompt, after] = [id('prompt'), id('prompt')];
    proxy.prompt(session, prompt, 'run sleep 60\nsay never');
    await proxy.until(() => tools(proxy)[0]?.status === 'running');
    proxy.send({ type: 'stop', session, prompt });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'stopped' });
    proxy.prompt(session, after, 'context');
    await proxy.ended(after);
    expect(proxy.log.ofType('agent_ready')).toHaveLength(1);
  });

  it('[AG5] ends an agent that does not confirm it, and has it resumed', async () => {
    const { proxy, session } = await startSession({ PORTHOLE_BRIDGE_STOP_GRACE_MS: '150' });
    const [prompt, after] = [id('prompt'), id('prompt')];
    proxy.prompt(session, prompt, 'stubborn\nsay I go on\nwait 60000');
    await proxy.until(() => proxy.deltas.some(({ text }) => text.includes('on')));
    proxy.send({ type: 'stop', session, prompt });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'stopped', fault: null });
    await proxy.until(() => proxy.log.ofType('agent_ready').length === 2);
    proxy.prompt(session, after, 'context');
    await proxy.ended(after);
    expect(proxy.log.ofType('text').map(({ text }) => text)).toEqual([
      'I go on',
      'I remember 1 prompt before this one.',
    ]);
    expect(proxy.log.ofType('agent_failed')).toEqual([]);
  });

  it('[AG5] before the agent is there ends the turn as well', async () => {
    const { proxy, session } = await startSession();
    const prompt = id('prompt');
    proxy.prompt(session, prompt, 'say x');
    proxy.send({ type: 'stop', session, prompt });
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'stopped' });
  });
});

describe('attaching in mid-turn', () => {
  it('[AG3] gives the whole text in growth from its beginning, then goes on', async () => {
    const { world, proxy, session } = await startSession({ PORTHOLE_SCRIPTED_PACE: 'natural' });
    const prompt = id('prompt');
    // The turn is still at it when the next connection is made, also on a machine that is busy.
    const words = Array.from({ length: 100 }, (_, n) => `word${n}`).join(' ');
    proxy.prompt(session, prompt, `say ${words}`);
    await proxy.until(() => proxy.deltas.length >= 5);
    proxy.kill();
    await proxy.exited;
    const joined = world.attach();
    const welcome = await joined.hello(proxy.log);
    expect(welcome.sessions).toMatchObject([{ session, state: 'ready', turn: prompt }]);
    await joined.until(() => joined.deltas.length >= 3);
    const [first] = joined.deltas;
    expect(first).toMatchObject({ at: 0, turn: prompt, kind: 'message' });
    expect(first?.text.startsWith('word0 word1 word2')).toBe(true);
    await joined.ended(prompt);
    let text = '';
    for (const delta of joined.deltas) {
      expect(delta.at).toBe(text.length);
      text += delta.text;
    }
    expect(words.startsWith(text)).toBe(true);
    expect(joined.log.ofType('text').at(-1)).toMatchObject({ text: words, item: first?.item });
  });

  it('[AG4] a turn goes on without a proxy, and is replayed by number', async () => {
    const { world, proxy, session } = await startSession();
    const prompt = id('prompt');
    const gate = join(world.root, 'gate');
    proxy.prompt(session, prompt, `run until [ -e ${gate} ]; do sleep 0.02; done\nflood 500\nsay done`);
    await proxy.until(() => tools(proxy)[0]?.status === 'running');
    proxy.kill();
    await proxy.exited;
    writeFileSync(gate, '');
    const joined = world.attach();
    await joined.hello(proxy.log);
    expect(await joined.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(joined.log.repeated).toBe(0);
    expect(joined.log.events.map(({ n }) => n)).toEqual(joined.log.events.map((_, at) => at + 1));
  });
});

describe('closing', () => {
  it('ends the agent; opened again it remembers', async () => {
    const { proxy, session } = await startSession();
    const [first, second] = [id('prompt'), id('prompt')];
    proxy.prompt(session, first, 'say x');
    await proxy.ended(first);
    const running = id('prompt');
    proxy.prompt(session, running, 'run sleep 60');
    await proxy.until(() => tools(proxy)[0]?.status === 'running');
    proxy.send({ type: 'close', session });
    expect(await proxy.ended(running)).toMatchObject({ outcome: 'stopped', fault: null });
    proxy.open(session, SCRIPTED, proxy.agentSessions[0] ?? null);
    proxy.prompt(session, second, 'context');
    await proxy.ended(second);
    expect(proxy.log.ofType('agent_ready').map(({ resumed }) => resumed)).toEqual([false, true]);
    expect(proxy.log.ofType('text').at(-1)?.text).toBe('I remember 2 prompts before this one.');
  });
});
