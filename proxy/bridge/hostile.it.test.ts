// Agents that break every rule, as real processes: the bridge, its log and the other sessions stay whole.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_CHARS, EVENT_TEXT_CHARS } from '@porthole/shared/agent-limits';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProxyEnd } from './test/proxy.ts';
import { eventually, id, makeWorld, type World } from './test/world.ts';

let world: World;
afterEach(() => world.end());

/** An agent whose prompts run `body`, with `update(u)`, `raw(text)` and `done()`. */
const hostile = (body: string) => `
const send = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n');
const raw = (bytes) => process.stdout.write(bytes);
const update = (u) => send({ method: 'session/update', params: { sessionId: 's', update: u } });
let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const line of lines) take(JSON.parse(line));
});
async function take({ id, method, params, result }) {
  if (method === 'initialize') send({ id, result: { protocolVersion: 1, agentCapabilities: {} } });
  if (method === 'session/new') send({ id, result: { sessionId: 's' } });
  if (method === 'session/prompt') {
    const done = () => send({ id, result: { stopReason: 'end_turn' } });
    ${body}
  }
}`;

async function startHostile(body: string): Promise<{ proxy: ProxyEnd; session: string; prompt: string }> {
  world = await makeWorld();
  const file = join(world.root, 'hostile.cjs');
  writeFileSync(file, hostile(body));
  const proxy = world.attach();
  await proxy.hello();
  const [session, prompt] = [id('session'), id('prompt')];
  proxy.open(session, { command: process.execPath, args: [file], env: {} });
  proxy.prompt(session, prompt, 'go');
  return { proxy, session, prompt };
}

