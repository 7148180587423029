/** Who may type, whose size it is, and what is known of each. */
import { CloseCode } from '@porthole/shared/version';
import { describe, expect, it } from 'vitest';
import { attachOf, TestViewer } from '../../test/terminal-kit.ts';
import { openTerminal, person, type } from '../../test/terminal-open.ts';

describe('the people at a terminal', () => {
  it('[TR8] the first viewer gives its size, attaching gives none, typing and asking do', async () => {
    const { terminal, pty, attach } = await openTerminal();
    const a = await attach('a', { cols: 100, rows: 30 });
    expect(terminal.size).toEqual({ cols: 100, rows: 30 });
    const b = await attach('b', { cols: 40, rows: 20, device: 'phone' });
    expect(terminal.size).toEqual({ cols: 100, rows: 30 });
    type(terminal, b.handle, 'l');
    expect(terminal.size).toEqual({ cols: 40, rows: 20 });
    terminal.fit(a.handle, { cols: 120, rows: 40 });
    expect(terminal.size).toEqual({ cols: 40, rows: 20 });
    terminal.takeSize(a.handle);
    terminal.fit(a.handle, { cols: 121, rows: 41 });
    expect(pty().sizes).toEqual(['100x30', '40x20', '120x40', '121x41']);
    expect(b.outlet.last('viewers')?.viewers.map((viewer) => viewer.ownsSize)).toEqual([true, false]);
  });

  it('[TR8] a phone in a pocket loses the size after 10 s', async () => {
    const { terminal, clock, attach } = await openTerminal();
    const laptop = await attach('a', { cols: 100, rows: 30 });
    const phone = await attach('b', { cols: 40, rows: 20 });
    clock.advance(10_000);
    type(terminal, phone.handle, 'x');
    terminal.setVisible(phone.handle, false);
    clock.advance(9_999);
    expect(terminal.size.cols).toBe(40);
    clock.advance(1);
    expect(terminal.size).toEqual({ cols: 100, rows: 30 });
    expect(laptop.outlet.last('viewers')?.viewers[0]?.ownsSize).toBe(true);
  });

  it('[TR8] who types has the size before the program has what was typed', async () => {
    const { terminal, pty, attach } = await openTerminal();
    await attach('a', { cols: 100, rows: 30 });
    const b = await attach('b', { cols: 40, rows: 20 });
    const seen: string[] = [];
    const { write } = pty();
    pty().write = (bytes) => {
      seen.push(...pty().sizes);
      return write.call(pty(), bytes);
    };
    type(terminal, b.handle, 'ls\n');
    expect([seen.at(-1), pty().input]).toEqual(['40x20', 'ls\n']);
    expect(b.outlet.last('viewers')?.viewers.map(({ typing }) => typing)).toEqual([false, true]);
  });

  it('[TR8] a phone that is put away, and says so to the program, takes no size with it', async () => {
    const { terminal, pty, attach } = await openTerminal();
    const laptop = await attach('a', { cols: 100, rows: 30 });
    const phone = await attach('b', { cols: 40, rows: 20 });
    type(terminal, phone.handle, '\x1b[O');
    expect(pty().input).toBe('\x1b[O');
    expect(terminal.size).toEqual({ cols: 100, rows: 30 });
    expect(laptop.outlet.last('viewers')?.viewers.map(({ typing }) => typing)).toEqual([false, false]);
  });

  it('[TR3] [TR8] an owner that comes back with another size goes on exactly, and is resized in its place', async () => {
    const { terminal, pty, attach } = await openTerminal();
    const a = await attach('a', { cols: 100, rows: 30 });
    pty().put('before');
    terminal.detach(a.handle);
    pty().put(' after');
    const resume = { epoch: a.outlet.epoch, seq: 6 };
    const again = await attach('a', { resume, cols: 90, rows: 20 });
    expect(again.outlet.messages.map(({ type }) => type)).toEqual(['attached', 'resize', 'viewers']);
    expect(again.outlet.last('attached')).toMatchObject({ mode: 'exact', seq: 6, cols: 100, rows: 30 });
    expect(again.outlet.last('resize')).toMatchObject({ seq: 12, cols: 90, rows: 20 });
    // The emulator answers in order: a snapshot would be here before this.
    await terminal.keep();
    expect(again.outlet.snapshots).toBe(0);
  });

  it('[TR9] what was typed before the PTY is there goes with who typed it: it is shown as not sent', async () => {
    const { terminal, pty, attach } = await openTerminal({ late: true });
    const a = await attach('a');
    type(terminal, a.handle, 'make deploy\r');
    terminal.detach(a.handle);
    const again = await attach('a');
    expect(again.outlet.last('attached')?.inputSeq).toBe(0);
    type(terminal, again.handle, 'one\r');
    // Its newer socket came before the older one was missed.
    const newest = await attach('a');
    expect(newest.outlet.last('attached')?.inputSeq).toBe(0);
    type(terminal, newest.handle, 'two\r');
    await terminal.start();
    expect(pty().input).toBe('two\r');
  });

  it('[TR9] counts what each viewer typed, across its reconnects', async () => {
    const { terminal, pty, attach } = await openTerminal();
    const a = await attach('a');
    type(terminal, a.handle, 'hello');
    terminal.detach(a.handle);
    const again = await attach('a');
    expect(again.outlet.last('attached')?.inputSeq).toBe(5);
    expect(pty().input).toBe('hello');
  });

  it('[TR9] what is typed before the PTY is there reaches it first', async () => {
    const { terminal, pty, clock, attach } = await openTerminal({ late: true });
    const a = await attach('a');
    type(terminal, a.handle, 'ls\r');
    expect(a.outlet.last('input_ack')).toBeUndefined();
    await terminal.start();
    expect(pty().input).toBe('ls\r');
    clock.advance(50);
    expect(a.outlet.last('input_ack')?.inputSeq).toBe(3);
  });

  it('[TR9] [SE7] what the program is not given is refused by name and not counted', async () => {
    const { terminal, pty, attach } = await openTerminal();
    const a = await attach('a');
    const b = await attach('b');
    type(terminal, a.handle, 'taken');
    pty().writes = 'full';
    type(terminal, a.handle, 'lost');
    expect(a.outlet.last('error')?.code).toBe('too_large');
    expect(a.outlet.closed).toEqual({ code: CloseCode.tooMuch, reason: 'too_large' });
    // What was on its way behind it is not taken for what is missing.
    pty().writes = 'taken';
    const again = await attach('a');
    expect(again.outlet.last('attached')?.inputSeq).toBe(5);
    expect([pty().input, b.outlet.closed]).toEqual(['taken', null]);
    pty().writes = 'gone';
    type(terminal, b.handle, 'late');
    expect([b.outlet.last('error')?.code, b.outlet.closed]).toEqual(['wrong_state', null]);
  });

  it('one who may only watch cannot type or resize, until access changes', async () => {
    const { terminal, pty, attach } = await openTerminal();
    await attach('a');
    const b = await attach('b', { cols: 50, rows: 10 }, { canWrite: false });
    type(terminal, b.handle, 'rm');
    terminal.takeSize(b.handle);
    expect(pty().input).toBe('');
    expect(terminal.size.cols).toBe(80);
    expect(b.outlet.messages.filter((each) => each.type === 'error').map((each) => each.code)).toEqual([
      'view_only',
      'view_only',
    ]);
    terminal.setAccess(() => true);
    expect(b.outlet.last('access')?.canWrite).toBe(true);
    type(terminal, b.handle, 'ok');
    expect(pty().input).toBe('ok');
  });

  it('shows who types, for a little while', async () => {
    const { terminal, clock, attach } = await openTerminal();
    const a = await attach('a');
    const b = await attach('b');
    type(terminal, b.handle, 'x');
    const typing = () => a.outlet.last('viewers')?.viewers.map((viewer) => viewer.typing);
    expect(typing()).toEqual([false, true]);
    clock.advance(2_000);
    type(terminal, b.handle, 'y');
    clock.advance(2_000);
    expect(typing()).toEqual([false, true]);
    clock.advance(1_000);
    expect(typing()).toEqual([false, false]);
  });

  it('the newer socket of a tab wins; another person cannot take its id', async () => {
    const { terminal, attach } = await openTerminal();
    const a = await attach('a');
    await attach('a');
    expect(a.outlet.closed).toEqual({ code: CloseCode.protocolError, reason: 'conflict' });
    expect(() => terminal.attach(attachOf('a'), person('b'), new TestViewer())).toThrow('Another person');
    expect(terminal.viewerCount).toBe(1);
  });
});
