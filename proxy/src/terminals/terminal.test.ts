/** How output reaches those who look at a terminal. */
import { ACK_EVERY_BYTES, HISTORY_BYTES, VIEWER_CREDIT_BYTES } from '@porthole/shared/flow-limits';
import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../shared/test/random.ts';
import { attachOf, bytesOf, type FakePty, settle, until } from '../../test/terminal-kit.ts';
import { lines, openTerminal, person, type } from '../../test/terminal-open.ts';
import { step } from '../../test/terminal-streams.ts';
import { STALLED_MS } from './flow.ts';

describe('a terminal', () => {
  it('[TR1] [TR3] gives a viewer what came before it and what comes after', async () => {
    const { pty, attach } = await openTerminal();
    pty().put('before ');
    const a = await attach('a');
    pty().put('after');
    await until(() => a.outlet.screen.includes('before after'), 'both');
    expect(a.outlet.seq).toBe(12);
  });

  it('[TR3] resumes exactly from any place in the history', async () => {
    const { terminal, pty, attach, level } = await openTerminal();
    const stayed = await attach('a');
    const left = await attach('b');
    const random = randomOf(7);
    for (let round = 0; round < 40; round++) {
      const text = Array.from({ length: 5 }, () => step(random, { cols: 80, rows: 24 })).join('');
      const cut = Math.floor(random() * text.length);
      pty().put(text.slice(0, cut));
      terminal.detach(left.handle);
      pty().put(text.slice(cut));
      const resume = { epoch: left.outlet.epoch, seq: left.outlet.seq };
      left.handle = terminal.attach(attachOf('b', { resume }), person('b'), left.outlet);
      const handle = left.handle;
      left.outlet.onAck = (seq) => terminal.ack(handle, seq);
      expect(left.outlet.last('attached')?.mode).toBe('exact');
      await level(left, stayed);
      expect(left.outlet.screen, `round ${round}`).toBe(stayed.outlet.screen);
    }
    expect(left.outlet.snapshots).toBe(1);
  });

  it('[TR4] a viewer that stops reading is sent no more than its credit, and holds nobody up', async () => {
    const { terminal, pty, clock, attach, level } = await openTerminal();
    const slow = await attach('a');
    const quick = await attach('b');
    slow.outlet.reading = false;
    const chunk = lines(1_000);
    for (let round = 0; round < 200; round++) {
      pty().put(chunk);
      clock.advance(5);
    }
    await level(quick);
    await until(() => !pty().paused, 'the emulator has caught up');
    expect(slow.outlet.received).toBeLessThanOrEqual(VIEWER_CREDIT_BYTES + 10_000);
    expect(terminal.historyBytes).toBeLessThan(HISTORY_BYTES + 256 * 1024);
    slow.outlet.read();
    await level(slow);
    expect(slow.outlet.snapshots).toBe(2);
    expect(slow.outlet.screen).toBe(quick.outlet.screen);
  });

  it('[TR5] the PTY waits when the only visible viewer has no credit, not for a hidden or a stalled one', async () => {
    const { terminal, pty, clock, attach, level } = await openTerminal();
    const a = await attach('a');
    a.outlet.reading = false;
    pty().put(lines(60_000));
    await until(() => pty().paused, 'paused');
    terminal.setVisible(a.handle, false);
    await until(() => !pty().paused, 'goes on without a visible viewer');
    terminal.setVisible(a.handle, true);
    expect(pty().paused).toBe(true);
    clock.advance(STALLED_MS);
    expect(pty().paused).toBe(false);
    a.outlet.read();
    await level(a);
  });

  it('[TR5] a viewer that stops reading a while after the PTY was paused holds it for 5 s, not until its socket is given up', async () => {
    const { terminal, pty, clock, attach } = await openTerminal();
    const a = await attach('a');
    a.outlet.reading = false;
    pty().put(lines(60_000));
    await until(() => pty().paused, 'paused');
    clock.advance(3_000);
    const acked = a.outlet.seq + 2 * ACK_EVERY_BYTES - 1;
    terminal.ack(a.handle, acked);
    clock.advance(STALLED_MS - 1);
    expect(pty().paused).toBe(true);
    clock.advance(1);
    await until(() => !pty().paused, 'goes on');
  });

  it('[TR5] one that acknowledges a byte now and then does not hold the PTY either', async () => {
    const { terminal, pty, clock, attach } = await openTerminal();
    const a = await attach('a');
    a.outlet.reading = false;
    pty().put(lines(60_000));
    await until(() => pty().paused, 'paused');
    for (let second = 0; second < STALLED_MS / 1_000; second++) {
      clock.advance(1_000);
      terminal.ack(a.handle, a.outlet.seq + second + 1);
    }
    await until(() => !pty().paused, 'goes on');
  });

  it.each([
    ['nobody', 0],
    ['somebody', 1],
  ])(
    '[TR3] [TR5] who attaches to a flood that %s watched gets the screen while it goes on',
    async (_, watching) => {
      const { terminal, pty, clock, attach } = await openTerminal();
      if (watching) await attach('a');
      let flooding = true;
      const flood = floodOf(pty(), () => {
        clock.advance(1);
        return flooding;
      });
      await until(() => terminal.head > 4 * HISTORY_BYTES, 'a flood');
      const b = await attach('b');
      expect(b.outlet.snapshots).toBeGreaterThan(0);
      flooding = false;
      await flood;
    },
  );

  it('[TR5] ^C lets what the machine has sent drain past a slow viewer, and shows it the end', async () => {
    const { terminal, pty, clock, attach, level } = await openTerminal();
    const a = await attach('a');
    a.outlet.reading = false;
    pty().put(lines(80_000, 'y'));
    await until(() => pty().paused, 'paused');
    type(terminal, a.handle, '\x03');
    await until(() => !pty().paused, 'drains');
    pty().put(`${lines(100_000, 'y')}^C\r\n$ `);
    clock.advance(50);
    clock.advance(50);
    a.outlet.read();
    await level(a);
    expect(a.outlet.screen).toContain('^C');
    expect(a.outlet.received).toBeLessThan(1_500_000);
  });

  it('[TR6] sends the first byte after quiet at once and gathers a busy stream', async () => {
    const { pty, clock, attach } = await openTerminal();
    const a = await attach('a');
    const frames = () => a.outlet.frames.slice(a.outlet.frames.length - sent);
    let sent = 0;
    const before = a.outlet.frames.length;
    pty().put('a');
    expect(a.outlet.frames.length).toBe(before + 1);
    for (let index = 0; index < 10; index++) pty().put('x'.repeat(1_000));
    sent = a.outlet.frames.length - before;
    expect(frames().reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(5_000);
    clock.advance(5);
    sent = a.outlet.frames.length - before;
    expect(frames().reduce((sum, bytes) => sum + bytes, 0)).toBe(10_001);
  });

  it('[TR8a] a resize has its place among the bytes, for those who stay and those who come back', async () => {
    const { terminal, pty, attach, level } = await openTerminal();
    const a = await attach('a', { cols: 80, rows: 24 });
    const b = await attach('b');
    pty().put('1'.repeat(100));
    terminal.fit(a.handle, { cols: 30, rows: 10 });
    const resume = { epoch: b.outlet.epoch, seq: 50 };
    pty().put('2'.repeat(100));
    terminal.fit(a.handle, { cols: 50, rows: 12 });
    pty().put('3'.repeat(100));
    await level(a, b);
    expect(a.outlet.messages.filter((each) => each.type === 'resize')).toEqual([
      { type: 'resize', seq: 100, cols: 30, rows: 10 },
      { type: 'resize', seq: 200, cols: 50, rows: 12 },
    ]);
    const again = await attach('c', { resume });
    expect(again.outlet.messages.filter((each) => each.type === 'resize').length).toBe(2);
    expect(again.outlet.last('attached')).toMatchObject({ mode: 'exact', seq: 50, cols: 80, rows: 24 });
    const fresh = await attach('d');
    await until(() => fresh.outlet.emulator !== null, 'a snapshot');
    expect(fresh.outlet.screen).toBe(a.outlet.screen);
  });

  it('an ack of what was never sent is refused, an old one ignored', async () => {
    const { terminal, pty, attach } = await openTerminal();
    const a = await attach('a');
    pty().put('12345');
    terminal.ack(a.handle, 3);
    terminal.ack(a.handle, 6);
    expect(a.outlet.last('error')?.code).toBe('bad_frame');
  });
});

/** What may come after a pause: the SSH channel's window and what is under way. Bytes. */
const UNDER_WAY_BYTES = 3 * 1024 * 1024;

/** Output that the emulator has work with, as fast as it is taken, while `more` says so. */
async function floodOf(pty: FakePty, more: () => boolean): Promise<void> {
  const chunk = bytesOf(lines(700, '\x1b[2K\x1b[38;5;212mcolour \x1b[1;4mand\x1b[0m more of it, 漢字'));
  let afterPause = 0;
  while (more()) {
    for (let burst = 0; burst < 16; burst++) {
      if (pty.paused) afterPause += chunk.length;
      else afterPause = 0;
      if (afterPause < UNDER_WAY_BYTES) pty.put(chunk);
    }
    await settle();
  }
}
