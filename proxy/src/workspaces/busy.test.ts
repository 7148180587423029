import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hasBusyForeground, isBusy, parseProcesses } from './busy.ts';

const busy = (...lines: string[]) => isBusy(parseProcesses(`${lines.join('\n')}\n`));

// pid, group, session, tty, foreground group, name
describe('a busy foreground', () => {
  it('[WS3] is not a shell at its prompt', () => {
    expect(busy('10 10 10 34816 10 bash')).toBe(false);
    expect(busy()).toBe(false);
  });

  it('[WS3] is quiet long work', () => {
    expect(busy('10 10 10 34816 20 bash', '20 20 10 34816 20 sleep')).toBe(true);
    expect(busy('10 10 10 34816 10 make')).toBe(true);
  });

  it('[WS3] is not work in the background, nor without a terminal', () => {
    expect(busy('10 10 10 34816 10 bash', '20 20 10 34816 10 make')).toBe(false);
    expect(busy('20 20 20 0 -1 node')).toBe(false);
  });

  it('[WS3] is not an editor or a multiplexer that waits for a key, but what runs in its panes', () => {
    expect(busy('10 10 10 34816 20 bash', '20 20 10 34816 20 vim')).toBe(false);
    const tmux = ['10 10 10 34816 20 bash', '20 20 10 34816 20 tmux: client', '30 30 30 34817 30 bash'];
    expect(busy(...tmux)).toBe(false);
    expect(busy(...tmux, '40 40 30 34817 40 cargo')).toBe(true);
  });

  it('[WS3] is not known where there is no /proc, and then counts as busy', async () => {
    const ask = (proc: string) =>
      hasBusyForeground(async ({ command }) => {
        const { stdout, stderr, status } = spawnSync('sh', ['-c', command.replaceAll('/proc/', proc)]);
        return { stdout, stderr, exitCode: status, signal: null, truncated: false, timedOut: false };
      }, 'wsp_00000000000000000000');
    expect(await ask('/proc/')).toBe(false);
    expect(await ask('/no-proc/')).toBe(true);
  });
});
