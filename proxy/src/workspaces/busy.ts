/**
 * Whether something works in a workspace's terminals while nobody looks (WS3): a foreground job that is not
 * merely waiting for a key. Quiet long work (a build, a download, a sleep) is busy; an open editor is not.
 */
import type { ExecOptions, ExecResult } from '../ssh/exec.ts';
import { quote } from '../ssh/quote.ts';
import { workspaceMarker } from './provider.ts';

/**
 * One line per process with the marker: pid, then /proc/<pid>/stat from the state on, then its name. Without /proc (macOS,
 * BSD) it fails: an empty list would say that nothing runs.
 */
const LIST_SCRIPT = `
[ -r "/proc/$$/environ" ] || exit 3
for file in $(grep -lsF -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
  at=\${file%/environ}
  { read -r stat < "$at/stat"; } 2>/dev/null || continue
  name=\${stat#*\\(}
  rest=\${stat##*) }
  set -- $rest
  echo "\${at#/proc/} $3 $4 $5 $6 \${name%)*}"
done`;

export interface TerminalProcess {
  pid: number;
  /** Process group. */
  group: number;
  session: number;
  /** 0: none. */
  tty: number;
  /** The foreground process group of its terminal. */
  foreground: number;
  name: string;
}

const SHELLS = new Set([
  'sh',
  'bash',
  'zsh',
  'fish',
  'dash',
  'ash',
  'ksh',
  'csh',
  'tcsh',
  'nu',
  'elvish',
  'login',
]);

/** Programs that wait for a person when they are quiet. A multiplexer's panes are terminals of their own. */
const WAITING = new Set([
  ...[
    'vi',
    'vim',
    'nvim',
    'view',
    'nano',
    'pico',
    'emacs',
    'hx',
    'helix',
    'kak',
    'micro',
    'joe',
    'ed',
    'mcedit',
  ],
  ...[
    'less',
    'more',
    'most',
    'man',
    'pager',
    'bat',
    'info',
    'top',
    'htop',
    'btop',
    'mc',
    'ranger',
    'nnn',
    'lf',
  ],
  ...['tmux', 'tmux: client', 'screen', 'zellij', 'lazygit', 'tig', 'fzf'],
]);

export function isBusy(processes: readonly TerminalProcess[]): boolean {
  return processes.some(({ tty, group, foreground, session, name }) => {
    if (tty === 0 || group !== foreground) return false;
    const isLeader = group === session;
    return !(isLeader && SHELLS.has(name)) && !WAITING.has(name);
  });
}

export function parseProcesses(output: string): TerminalProcess[] {
  return output.split('\n').flatMap((line) => {
    const [pid, group, session, tty, foreground, ...name] = line.split(' ');
    if (foreground === undefined || name.length === 0) return [];
    return [
      {
        pid: Number(pid),
        group: Number(group),
        session: Number(session),
        tty: Number(tty),
        foreground: Number(foreground),
        name: name.join(' '),
      },
    ];
  });
}

/** Asks the machine. One that does not answer, or cannot say, counts as busy: nothing is stopped on a guess. */
export async function hasBusyForeground(
  run: (options: ExecOptions) => Promise<ExecResult>,
  workspaceId: string,
): Promise<boolean> {
  try {
    const command = `set -- ${quote(workspaceMarker(workspaceId))}\n${LIST_SCRIPT}`;
    const { stdout, exitCode, timedOut } = await run({ command, timeoutMs: 20_000 });
    return timedOut || exitCode !== 0 || isBusy(parseProcesses(stdout.toString('utf8')));
  } catch {
    return true;
  }
}
