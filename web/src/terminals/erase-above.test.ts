import headless from '@xterm/headless';
import type { Terminal } from '@xterm/xterm';
import { describe, expect, it } from 'vitest';
import { guardEraseAbove } from './erase-above.ts';

function screen() {
  const terminal = new headless.Terminal({ cols: 10, rows: 3, scrollback: 100, allowProposedApi: true });
  guardEraseAbove(terminal as unknown as Terminal);
  const write = (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve));
  const rows = () =>
    [0, 1, 2].map((row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? null);
  return { write, rows };
}

describe('[SE5] erasing above', () => {
  it('does not freeze a viewer when the cursor is in the last cell', async () => {
    const { write, rows } = screen();
    await write('one\r\ntwo\x1b[3;10Hx\x1b[1J');
    expect(rows()).toEqual(['', '', '']);
    await write('\x1b[Hgoes on');
    expect(rows()[0]).toBe('goes on');
  });

  it('is as it was elsewhere', async () => {
    const { write, rows } = screen();
    await write('one\r\ntwo\r\nthree\x1b[2;2H\x1b[1J');
    expect(rows()).toEqual(['', '  o', 'three']);
  });
});
