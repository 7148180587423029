import { PortholeError } from '@porthole/shared/errors';
import { TerminalServerMessage } from '@porthole/shared/terminal';
import { CloseCode } from '@porthole/shared/version';
import { afterAll, describe, expect, it } from 'vitest';
import { randomOf } from '../../../shared/test/random.ts';
import { FakeClock } from '../../test/fake-clock.ts';
import { attachOf, bytesOf, FakePty, settle, until, userId } from '../../test/terminal-kit.ts';
import type { SocketLike } from '../ws/socket.ts';
import { terminalChannel } from './channel.ts';
import { ScreenPool } from './screen.ts';
import { Terminal } from './terminal.ts';

const screens = new ScreenPool();
afterAll(() => screens.dispose());

class FakeSocket implements SocketLike {
  isOpen = true;
  buffered = 0;
  readonly texts: TerminalServerMessage[] = [];
  readonly frames: Uint8Array[] = [];
  closed: { code: number; reason: string } | null = null;
  onClosed: () => void = () => {};

  send(text: string): void {
    if (this.isOpen) this.texts.push(TerminalServerMessage.parse(JSON.parse(text)));
  }
  sendBytes(data: Uint8Array): void {
    if (this.isOpen) this.frames.push(data);
  }
  async drained(): Promise<void> {}
  close(code: CloseCode, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.closed = { code, reason };
    this.onClosed();
  }
  errors(): string[] {
    return this.texts.flatMap((text) => (text.type === 'error' ? [text.code] : []));
  }
}

async function connect(options: { canWrite?: boolean; error?: Error } = {}) {
  const clock = new FakeClock();
  const pty = new FakePty();
  const events = { ended() {}, title() {}, bell() {}, resized() {}, quiet() {} };
  const terminal = new Terminal({ cols: 80, rows: 24, screens, clock, openPty: async () => pty, events });
  await terminal.start();
  const socket = new FakeSocket();
  const person = { userId: userId('a'), name: 'A', canWrite: options.canWrite ?? true };
  const channel = terminalChannel({
    socket,
    find: async () => {
      if (options.error) throw options.error;
      return { terminal, person };
    },
  });
  socket.onClosed = () => channel.onClose();
  const say = (message: object) => channel.onText(JSON.stringify(message));
  return { clock, pty, terminal, socket, channel, say };
}

