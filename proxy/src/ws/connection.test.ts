import { EventEmitter } from 'node:events';
import { INPUT_FRAME_BYTES, PING_EVERY_MS, SOCKET_DEAD_MS } from '@porthole/shared';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { FakeClock } from '../../test/fake-clock.ts';
import { silentLogger } from '../lib/log.ts';
import { Connection } from './connection.ts';
import { OUTBOX_HIGH_BYTES, OUTBOX_LOW_BYTES } from './socket.ts';

/** A `ws` socket whose peer is the test. */
class FakeWs extends EventEmitter {
  readyState = 1;
  pings = 0;
  terminated = false;
  closedWith: unknown[] = [];
  sent: { data: string | Uint8Array; done: () => void }[] = [];
  send(data: string | Uint8Array, _: object, done: () => void): void {
    this.sent.push({ data, done });
  }
  ping(): void {
    this.pings += 1;
  }
  close(code: number, reason: string): void {
    this.closedWith = [code, reason];
    this.readyState = 2;
  }
  terminate(): void {
    this.terminated = true;
    this.readyState = 3;
    this.emit('close', 1006, Buffer.alloc(0));
  }
}

describe('a connection', () => {
  let ws: FakeWs;
  let clock: FakeClock;
  let connection: Connection;
  let heard: string[];
  const text = (data: string) => ws.emit('message', Buffer.from(data), false);
  beforeEach(() => {
    ws = new FakeWs();
    clock = new FakeClock();
    heard = [];
    connection = new Connection(ws as unknown as WebSocket, { clock, log: silentLogger });
    connection.start({
      onText: (data) => {
        if (data === 'throw') throw new Error('a bad channel');
        heard.push(data);
      },
      onClose: () => heard.push('closed'),
    });
  });

  it('[W4] probes its peer, and gives it up after 40 s without any frame', () => {
    clock.advance(PING_EVERY_MS);
    expect(ws.pings).toBe(1);
    clock.advance(PING_EVERY_MS);
    text('alive');
    clock.advance(PING_EVERY_MS * 2);
    expect(ws.closedWith).toEqual([]);
    clock.advance(SOCKET_DEAD_MS);
    expect(ws.closedWith).toEqual([4408, 'timeout']);
  });

  it('[W4] takes a pong for a sign of life', () => {
    for (let i = 0; i < 20; i += 1) {
      clock.advance(PING_EVERY_MS);
      ws.emit('pong');
    }
    expect(ws.closedWith).toEqual([]);
  });

  /** As a terminal's or a session's channel. */
  function strict(maxPerSecond: number) {
    const peer = new FakeWs();
    const got: (string | number)[] = [];
    new Connection(peer as unknown as WebSocket, { clock, log: silentLogger }).start({
      ...{ maxPerSecond, clientPings: true },
      onText: (data) => got.push(data),
      onBytes: ({ length }) => got.push(length),
      onClose: () => {},
    });
    return { peer, got, say: (data: Buffer, binary = false) => peer.emit('message', data, binary) };
  }

  it('[W4] where the client pings by itself, a pong of the protocol proves nothing: it may be the nearest hop’s', () => {
    const { peer, say } = strict(10);
    for (let past = 0; past < SOCKET_DEAD_MS - 5_000; past += 5_000) {
      clock.advance(5_000);
      peer.emit('pong');
    }
    say(Buffer.from('ping'));
    clock.advance(SOCKET_DEAD_MS - 5_000);
    expect(peer.closedWith).toEqual([]);
    for (let past = 0; past < 10_000; past += 5_000) {
      clock.advance(5_000);
      peer.emit('pong');
    }
    expect(peer.closedWith).toEqual([4408, 'timeout']);
  });

  it('[SE7] takes so many frames in a second, of either kind, and names what is too much', () => {
    const { peer, got, say } = strict(3);
    for (const text of ['a', 'b']) say(Buffer.from(text));
    say(Buffer.from('xyz'), true);
    clock.advance(1_000);
    for (const text of ['c', 'd', 'e', 'f', 'g']) say(Buffer.from(text));
    expect(got).toEqual(['a', 'b', 3, 'c', 'd', 'e']);
    expect(peer.closedWith).toEqual([4429, 'rate_limited']);
    expect(JSON.parse(String(peer.sent[0]!.data))).toMatchObject({ type: 'error', code: 'rate_limited' });
  });

  it('[SE7] hands over no binary frame that is larger than input may be', () => {
    const { peer, got, say } = strict(10);
    say(Buffer.alloc(INPUT_FRAME_BYTES), true);
    say(Buffer.alloc(INPUT_FRAME_BYTES + 1), true);
    expect(got).toEqual([INPUT_FRAME_BYTES]);
    expect(peer.closedWith).toEqual([4429, 'too_large']);
  });

  it('cuts off a peer that does not answer the close, and hands over nothing after it', () => {
    connection.close(4400, 'bad_frame');
    connection.close(4401, 'unauthenticated');
    text('late');
    connection.send('too late');
    expect(ws.sent).toEqual([]);
    clock.advance(2_000);
    expect([ws.closedWith, ws.terminated, heard]).toEqual([[4400, 'bad_frame'], true, ['closed']]);
    ws.emit('close', 1006, Buffer.alloc(0));
    expect(heard).toEqual(['closed']);
  });

  it('[SE7] closes on a peer that does not read, and counts what it reads', async () => {
    const chunk = 'x'.repeat(OUTBOX_LOW_BYTES);
    connection.send(chunk);
    let drained = false;
    const waiting = connection.drained().then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect([connection.buffered, drained]).toEqual([OUTBOX_LOW_BYTES, false]);
    ws.sent.shift()!.done();
    await waiting;
    expect(connection.buffered).toBe(0);
    for (let sent = 0; sent <= OUTBOX_HIGH_BYTES; sent += chunk.length) connection.send(chunk);
    expect(ws.closedWith).toEqual([4429, 'too_many']);
    await connection.drained();
  });

  it('ends alone when its channel fails', () => {
    text('throw');
    text('after');
    expect([ws.closedWith, heard]).toEqual([[1001, 'internal'], []]);
  });

  it('tells a channel that starts late that it is over', () => {
    const other = new FakeWs();
    const late = new Connection(other as unknown as WebSocket, { clock, log: silentLogger });
    other.terminate();
    late.start({ onText: () => {}, onClose: () => heard.push('late closed') });
    expect(heard).toEqual(['late closed']);
  });
});
