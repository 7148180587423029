import { ACK_EVERY_BYTES } from '@porthole/shared';
import headless from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import type { FakeNetwork } from '../net/socket.fake.ts';
import { EPOCH, FakeTerminalPeer } from './attach-socket.fake.ts';
import type { AttachSocketOptions } from './attach-socket.ts';
import { attach, output, text } from './attached-terminal.fake.ts';

const setUp = (options: Partial<AttachSocketOptions> = {}) =>
  attach(new headless.Terminal({ cols: 80, rows: 24, scrollback: 1000, allowProposedApi: true }), options);

describe('attaching', () => {
  it('[TR3] asks from nothing first, and then from what is parsed', async () => {
    const { network, parsed, socket } = setUp();
    const out = output('hello, world');
    const peer = new FakeTerminalPeer(network.socket, out, 0, 1000);
    expect(network.socket.messages[0]).toMatchObject({ type: 'attach', resume: null, cols: 100, rows: 30 });
    peer.step(12, 7);
    await parsed();
    expect(socket.parsed).toEqual({ epoch: EPOCH, seq: 7 });
    network.socket.fail();
    network.socket.accept();
    expect(network.socket.messages[0]).toMatchObject({ resume: { epoch: EPOCH, seq: 7 } });
  });

  it('[TR8] does not resize the terminal to what would fit', async () => {
    const { network, terminal, parsed } = setUp();
    new FakeTerminalPeer(network.socket, output('x'), 0, 0);
    await parsed();
    expect([terminal.cols, terminal.rows]).toEqual([80, 24]);
    expect(network.socket.messages.map((m) => m.type)).not.toContain('fit');
  });

  it('[TR8] tells of a change between the attach and its answer', () => {
    const { network, socket } = setUp();
    network.socket.accept();
    socket.setFit(54, 44);
    expect(network.socket.messages.at(-1)).toEqual({ type: 'fit', cols: 54, rows: 44 });
    network.socket.fail();
    socket.setFit(60, 44);
    network.socket.accept();
    expect(network.socket.messages[0]).toMatchObject({ cols: 60, rows: 44 });
  });

  it('[TR3] starts over when the connection was cut inside a snapshot', async () => {
    const { network, terminal, parsed, socket } = setUp();
    network.socket.accept();
    network.socket.deliver({
      type: 'attached',
      mode: 'snapshot',
      epoch: EPOCH,
      seq: 500,
      cols: 80,
      rows: 24,
      snapshotBytes: 8,
      inputSeq: 0,
      canWrite: true,
      end: null,
    });
    network.socket.deliver(text('half'));
    await parsed();
    expect(socket.parsed).toBeNull();
    network.socket.fail();
    new FakeTerminalPeer(network.socket, output('whole'), 5, 0);
    await parsed();
    expect(network.socket.messages[0]).toMatchObject({ resume: null });
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('whole');
    expect(socket.parsed).toEqual({ epoch: EPOCH, seq: 5 });
  });

  it('[TR3] attaches anew when the frames do not fit the place', async () => {
    const { network, socket } = setUp();
    const peer = new FakeTerminalPeer(network.socket, output('some output'), 4, 1000);
    peer.send({ type: 'resize', seq: 9, cols: 90, rows: 30 });
    expect(network.sockets).toHaveLength(2);
    network.socket.accept();
    expect(network.socket.messages[0]).toMatchObject({ resume: null });
    expect(socket.parsed).toBeNull();
  });
});

