import { CloseCode, PING_EVERY_MS, SOCKET_DEAD_MS, TerminalServerMessage } from '@porthole/shared';
import { describe, expect, it } from 'vitest';
import { FakeNetwork } from './socket.fake.ts';
import { makeSocket } from './socket.ts';
import { PROBE_MS, STABLE_MS } from './socket-state.ts';

function setUp() {
  const network = new FakeNetwork();
  const log: string[] = [];
  const bytes: number[] = [];
  const latencies: number[] = [];
  const socket = makeSocket({
    url: '/ws/here',
    schema: TerminalServerMessage,
    hello: () => '{"type":"hello"}',
    onMessage: (message) => log.push(message.type),
    onBytes: (chunk) => bytes.push(...chunk),
    onState: (state) => log.push(`[${state.name}]`),
    onLatency: (ms) => latencies.push(ms),
    environment: network,
  });
  const answer = () =>
    network.socket.deliver({
      type: 'pong',
      id: network.socket.messages.findLast((m) => m.type === 'ping')!.id,
    });
  return { network, socket, log, bytes, latencies, answer };
}

describe('a connection', () => {
  it('starts with the hello, then a ping', () => {
    const { network } = setUp();
    network.socket.accept();
    expect(network.socket.binaryType).toBe('arraybuffer');
    expect(network.socket.messages.map((m) => m.type)).toEqual(['hello', 'ping']);
  });

  it('delivers text decoded and bytes as they are, and keeps pongs to itself', () => {
    const { network, log, bytes, latencies, answer, socket } = setUp();
    network.socket.accept();
    network.socket.deliver({ type: 'input_ack', inputSeq: 3 });
    network.socket.deliver(new Uint8Array([1, 2, 3]));
    network.time += 42;
    answer();
    expect(log).toEqual(['[connecting]', '[open]', 'input_ack']);
    expect(bytes).toEqual([1, 2, 3]);
    expect(latencies).toEqual([42]);
    expect(socket.latency).toBe(42);
  });

  it('sends only while open, and says so', () => {
    const { network, socket } = setUp();
    expect(socket.send('early')).toBe(false);
    network.socket.accept();
    expect(socket.send('now')).toBe(true);
    network.socket.fail();
    expect(socket.send('late')).toBe(false);
    expect(network.sockets[0]!.sent).toContain('now');
    network.socket.accept();
    expect(network.socket.sent).not.toContain('late');
  });

  it('ends on a frame that nobody can read, without coming back by itself', () => {
    const { network, socket } = setUp();
    network.socket.accept();
    network.socket.deliver('{"type":"nonsense"}');
    expect(network.socket.closedWith?.code).toBe(CloseCode.protocolError);
    expect(socket.state).toMatchObject({ name: 'closed', code: CloseCode.protocolError });
    network.wake();
    network.advance(60_000);
    expect(network.sockets).toHaveLength(1);
  });

  it('leaves nothing behind when closed', () => {
    const { network, socket } = setUp();
    network.socket.accept();
    socket.close();
    expect(network.socket.closedWith?.code).toBe(1000);
    expect(network.idle).toBe(true);
    expect(socket.state.name).toBe('stopped');
  });
});

describe('[TR10] reconnecting', () => {
  it('at once, after 1, 3 and 10 s, then lost until asked', () => {
    const { network, socket } = setUp();
    const at: number[] = [];
    const start = network.time;
    for (let i = 0; socket.state.name !== 'lost'; ) {
      if (socket.state.name === 'connecting') {
        at.push(network.time - start);
        network.sockets[i++]!.fail();
      } else network.advance(500);
    }
    expect(at).toEqual([0, 0, 1_000, 4_000, 14_000]);
    network.advance(3_600_000);
    expect(network.sockets).toHaveLength(5);
    socket.reconnect();
    expect(network.sockets).toHaveLength(6);
  });

  it('even when timers come a fraction early', () => {
    const { network, socket } = setUp();
    network.early = 1;
    for (let i = 0; i < 1_000 && socket.state.name !== 'lost'; i++) {
      if (socket.state.name === 'connecting') network.socket.fail();
      else network.advance(100);
    }
    expect(socket.state.name).toBe('lost');
  });

  it('again when the page wakes up', () => {
    const { network, socket } = setUp();
    while (socket.state.name !== 'lost') {
      if (socket.state.name === 'connecting') network.socket.fail();
      else network.advance(1_000);
    }
    network.wake();
    network.socket.accept();
    expect(socket.state.name).toBe('open');
  });

  it('from the start after a connection that lasted', () => {
    const { network, log } = setUp();
    network.socket.accept();
    network.advance(STABLE_MS);
    network.socket.fail();
    network.socket.accept();
    network.socket.fail();
    expect(log).toEqual(['[connecting]', '[open]', '[connecting]', '[open]', '[waiting]']);
  });

  it('finds a peer that went away without a word', () => {
    const { network, answer } = setUp();
    network.socket.accept();
    answer();
    network.advance(SOCKET_DEAD_MS);
    expect(network.sockets).toHaveLength(2);
    expect(network.sockets[0]!.closedWith).not.toBeNull();
  });

  it('stays while pings are answered', () => {
    const { network, answer } = setUp();
    network.socket.accept();
    for (let i = 0; i < 20; i++) {
      answer();
      network.advance(PING_EVERY_MS);
    }
    expect(network.sockets).toHaveLength(1);
  });

  it('finds within seconds of waking that the connection died in its sleep', () => {
    const { network, answer } = setUp();
    network.socket.accept();
    answer();
    network.wake();
    network.advance(PROBE_MS);
    expect(network.sockets).toHaveLength(2);
  });

  it('looks at once when the network is said to be gone, and lets an attempt under way be', () => {
    const { network, answer } = setUp();
    network.socket.accept();
    answer();
    network.doubt();
    network.advance(PROBE_MS);
    expect(network.sockets).toHaveLength(2);
    network.doubt();
    expect(network.sockets).toHaveLength(2);
  });

  it('notices by its late timer that the machine slept', () => {
    const { network, answer } = setUp();
    network.socket.accept();
    answer();
    network.sleep(3_600_000);
    expect(network.sockets).toHaveLength(1);
    network.advance(PROBE_MS);
    expect(network.sockets).toHaveLength(2);
  });

  it('does not take a throttled page for a dead connection', () => {
    const { network, answer } = setUp();
    network.socket.accept();
    for (let minute = 0; minute < 5; minute++) {
      answer();
      network.sleep(60_000);
    }
    expect(network.sockets).toHaveLength(1);
  });

  it('ignores what an abandoned connection still says', () => {
    const { network, log, answer } = setUp();
    network.socket.accept();
    answer();
    const old = network.socket;
    network.wake();
    network.advance(PROBE_MS);
    old.deliver({ type: 'input_ack', inputSeq: 1 });
    old.fail();
    expect(log).toEqual(['[connecting]', '[open]', '[connecting]']);
  });
});