describe('the terminal socket', () => {
  it('[TR11] carries input and output as bytes, the rest as text', async () => {
    const { pty, socket, channel, say } = await connect();
    say(attachOf('a'));
    channel.onBytes?.(bytesOf('typed at once'));
    await until(() => socket.texts.some((text) => text.type === 'attached'), 'attached');
    expect(pty.input).toBe('typed at once');
    const before = socket.frames.length;
    pty.put('output');
    expect(Buffer.concat(socket.frames.slice(before)).toString()).toBe('output');
    say({ type: 'ping', id: 7 });
    expect(socket.texts.at(-1)).toEqual({ type: 'pong', id: 7 });
  });

  it('[W1] another version closes with its own code and a reason', async () => {
    const { socket, say } = await connect();
    say(attachOf('a', { version: 99 }));
    expect(socket.errors()).toEqual(['version_mismatch']);
    expect(socket.closed).toEqual({ code: CloseCode.versionMismatch, reason: 'version_mismatch' });
  });

  it.each<[string, (channel: Awaited<ReturnType<typeof connect>>) => void, number, string]>([
    ['text that is not JSON', ({ channel }) => channel.onText('{'), CloseCode.protocolError, 'bad_frame'],
    ['an unknown message', ({ say }) => say({ type: 'nonsense' }), CloseCode.protocolError, 'bad_frame'],
    [
      'a message before attach',
      ({ say }) => say({ type: 'take_size' }),
      CloseCode.protocolError,
      'bad_frame',
    ],
    [
      'input before attach',
      ({ channel }) => channel.onBytes?.(bytesOf('x')),
      CloseCode.protocolError,
      'bad_frame',
    ],
    [
      'attach twice',
      ({ say }) => [say(attachOf('a')), say(attachOf('a'))],
      CloseCode.protocolError,
      'bad_frame',
    ],
    [
      'a size out of bounds',
      ({ say }) => say(attachOf('a', { cols: 10_000 })),
      CloseCode.protocolError,
      'bad_frame',
    ],
    [
      'a text frame too large',
      ({ channel }) => channel.onText(' '.repeat(70_000)),
      CloseCode.tooMuch,
      'too_large',
    ],
    [
      'too much before the answer',
      ({ say, channel }) => {
        say(attachOf('a'));
        for (let index = 0; index < 300; index++) channel.onBytes?.(bytesOf('x'));
      },
      CloseCode.tooMuch,
      'too_many',
    ],
  ])('[SE7] [W3] %s is refused by name', async (_, act, code, reason) => {
    const connected = await connect();
    act(connected);
    expect(connected.socket.errors()).toEqual([reason]);
    expect(connected.socket.closed).toEqual({ code, reason });
  });

  it('[SE3] a terminal that is not there, or not theirs, is not found', async () => {
    const { socket, say } = await connect({
      error: new PortholeError('not_found', 'There is no such terminal.'),
    });
    say(attachOf('a'));
    await until(() => socket.closed !== null, 'closed');
    expect(socket.closed).toEqual({ code: CloseCode.notFound, reason: 'not_found' });
  });

  it('[W4] [SE7] leaves silence and floods to its socket: its client pings by itself, and says so much in a second', async () => {
    expect((await connect()).channel).toMatchObject({ clientPings: true, maxPerSecond: 10_000 });
  });

  it('[SE7] any frames at all leave the terminal whole', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { terminal, pty, socket, channel } = await connect();
      const random = randomOf(seed);
      for (let index = 0; index < 30; index++) {
        if (!socket.isOpen) break;
        if (random() < 0.3)
          channel.onBytes?.(Uint8Array.from({ length: random() * 50 }, () => random() * 256));
        else channel.onText(madeUp(random));
        if (random() < 0.3) pty.put(String.fromCharCode(32 + random() * 60));
        if (random() < 0.2) await settle();
      }
      const other = { bytes() {}, message() {}, close() {} };
      const person = { userId: userId('b'), name: 'B', canWrite: true };
      const viewer = terminal.attach(attachOf('b'), person, other);
      terminal.takeSize(viewer);
      expect(terminal.size, `seed ${seed}`).toEqual({ cols: 80, rows: 24 });
      terminal.dispose();
    }
  });
});

/** A message that is right, nearly right, or nothing of the kind. */
function madeUp(random: () => number): string {
  const wild = () =>
    [-1, 0, 1, 1e9, Number.MAX_SAFE_INTEGER, 0.5, '1', null, [], {}][Math.floor(random() * 10)];
  const messages = [
    attachOf('a'),
    attachOf('a', { resume: { epoch: 'abc', seq: 5 } }),
    { ...attachOf('a'), cols: wild() },
    { type: 'ack', seq: wild() },
    { type: 'ack', seq: Math.floor(random() * 100) },
    { type: 'fit', cols: 2 + Math.floor(random() * 400), rows: 1 + Math.floor(random() * 200) },
    { type: 'fit', cols: wild(), rows: wild() },
    { type: 'take_size' },
    { type: 'visibility', visible: random() < 0.5 },
    { type: 'visibility', visible: wild() },
    { type: 'colours', foreground: '#102030', background: '#000000', cursor: '#ffffff' },
    { type: 'ping', id: wild() },
    wild(),
  ];
  // Mostly in order, so that there is something to break.
  return JSON.stringify(random() < 0.5 ? attachOf('a') : messages[Math.floor(random() * messages.length)]);
}
