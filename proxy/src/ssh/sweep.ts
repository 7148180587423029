/**
 * Ends what was started on a machine under a marker. sshd hangs up PTYs, but programs without one, and what
 * they started, live on when their channel closes; so everything we start carries a variable in its
 * environment that names who started it, children inherit it, and `/proc/<pid>/environ` shows it.
 * Invariant: resolves only when no process with the marker is left. Every failure is one that may pass.
 */
import type { Clock } from '../lib/clock.ts';
import { SshError } from './errors.ts';
import type { SshPool } from './pool.ts';
import { openProcess, type ProcessExit } from './process.ts';
import type { SshTarget } from './target.ts';

/** The script itself is done after some eight seconds; without an answer by then it never began. */
const ANSWER_MS = 20_000;

/** `$1` is `NAME=value`. TERM and HUP first, KILL after a second and a half; exit 1 with the pids that stay. */
const SWEEP_SCRIPT = `
round=0
while :; do
  pids=
  for file in $(grep -lsF -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${file#/proc/}
    pids="$pids \${pid%/environ}"
  done
  [ -n "$pids" ] || exit 0
  case $round in
    0) kill -HUP $pids 2>/dev/null; kill -TERM $pids 2>/dev/null; kill -CONT $pids 2>/dev/null;;
    1|2|3|4|5|6|7|8|9|10|11|12|13|14) ;;
    60) echo "$pids"; exit 1;;
    *) kill -KILL $pids 2>/dev/null;;
  esac
  round=$((round + 1))
  sleep 0.1
done`.trim();

/** The marker is `NAME=value`; its value must be unguessable or unique, for it is matched as a substring. */
export async function endProcesses(
  pool: SshPool,
  clock: Clock,
  target: SshTarget,
  marker: string,
): Promise<void> {
  const command = `sh -c '${SWEEP_SCRIPT.replaceAll("'", `'"'"'`)}' sweep ${marker}`;
  const process = await openProcess(pool, target, { command });
  process.end();
  let left = '';
  process.onStdout((chunk) => {
    left += Buffer.from(chunk).toString();
  });
  const exit = await new Promise<ProcessExit | 'no answer'>((resolve) => {
    const timer = clock.after(ANSWER_MS, () => resolve('no answer'));
    process.onExit((ended) => {
      timer.dispose();
      resolve(ended);
    });
  });
  if (exit === 'no answer') {
    process.close();
    throw new SshError('timeout', `${target.label} did not say whether all processes have ended.`);
  }
  if (exit.kind === 'lost')
    throw new SshError('lost', `The connection to ${target.label} was lost while processes were ended.`);
  if (exit.exitCode === 0) return;
  const message = `Some processes on ${target.label} could not be ended${left && `: ${left.trim()}`}.`;
  throw new SshError('processes_left', message);
}