describe('[TR4] acknowledgement', () => {
  const acks = (network: FakeNetwork) =>
    network.socket.messages.filter((message) => message.type === 'ack').map((message) => message.seq);

  it('follows what is parsed, not what has arrived', async () => {
    const { network, parsed } = setUp();
    const peer = new FakeTerminalPeer(network.socket, output('0123456789'), 0, 1000);
    await parsed();
    const before = acks(network).length;
    peer.step(10, 10);
    expect(acks(network)).toHaveLength(before);
    await parsed();
    expect(acks(network).at(-1)).toBe(10);
  });

  it(`comes every ${ACK_EVERY_BYTES} bytes of a flood`, async () => {
    const { network, parsed } = setUp();
    const size = 10 * ACK_EVERY_BYTES;
    const peer = new FakeTerminalPeer(network.socket, output('y\r\n'.repeat(size / 3)), 0, size);
    while (peer.step(size - 10, 4096));
    await parsed();
    const steps = acks(network).map((seq, i, all) => Number(seq) - Number(all[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(ACK_EVERY_BYTES + 4096);
    expect(steps.length).toBeLessThan(20);
  });
});

describe('[TR9] input', () => {
  const attached = async (options: Partial<AttachSocketOptions> = {}) => {
    const all = setUp(options);
    const peer = new FakeTerminalPeer(all.network.socket, output('$ '), 2, 1000);
    await all.parsed();
    return { ...all, peer };
  };

  it('goes out as UTF-8 bytes', async () => {
    const { type, sentText } = await attached();
    type('ls ☂\r');
    expect(sentText()).toBe('ls ☂\r');
  });

  it('that was confirmed is not offered again', async () => {
    const { network, type, peer, unsent } = await attached();
    type('ls\r');
    peer.send({ type: 'input_ack', inputSeq: 3 });
    network.socket.fail();
    new FakeTerminalPeer(network.socket, output('$ '), 2, 1000, 3);
    expect(unsent).toEqual([]);
  });

  it('that was lost on the way is shown, and not sent again by itself', async () => {
    const { network, type, unsent, sentText, socket } = await attached();
    type('git push\r');
    network.socket.fail();
    new FakeTerminalPeer(network.socket, output('$ '), 2, 1000, 4);
    expect(unsent.at(-1)).toBe('push\r');
    expect(sentText()).toBe('');
    socket.sendUnsent();
    expect(sentText()).toBe('push\r');
    expect(unsent.at(-1)).toBe('');
  });

  it('while disconnected is refused, and shown', async () => {
    const { network, type, unsent, log, sentText } = await attached();
    network.socket.fail();
    type('rm -rf build\r');
    expect(log).toContain('not_connected');
    expect(unsent.at(-1)).toBe('rm -rf build\r');
    new FakeTerminalPeer(network.socket, output('$ '), 2, 1000);
    expect(sentText()).toBe('');
  });

  it('comes after what was lost before it', async () => {
    const { network, type, unsent } = await attached();
    type('first ');
    network.socket.fail();
    type('second');
    new FakeTerminalPeer(network.socket, output('$ '), 2, 1000, 0);
    expect(unsent.at(-1)).toBe('first second');
  });

  it('of the mouse and of focus is dropped, not kept', async () => {
    const { network, type, unsent } = await attached();
    network.socket.fail();
    type('\x1b[<0;3;4M\x1b[I');
    expect(unsent).toEqual([]);
  });

  it('in view-only mode is refused', async () => {
    const { type, log, sentText, peer } = await attached();
    peer.send({ type: 'access', canWrite: false });
    type('x');
    expect(log).toContain('view_only');
    expect(sentText()).toBe('');
  });

  it('after the end is shown as not sent, and counted anew by the program that comes next', async () => {
    const { network, type, sentText, peer, log, unsent } = await attached();
    type('exit\r');
    peer.send({ type: 'input_ack', inputSeq: 5 });
    peer.send({ type: 'ended', end: { reason: 'exited', exitCode: 0, signal: null } });
    type('x');
    expect(log).toContain('ended');
    expect(unsent).toEqual(['x']);
    const restarted = {
      type: 'attached',
      mode: 'snapshot',
      epoch: 'e2',
      seq: 0,
      cols: 80,
      rows: 24,
      snapshotBytes: 0,
      inputSeq: 0,
      canWrite: true,
      end: null,
    } as const;
    peer.send(restarted);
    type('ls\r');
    expect(sentText()).toBe('exit\rls\r');
    peer.send({ type: 'input_ack', inputSeq: 3 });
    network.socket.fail();
    network.socket.accept();
    network.socket.deliver({ ...restarted, inputSeq: 3 });
    expect(unsent).toEqual(['x']);
  });

  it('of any size goes out in bounded frames, no more than the queue takes', async () => {
    const { network, type, peer } = await attached();
    type('a'.repeat(3 * 1024 * 1024));
    const sizes = () =>
      network.socket.sent.filter((frame) => typeof frame !== 'string').map((frame) => frame.length);
    expect(Math.max(...sizes())).toBe(64 * 1024);
    expect(sizes().reduce((a, b) => a + b)).toBe(1024 * 1024);
    peer.send({ type: 'input_ack', inputSeq: 512 * 1024 });
    expect(sizes().reduce((a, b) => a + b)).toBe(1536 * 1024);
  });
});
