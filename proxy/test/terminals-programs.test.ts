/**
 * Snapshots of real programs on a real PTY: whoever attaches at any moment, and goes on with the live bytes, ends
 * with the very screen of somebody who never left (TR3).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Emulator } from '../src/terminals/emulator.ts';
import { dump, until, visible } from './terminal-kit.ts';

const SIZE = { cols: 100, rows: 30 };
const DEAF = { answer() {}, title() {}, bell() {} };

interface Play {
  name: string;
  command: string;
  args: (folder: string) => string[];
  /** Keys, each sent once the screen shows what stands before it. */
  keys: [shows: string, keys: string][];
  /** On the screen at the end. */
  last: string;
}

const plays: Play[] = [
  {
    name: 'vim',
    command: 'vim',
    args: (folder) => ['-u', 'NONE', '-N', '+set mouse=a nu hls', '+syntax on', join(folder, 'code.c')],
    keys: [
      ['main', '/line\r'],
      ['line 1', ':split\r'],
      ['code.c', 'Gofür 日本語 here\x1b'],
      ['日本語', ':set list\r'],
      ['$', 'gg'],
      ['main', ':%s/line/LINE/\r'],
    ],
    last: 'LINE',
  },
  {
    name: 'less',
    command: 'less',
    args: (folder) => ['-R', '-N', join(folder, 'long.txt')],
    keys: [
      ['row 1', ' '],
      ['row 30', '/row 500\r'],
      ['row 500', 'G'],
    ],
    last: 'row 2000',
  },
  {
    name: 'htop',
    command: 'htop',
    args: () => ['-d', '5'],
    keys: [
      ['CPU', 't'],
      ['CPU', '\x1bOQ'],
    ],
    last: 'CPU',
  },
  {
    name: 'tmux',
    command: 'tmux',
    args: (folder) => ['-S', join(folder, 'tmux.sock'), '-f', join(folder, 'tmux.conf'), 'new-session', 'sh'],
    keys: [
      ['0:sh', 'printf "\\033[31mred %s\\n" one\r'],
      ['red one', '\x02%'],
      ['│', 'seq 1 200\r'],
      ['200', '\x02"'],
      ['─', 'echo bottom right\r'],
      ['bottom right', '\x02:set -g mouse on\r'],
    ],
    last: 'bottom right',
  },
  {
    name: 'a flood in 256 colours',
    command: 'sh',
    args: (folder) => [join(folder, 'colours.sh')],
    keys: [],
    last: 'done',
  },
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'porthole-programs-'));
  const code = Array.from({ length: 200 }, (_, i) => `  /* line ${i} */ printf("%d\\n", ${i});`).join('\n');
  writeFileSync(join(folder, 'code.c'), `int main(void) {\n${code}\n}\n`);
  writeFileSync(
    join(folder, 'long.txt'),
    Array.from(
      { length: 2000 },
      (_, i) => `\x1b[3${i % 8}mrow ${i + 1}\x1b[0m ${'text '.repeat(i % 40)}`,
    ).join('\n'),
  );
  // Keys that come at once are a paste to it, in which no key is the prefix.
  writeFileSync(join(folder, 'tmux.conf'), 'set -g assume-paste-time 0\n');
  writeFileSync(
    join(folder, 'colours.sh'),
    'i=0; while [ $i -lt 1500 ]; do printf "\\033[38;5;%dm\\033[48;5;%dmcolour %d \\033[4:3mcurly\\033[0m\\n" $((i%256)) $((i*7%256)) $i; i=$((i+1)); done; echo done; exec sleep 60\n',
  );
});
afterAll(() => {
  if (installed('tmux'))
    execFileSync('sh', ['-c', `tmux -S ${join(folder, 'tmux.sock')} kill-server 2>/dev/null || true`]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const installed = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('snapshots of real programs', () => {
  for (const play of plays) {
    it.runIf(installed(play.command))(`[TR3] ${play.name}`, () => perform(play), 60_000);
  }
});

async function perform(play: Play): Promise<void> {
  const live = new Emulator(SIZE.cols, SIZE.rows, {
    ...DEAF,
    answer: (bytes) => pty.write(Buffer.from(bytes).toString()),
  });
  const pty = spawn(play.command, play.args(folder), {
    name: 'xterm-256color',
    ...SIZE,
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      // tmux's shell writes it when it is already ended, into a folder that is being removed.
      HISTFILE: '/dev/null',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
    },
    encoding: null,
  });
  let exited = false;
  pty.onExit(() => {
    exited = true;
  });
  const joined: Emulator[] = [];
  let chunks = 0;
  pty.onData((data) => {
    const bytes = new Uint8Array(Buffer.from(data as unknown as Buffer));
    // In the middle of a chunk: inside sequences and characters, where the machine happened to cut.
    const cut = (chunks * 37) % (bytes.length + 1);
    live.write(bytes.subarray(0, cut));
    for (const each of joined) each.write(bytes.subarray(0, cut));
    if (chunks++ % 4 === 0 && joined.length < 25) joined.push(join_(live));
    live.write(bytes.subarray(cut));
    for (const each of joined) each.write(bytes.subarray(cut));
  });
  for (const [shows, keys] of play.keys) {
    await until(() => visible(live).includes(shows) || exited, `${play.name} shows ${shows}`, 20_000);
    pty.write(keys);
  }
  await until(() => visible(live).includes(play.last), `${play.name} shows ${play.last}`, 20_000);
  joined.push(join_(live));
  const wanted = dump(live);
  expect(joined.length).toBeGreaterThan(1);
  for (const [index, each] of joined.entries()) expect(dump(each), `viewer ${index}`).toBe(wanted);
  pty.kill('SIGKILL');
  await until(() => exited, 'its exit');
}

const join_ = (live: Emulator): Emulator => Emulator.restore(live.snapshot(), live.cols, live.rows, DEAF);
