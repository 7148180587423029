import headless from '@xterm/headless';
import type { Terminal } from '@xterm/xterm';
import { describe, expect, it } from 'vitest';
import { keepSilent } from './silence.ts';

const QUESTIONS = {
  DA1: '\x1b[c',
  'DA1 with 0': '\x1b[0c',
  DA2: '\x1b[>c',
  DA3: '\x1b[=c',
  DSR: '\x1b[5n',
  CPR: '\x1b[6n',
  DECXCPR: '\x1b[?6n',
  'DECRQM, ANSI': '\x1b[4$p',
  'DECRQM, DEC': '\x1b[?2004$p',
  XTVERSION: '\x1b[>q',
  'DECRQSS SGR': '\x1bP$qm\x1b\\',
  'DECRQSS DECSTBM': '\x1bP$qr\x1b\\',
  XTGETTCAP: '\x1bP+q544e\x1b\\',
  'window size': '\x1b[18t',
  'window size in pixels': '\x1b[14t',
  'cell size': '\x1b[16t',
  title: '\x1b[21t',
  'kitty flags': '\x1b[?u',
  'colour 1': '\x1b]4;1;?\x07',
  foreground: '\x1b]10;?\x07',
  background: '\x1b]11;?\x1b\\',
  cursor: '\x1b]12;?\x07',
  'focus, when switched on': '\x1b[?1004h',
};

function setUp() {
  const terminal = new headless.Terminal({
    cols: 80,
    rows: 24,
    allowProposedApi: true,
    windowOptions: { getWinSizeChars: true, getWinSizePixels: true, getCellSizePixels: true },
  });
  const silence = keepSilent(terminal as unknown as Terminal);
  const said: string[] = [];
  terminal.onData((data) => silence.answering || said.push(data));
  const write = (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve));
  return { terminal, silence, said, write };
}

describe('[TR7] a viewer keeps silent', () => {
  it.each(Object.entries(QUESTIONS))('about %s', async (_, question) => {
    const { said, write } = setUp();
    await write(`before${question}after`);
    expect(said).toEqual([]);
  });

  it('without it, these are answered: the test asks the right questions', async () => {
    const { terminal, silence, said, write } = setUp();
    silence.dispose();
    await write('\x1b[c\x1b[6n\x1b[?2004$p\x1bP$qm\x1b\\\x1b[18t');
    expect(said).toHaveLength(5);
    terminal.dispose();
  });

  it('and still does what a sequence sets', async () => {
    const { terminal, write } = setUp();
    await write('\x1b[?1004;2004h\x1b[?1h');
    expect(terminal.modes).toMatchObject({
      sendFocusMode: true,
      bracketedPasteMode: true,
      applicationCursorKeysMode: true,
    });
  });

  it('but passes on what is typed', async () => {
    const { terminal, said, write } = setUp();
    await write('\x1b]11;?\x07');
    terminal.input('ls\r', true);
    expect(said).toEqual(['ls\r']);
  });
});