describe('a hostile agent', () => {
  it('[SE5] may print what is not of the protocol', async () => {
    const { proxy, prompt } = await startHostile(`
      raw('Debugger listening on ws://…\\n');
      raw('[1,2]\\n"text"\\nnull\\n{"jsonrpc":"2.0"}\\n{}\\n\\n');
      raw(Buffer.from([0xff, 0xfe, 0x80, 0x0a]));
      update({ sessionUpdate: 'from_the_future', anything: 1 });
      update({ sessionUpdate: 'agent_message_chunk', content: { type: 'hologram' } });
      update({ sessionUpdate: 'tool_call', title: 'no id' });
      update({ sessionUpdate: 'tool_call', toolCallId: 7 });
      update({ sessionUpdate: 'plan', entries: 'none' });
      update({ sessionUpdate: 'usage_update', used: -1, size: 'big' });
      update({ sessionUpdate: 'config_option_update', configOptions: [{ id: 3 }, null, 'x'] });
      update(null); update(7);
      send({ method: 'extension/notify', params: {} });
      send({ id: 'x', method: 'no/such/method', params: {} });
      send({ id: 999, result: 'to nobody' });
      update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'still here' } });
      done();`);
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
    expect(proxy.log.ofType('text').map(({ text }) => text)).toEqual(['still here']);
    expect(proxy.log.ofType('tool')).toEqual([]);
  });

  it('[SE5] invalid UTF-8, halves of characters and NUL become replacement characters', async () => {
    const { proxy, prompt } = await startHostile(`
      raw('{"jsonrpc":"2.0","method":"session/update","params":{"update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"a');
      raw(Buffer.from([0xff, 0xc3]));
      raw('b\\\\ud800c\\\\u0000d"}}}}\\n');
      done();`);
    await proxy.ended(prompt);
    expect(proxy.log.ofType('text').map(({ text }) => text)).toEqual(['a\ufffd\ufffdb\ufffdc\ufffdd']);
  });

  it('[SE7] a line of 50 MB is a short tool result, and the turn goes on', async () => {
    const { proxy, prompt } = await startHostile(`
      update({ sessionUpdate: 'tool_call', toolCallId: 'big', title: 'Read it all', kind: 'read', status: 'in_progress' });
      const text = 'the beginning ' + 'x'.repeat(50 * 1024 * 1024);
      update({ sessionUpdate: 'tool_call_update', toolCallId: 'big', status: 'completed', content: [{ type: 'content', content: { type: 'text', text } }] });
      send({ id: 5, method: 'fs/write_text_file', params: { sessionId: 's', path: 'big', content: text } });
      done();`);
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
    const last = proxy.log.ofType('tool').at(-1);
    expect(last).toMatchObject({ call: 'big', status: 'done' });
    const [content] = last?.content ?? [];
    expect(content?.kind === 'text' && content.text.startsWith('the beginning xxx')).toBe(true);
    expect(content?.kind === 'text' && content.text).toMatch(/\[… 5\d{7} bytes, too long to keep\]$/);
  });

  it('[SE7] long texts keep beginning and end, and every event fits', async () => {
    const { proxy, prompt } = await startHostile(`
      const long = 'begin' + '\\u001b'.repeat(50000) + 'end';
      for (let n = 0; n < 300; n += 1)
        update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: n === 0 ? 'begin' : n === 299 ? 'end' : 'm'.repeat(1000) } });
      const content = Array.from({ length: 40 }, () => ({ type: 'content', content: { type: 'text', text: long } }));
      update({ sessionUpdate: 'tool_call', toolCallId: 'c'.repeat(5000), title: 't'.repeat(9999), rawInput: { long }, content: [
        { type: 'diff', path: '/'.repeat(9999), oldText: long, newText: long }, ...content] });
      done();`);
    await proxy.ended(prompt);
    const text = proxy.log.ofType('text')[0];
    expect(text?.text).toHaveLength(EVENT_TEXT_CHARS);
    expect(text?.text.startsWith('begin')).toBe(true);
    expect(text?.text.endsWith('end')).toBe(true);
    expect(text?.cut).toBe(298_008 - EVENT_TEXT_CHARS);
    const tool = proxy.log.ofType('tool')[0];
    expect(tool?.content?.length).toBe(41);
    expect(JSON.stringify(tool).length).toBeLessThanOrEqual(EVENT_CHARS);
  });

  it('[SE7] an endless line ends nothing but itself', async () => {
    const { proxy, prompt } = await startHostile(`
      for (let n = 0; n < 60; n += 1) raw('y'.repeat(1024 * 1024));
      raw('\\n');
      done();`);
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'done' });
  });

  it('[AG6] one that closes its stdout and stays is ended', async () => {
    const { proxy, prompt } = await startHostile(`
      require('fs').closeSync(1);
      setInterval(() => {}, 1000);`);
    expect(await proxy.ended(prompt)).toMatchObject({ outcome: 'failed', fault: { code: 'agent_exited' } });
  });

  it('[AG6] one that closes its stdout between turns has gone when the next takes its conversation up', async () => {
    world = await makeWorld();
    const [file, pids] = [join(world.root, 'mute.cjs'), join(world.root, 'pids')];
    writeFileSync(file, MUTE(pids));
    const proxy = world.attach();
    await proxy.hello();
    const [session, first, second] = [id('session'), id('prompt'), id('prompt')];
    proxy.open(session, { command: process.execPath, args: [file], env: {} });
    proxy.prompt(session, first, 'go');
    await proxy.ended(first);
    await eventually(() => existsSync(`${pids}.mute`));
    proxy.prompt(session, second, 'go');
    expect(await proxy.ended(second)).toMatchObject({ outcome: 'done' });
    // What the second repeats while it loads is not said again, and it loads what nobody else has.
    expect(proxy.log.ofType('text').map(({ text }) => text)).toEqual(['first', 'alone']);
  });

  it('[AG6] one that speaks another version is refused with the reason', async () => {
    world = await makeWorld();
    const file = join(world.root, 'other.cjs');
    writeFileSync(file, hostile('').replace('protocolVersion: 1', 'protocolVersion: 99'));
    const proxy = world.attach();
    await proxy.hello();
    proxy.open(id('session'), { command: process.execPath, args: [file], env: {} });
    await proxy.until(() => proxy.log.ofType('agent_failed').length > 0);
    expect(proxy.log.ofType('agent_failed')[0]?.fault.code).toBe('agent_protocol');
  });

  it('[AG6] one that wants a key says so, and is begun again by the next prompt', async () => {
    world = await makeWorld();
    const file = join(world.root, 'keyless.cjs');
    const error = "{ id, error: { code: -32000, message: 'Please run /login' } }";
    const keyless = hostile('done();').replace("{ id, result: { sessionId: 's' } }", error);
    writeFileSync(file, keyless);
    const proxy = world.attach();
    await proxy.hello();
    const [session, first, second] = [id('session'), id('prompt'), id('prompt')];
    proxy.open(session, { command: process.execPath, args: [file], env: {} });
    proxy.prompt(session, first, 'go');
    const why = { code: 'key_missing', message: 'Please run /login', details: null };
    expect(await proxy.ended(first)).toMatchObject({ outcome: 'failed', fault: why });
    expect(proxy.log.ofType('agent_failed')).toEqual([{ type: 'agent_failed', fault: why }]);
    expect(proxy.log.ofType('turn_started')).toEqual([]);
    writeFileSync(file, hostile('done();'));
    proxy.prompt(session, second, 'go');
    expect(await proxy.ended(second)).toMatchObject({ outcome: 'done' });
  });

  it('[AG6] one that has a key and wants to be told so is told, also when it resumes', async () => {
    world = await makeWorld();
    const file = join(world.root, 'key.cjs');
    const ways = "{ loadSession: true }, authMethods: [{ id: 'key', name: 'K', _meta: { 'api-key': {} } }]";
    const signIn = `
  if (method === 'authenticate') { signedIn = params.methodId === 'key'; send({ id, result: {} }); }
  if (method.startsWith('session/') && !signedIn) return send({ id, error: { code: -32000, message: 'Sign in' } });
  if (method === 'session/load') send({ id, result: {} });
  if (method === 'session/new')`;
    const careful = hostile('done();')
      .replace("let rest = '';", "let rest = '', signedIn = false;")
      .replace('agentCapabilities: {}', `agentCapabilities: ${ways}`)
      .replace("\n  if (method === 'session/new')", signIn);
    writeFileSync(file, careful);
    const proxy = world.attach();
    await proxy.hello();
    const [session, resumed] = [id('session'), id('session')];
    const agent = { command: process.execPath, args: [file], env: {} };
    proxy.open(session, agent);
    proxy.open(resumed, agent, 's');
    await proxy.until(() => proxy.log.ofType('agent_ready').length === 2);
    const ready = proxy.log.events.filter(({ event }) => event.type === 'agent_ready');
    const of = (one: string) => ready.find((each) => each.session === one)?.event;
    expect([of(session), of(resumed)]).toMatchObject([{ resumed: false }, { resumed: true }]);
  });

  it('[AG7] cannot ask for permission between turns, nor with nothing to choose', async () => {
    const { proxy, prompt } = await startHostile(`
      const ask = (n, options) => send({ id: n, method: 'session/request_permission', params: { sessionId: 's', toolCall: { toolCallId: 'c' }, options } });
      ask(1, []);
      done();
      setTimeout(() => ask(2, [{ optionId: 'a', name: 'A', kind: 'allow_once' }]), 50);`);
    await proxy.ended(prompt);
    expect(proxy.log.ofType('permission_asked')).toEqual([]);
  });
});

/** Talks no more after its turn, and stays; the next one says whether that one is there while it loads. */
const MUTE = (pids: string) => `
const fs = require('node:fs');
const before = fs.existsSync('${pids}') ? Number(fs.readFileSync('${pids}', 'utf8')) : null;
const alive = () => { try { process.kill(before, 0); return true; } catch { return false; } };
const send = (m) => fs.writeSync(1, JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n');
const say = (text) => send({ method: 'session/update', params: { sessionId: 's', update: {
  sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } } } });
let loaded = 'first';
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (method === 'initialize') send({ id, result: { protocolVersion: 1, agentCapabilities: { loadSession: true } } });
  if (method === 'session/new') send({ id, result: { sessionId: 's' } });
  if (method === 'session/load') {
    loaded = alive() ? 'not alone' : 'alone';
    say('as it was');
    send({ id, result: {} });
  }
  if (method !== 'session/prompt') return;
  fs.writeFileSync('${pids}', String(process.pid));
  say(loaded);
  send({ id, result: { stopReason: 'end_turn' } });
  if (before !== null) return;
  fs.closeSync(1);
  fs.writeFileSync('${pids}.mute', '');
  setInterval(() => {}, 1_000);
});`;
