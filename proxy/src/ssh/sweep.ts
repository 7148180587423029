/**
 * Ends what was started on a machine under a marker. sshd hangs up PTYs, but programs without one, and what
 * they started, live on when their channel closes; so everything we start carries a variable in its
 * environment that names who started it, children inherit it, and `/proc/<pid>/environ` (or `ps`) shows it.
 * Invariant: resolves only when no process with the marker is left. Every failure is one that may pass, but that of a
 * machine that cannot say.
 */
import type { Clock } from '../lib/clock.ts';
import { SshError } from './errors.ts';
import type { SshPool } from './pool.ts';
import { openProcess, type ProcessExit } from './process.ts';
import type { SshTarget } from './target.ts';

/** The script itself is done after some eight seconds; without an answer by then it never began. */
const ANSWER_MS = 20_000;

/**
 * `$1` and `$2` are the marker's name and value, apart: where `ps` is asked, arguments are in what it shows, and the sweep
 * is not to find itself. macOS hides the environment of its own programs, so what the marked ones have started is taken as
 * well, also when those have gone before it. TERM and HUP first, KILL after a second and a half; exit 1 with the pids that stay, 3 when nobody can say.
 */
const SWEEP_SCRIPT = `
if [ -r "/proc/$$/environ" ]; then
  marked() {
    for file in $(grep -lsF -e "$1=$2" /proc/[0-9]*/environ 2>/dev/null); do
      file=\${file#/proc/}
      echo "\${file%/environ}"
    done
  }
else
  case $(uname -s) in Darwin) list=-axEww;; *BSD|DragonFly) list=-axeww;; *) exit 3;; esac
  marked() {
    ps $list -o pid=,ppid=,stat=,command= 2>/dev/null | awk -v name="$1" -v value="$2" -v known=" $(echo $pids) " '
      $3 ~ /^Z/ { next }
      { parent[$1] = $2; if (index($0, name "=" value) || index(known, " " $1 " ")) found[$1] = 1 }
      END {
        if (NR == 0) exit 1
        do {
          more = 0
          for (pid in parent) if (!(pid in found) && (parent[pid] in found)) more = found[pid] = 1
        } while (more)
        for (pid in found) print pid
      }'
  }
fi
pids=
round=0
while :; do
  pids=$(marked "$1" "$2") || exit 3
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

/** For the shell. The marker as in `endProcesses`. */
export function sweepCommand(marker: string): string {
  const [name, value] = marker.split('=');
  return `sh -c '${SWEEP_SCRIPT.replaceAll("'", `'"'"'`)}' sweep ${name} ${value}`;
}

/** The marker is `NAME=value`; its value must be unguessable or unique, for it is matched as a substring. */
export async function endProcesses(
  pool: SshPool,
  clock: Clock,
  target: SshTarget,
  marker: string,
): Promise<void> {
  const process = await openProcess(pool, target, { command: sweepCommand(marker) });
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
  if (exit.exitCode === 3)
    throw new SshError(
      'processes_unknown',
      `${target.label} does not show which processes belong together: it has no /proc, and no ps that lists environments.`,
    );
  const message = `Some processes on ${target.label} could not be ended${left && `: ${left.trim()}`}.`;
  throw new SshError('processes_left', message);
}
