/** Its beginning, its end, another one, and what it says. */
import { PortholeError } from '@porthole/shared/errors';
import { describe, expect, it } from 'vitest';
import { until } from '../../test/terminal-kit.ts';
import { lines, openTerminal, type } from '../../test/terminal-open.ts';

describe('the program of a terminal', () => {
  it('[TR7] answers a query once, whoever is attached', async () => {
    const { pty, attach } = await openTerminal();
    pty().put('\x1b[6n');
    await until(() => pty().input === '\x1b[1;1R', 'an answer with nobody there');
    await attach('a');
    await attach('b');
    await attach('c');
    pty().put('xy\x1b[6n\x1b[c');
    await until(() => pty().input === '\x1b[1;1R\x1b[1;3R\x1b[?1;2c', 'answers with three there');
  });

  it('[TR7] answers with the colours of a viewer’s theme', async () => {
    const { pty, attach } = await openTerminal();
    await attach('a', { colours: { foreground: '#112233', background: '#445566', cursor: '#778899' } });
    pty().put('\x1b]11;?\x07');
    await until(() => pty().input === '\x1b]11;rgb:4444/5555/6666\x1b\\', 'the background');
  });

  it('tells of the end after the last byte, and of the exit code', async () => {
    const { terminal, pty, said, attach } = await openTerminal();
    const a = await attach('a');
    pty().put(lines(100));
    pty().exit({ exitCode: 3 });
    await until(() => a.outlet.last('ended') !== undefined, 'the end');
    expect(a.outlet.seq).toBe(terminal.head);
    expect(a.outlet.last('ended')?.end).toEqual({ reason: 'exited', exitCode: 3, signal: null });
    expect(said).toContain('ended exited');
    type(terminal, a.handle, 'x');
    expect(a.outlet.last('error')?.code).toBe('wrong_state');
    const late = await attach('b');
    expect(late.outlet.last('attached')?.end?.exitCode).toBe(3);
  });

  it('[TR2] a restart is a new epoch with the old screen above it', async () => {
    const { terminal, pty, ptys, attach } = await openTerminal();
    const a = await attach('a');
    pty().put('the old one\r\n\x1b[?1006h\x1b[31m');
    const { epoch } = terminal;
    pty().exit({ kind: 'lost', message: 'The machine went away.' });
    await until(() => a.outlet.last('ended') !== undefined, 'the end');
    expect(a.outlet.screen).toContain('The machine went away.');
    await terminal.restart();
    expect(ptys.length).toBe(2);
    pty().put('the new one');
    await until(() => a.outlet.screen.includes('the new one'), 'the new program');
    expect(terminal.epoch).not.toBe(epoch);
    expect(a.outlet.epoch).toBe(terminal.epoch);
    expect(a.outlet.screen).toMatch(/the old one[\s\S]*the new one/);
    expect(a.outlet.screen).toContain('mouse: NONE DEFAULT');
    expect(a.outlet.seq).toBe('the new one'.length);
  });

  it('what is kept of a terminal shows it again, ended', async () => {
    const first = await openTerminal();
    first.pty().put('kept \x1b[32mscreen\x1b[?1006h\x1b[3');
    const screen = await first.terminal.keep();
    const end = { reason: 'proxy_stopped', exitCode: null, signal: null } as const;
    const again = await openTerminal({ late: true, ended: { screen, end } });
    const a = await again.attach('a');
    expect(a.outlet.last('attached')).toMatchObject({ epoch: screen.epoch, seq: screen.seq, end });
    await until(() => a.outlet.screen.includes('kept {f2}screen'), 'the screen');
    expect(a.outlet.screen).toContain('NONE SGR');
    const back = await again.attach('b', { resume: { epoch: screen.epoch, seq: screen.seq } });
    expect(back.outlet.last('attached')?.mode).toBe('exact');
  });

  it('a PTY that cannot be opened ends the terminal and says why on its screen', async () => {
    const { terminal, attach } = await openTerminal({
      late: true,
      fails: new PortholeError('host_unreachable', 'No route.'),
    });
    const a = await attach('a');
    await terminal.start();
    await until(() => a.outlet.last('ended') !== undefined, 'the end');
    expect(a.outlet.screen).toContain('No route.');
    expect(terminal.end?.reason).toBe('connection_lost');
  });

  it('says its title and bell, from text that nobody is looking at', async () => {
    const { pty, said } = await openTerminal();
    pty().put('\x1b]2;building\x07\x07');
    await until(() => said.length === 2, 'both');
    expect(said).toEqual(['title building', 'bell']);
  });
});
