// The spool on a real disk.
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BridgeEvent } from '@porthole/shared/agent-events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Spool } from './spool.ts';

let folder: string;
let spool: Spool;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-spool-'));
  spool = new Spool(folder);
});
afterEach(() => {
  spool.close();
  rmSync(folder, { recursive: true });
});

const text = (said: string): BridgeEvent => ({
  type: 'text',
  turn: 't',
  item: 'm',
  kind: 'message',
  text: said,
});
const started: BridgeEvent = { type: 'turn_started', turn: 't' };

function reopen(): Spool {
  spool.close();
  spool = new Spool(folder);
  return spool;
}

function all(from = 1): { n: number; event: BridgeEvent }[] {
  const lines: string[] = [];
  for (let next = from; ; ) {
    const batch = spool.read(next, 500);
    if (!batch) break;
    lines.push(...batch.bytes.toString('utf8').trimEnd().split('\n'));
    next = batch.next;
  }
  return lines.map((line) => JSON.parse(line));
}

const numbers = () => all(spool.first).map(({ n }) => n);
const segments = () => readdirSync(folder).sort();

describe('the spool', () => {
  it('[AG4] numbers from 1 and gives back what it was given, from any place', () => {
    for (let n = 1; n <= 50; n += 1) expect(spool.append('s', text(`said ${n}`))).toBe(n);
    expect(numbers()).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(all(48).map(({ event }) => event)).toEqual([text('said 48'), text('said 49'), text('said 50')]);
    expect(spool.read(51, 500)).toBeNull();
    expect([spool.first, spool.last]).toEqual([1, 50]);
  });

  it('[AG4] goes on after a restart', () => {
    spool.append('s', text('a'));
    spool.append('s', text('b'));
    expect([reopen().first, spool.last]).toEqual([1, 2]);
    expect(spool.append('s', text('c'))).toBe(3);
    expect(reopen().last).toBe(3);
    expect(numbers()).toEqual([1, 2, 3]);
  });

  it('[AG4] cuts a torn last line off, wherever it was torn', () => {
    spool.append('s', text('whole'));
    const path = join(folder, segments()[0] as string);
    const { size } = statSync(path);
    spool.append('s', text('torn'));
    const end = statSync(path).size;
    const bytes = readFileSync(path);
    for (let at = size; at < end; at += 7) {
      writeFileSync(path, bytes);
      truncateSync(path, at);
      expect(reopen().last).toBe(1);
      expect(statSync(path).size).toBe(size);
    }
    expect(spool.append('s', text('again'))).toBe(2);
    expect(reopen().last).toBe(2);
  });

  it('[AG4] what is no line of it ends it, and is not sent', () => {
    spool.append('s', text('whole'));
    const path = join(folder, segments()[0] as string);
    appendFileSync(path, '{"n":9}\n{"type":"event","n":2}\n');
    expect(reopen().last).toBe(1);
    appendFileSync(path, Buffer.from([0, 0, 0, 0x0a]));
    expect(reopen().last).toBe(1);
    expect(numbers()).toEqual([1]);
  });

  it('[AG4] removes what was acknowledged, and remembers its place', () => {
    const big = text('x'.repeat(40_000));
    for (let n = 1; n <= 60; n += 1) spool.append('s', big);
    expect(segments().length).toBeGreaterThan(2);
    spool.ack(40);
    expect(spool.first).toBe(41);
    expect(numbers()[0]).toBe(41);
    spool.ack(60);
    expect(segments()).toHaveLength(1);
    expect(statSync(join(folder, segments()[0] as string)).size).toBe(0);
    expect(reopen().last).toBe(60);
    expect(spool.append('s', started)).toBe(61);
    spool.ack(1_000);
    expect(spool.append('s', started)).toBe(62);
  });

  it('[AG4] does not use numbers twice that the disk has lost', () => {
    spool.append('s', text('a'));
    spool.skipTo(10);
    expect([spool.first, spool.last]).toEqual([11, 10]);
    expect(spool.append('s', text('b'))).toBe(11);
    expect(reopen().last).toBe(11);
    expect(numbers()).toEqual([11]);
    spool.skipTo(5);
    expect(spool.last).toBe(11);
  });

  it('[SE7] drops what there is no room for a file for, and keeps the rest', () => {
    const big = text('x'.repeat(400_000));
    for (let n = 1; n <= 3; n += 1) spool.append('s', big);
    renameSync(folder, `${folder}-away`);
    expect(spool.append('s', big)).toBeNull();
    expect(() => spool.ack(0)).not.toThrow();
    renameSync(`${folder}-away`, folder);
    expect(numbers()).toEqual([1, 2, 3]);
    expect(spool.append('s', started)).toBe(5);
    expect(all(4).map(({ event }) => event)).toEqual([{ type: 'overflow', dropped: 1 }, started]);
    renameSync(folder, `${folder}-away`);
    spool.ack(4);
    renameSync(`${folder}-away`, folder);
    expect(spool.first).toBe(5);
    expect(reopen().last).toBe(5);
  });

  it('[SE7] drops beyond its bound, counts by session, and keeps ends', () => {
    spool.close();
    spool = new Spool(folder, 300_000);
    const big = text('x'.repeat(10_000));
    let kept = 0;
    for (let n = 0; n < 50; n += 1) if (spool.append('a', big) !== null) kept += 1;
    expect(kept).toBe(29);
    expect(spool.append('b', big)).toBeNull();
    expect(spool.append('a', { type: 'turn_ended', turn: 't', outcome: 'done', fault: null })).not.toBeNull();
    const said = () =>
      all(spool.first).flatMap(({ event }) => (event.type === 'overflow' ? [event.dropped] : []));
    expect(said()).toEqual([50 - kept]);
    spool.ack(spool.last);
    expect(spool.append('b', big)).not.toBeNull();
    expect(said()).toEqual([1]);
    expect(spool.append('b', big)).not.toBeNull();
    expect(said()).toEqual([1]);
  });
});
