/**
 * ACP's terminals: commands that an agent runs through the bridge, each a process group. Not PTYs. Output is kept to a
 * bound, the newest wins. What a terminal showed stays known after its release, for the tool call it belongs to.
 */
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { type CreateTerminalRequest, RequestError, type TerminalExitStatus } from '@agentclientprotocol/sdk';
import type { ToolContent } from '@porthole/shared/agent-events';
import { isGroupAlive, killGroup, type Processes } from './processes.ts';

const MAX_OUTPUT_CHARS = 1024 * 1024;
const MAX_TERMINALS = 64;
const OUTPUT_GRACE_MS = 300;
/** A background program that prints for ever does not keep a command from ending. */
const MAX_GRACES = 10;
/** While it runs: enough to see what it is doing. */
const LIVE_CHARS = 8 * 1024;

interface Terminal {
  child: ChildProcess;
  output: string;
  /** UTF-16 units that were dropped from its beginning. */
  lost: number;
  limit: number;
  exit: TerminalExitStatus | null;
  exited: Promise<TerminalExitStatus>;
  released: boolean;
  /** Its group, where something in it goes on after it. */
  behind: number | null;
}

export class Terminals {
  readonly #processes: Processes;
  readonly #cwd: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #onChange: (id: string) => void;
  readonly #all = new Map<string, Terminal>();
  #made = 0;

  constructor(processes: Processes, cwd: string, env: NodeJS.ProcessEnv, onChange: (id: string) => void) {
    this.#processes = processes;
    this.#cwd = cwd;
    this.#env = env;
    this.#onChange = onChange;
  }

  create(request: CreateTerminalRequest): string {
    this.#forget();
    this.#made += 1;
    const id = `term-${this.#made}`;
    const given = Object.fromEntries((request.env ?? []).map(({ name, value }) => [name, value]));
    const cwd = resolve(this.#cwd, request.cwd ?? '.');
    const child = this.#processes.start(...commandOf(request), {
      cwd,
      env: { ...this.#env, ...given },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A server that was put in the background goes on.
      sweep: false,
    });
    const limit = Math.min(request.outputByteLimit ?? MAX_OUTPUT_CHARS, MAX_OUTPUT_CHARS);
    this.#all.set(id, this.#follow(id, child, limit));
    return id;
  }

  output(id: string) {
    const { output, lost, exit } = this.#get(id);
    return { output, truncated: lost > 0, exitStatus: exit };
  }

  waitForExit(id: string): Promise<TerminalExitStatus> {
    return this.#get(id).exited;
  }

  kill(id: string): void {
    const { child, exit } = this.#get(id);
    if (child.pid !== undefined && exit === null) killGroup(child.pid, 'SIGKILL');
  }

  release(id: string): void {
    this.kill(id);
    this.#get(id).released = true;
  }

  /** As part of a tool call. */
  content(id: string): ToolContent | null {
    const terminal = this.#all.get(id);
    if (!terminal) return null;
    const { output, lost, exit } = terminal;
    if (exit === null) {
      const cut = lost + Math.max(output.length - LIVE_CHARS, 0);
      return {
        kind: 'terminal',
        output: output.slice(-LIVE_CHARS),
        exitCode: null,
        ...(cut > 0 ? { cut } : {}),
      };
    }
    return { kind: 'terminal', output, exitCode: exit.exitCode ?? -1, ...(lost > 0 ? { cut: lost } : {}) };
  }

  /** Something that was started here runs, in the background as well. */
  get working(): boolean {
    return [...this.#all.values()].some(
      ({ exit, behind }) => exit === null || (behind !== null && isGroupAlive(behind)),
    );
  }

  endAll(): void {
    for (const { child, exit, behind } of this.#all.values()) {
      const group = exit === null ? child.pid : behind;
      if (group != null) killGroup(group, 'SIGKILL');
    }
  }

  #follow(id: string, child: ChildProcess, limit: number): Terminal {
    let settle: (exit: TerminalExitStatus) => void = () => {};
    const exited = new Promise<TerminalExitStatus>((resolve) => {
      settle = resolve;
    });
    const terminal: Terminal = {
      child,
      output: '',
      lost: 0,
      limit,
      exit: null,
      exited,
      released: false,
      behind: null,
    };
    const add = (text: string) => {
      terminal.output += text;
      const over = terminal.output.length - limit;
      // In larger steps than every chunk: each is a copy of all.
      if (over > 0 && (over > limit / 4 || over > 65_536)) trim(terminal);
      this.#onChange(id);
    };
    for (const stream of [child.stdout, child.stderr]) {
      const decoder = new StringDecoder('utf8');
      stream?.on('data', (chunk: Buffer) => add(decoder.write(chunk)));
      stream?.on('error', () => {});
    }
    const end = (exit: TerminalExitStatus) => {
      if (terminal.exit) return;
      terminal.exit = exit;
      trim(terminal);
      this.#onChange(id);
      settle(exit);
    };
    child.on('error', (error) => {
      add(`${error.message}\n`);
      end({ exitCode: 127, signal: null });
    });
    // After its output was read to the end.
    child.on('close', (exitCode, signal) => end({ exitCode, signal }));
    child.on('exit', (exitCode, signal) => {
      if (child.pid && isGroupAlive(child.pid)) terminal.behind = child.pid;
      // What goes on in the background may hold its output open for ever: the end is when nothing more comes.
      const quiet = (graces: number) => {
        const before = terminal.output.length + terminal.lost;
        setTimeout(() => {
          if (terminal.exit || terminal.output.length + terminal.lost === before || graces === 0) {
            end({ exitCode, signal });
          } else quiet(graces - 1);
        }, OUTPUT_GRACE_MS);
      };
      quiet(MAX_GRACES);
    });
    return terminal;
  }

  #get(id: string): Terminal {
    const terminal = this.#all.get(id);
    if (!terminal) throw RequestError.resourceNotFound(id);
    return terminal;
  }

  /** Makes room: released ones first. Running ones count, and their number is bounded. */
  #forget(): void {
    if (this.#all.size < MAX_TERMINALS) return;
    for (const [id, { released, exit }] of this.#all) {
      if (released && exit) {
        this.#all.delete(id);
        return;
      }
    }
    throw RequestError.invalidRequest(undefined, `more than ${MAX_TERMINALS} terminals`);
  }
}

function trim(terminal: Terminal): void {
  const over = terminal.output.length - terminal.limit;
  if (over <= 0) return;
  terminal.output = terminal.output.slice(over);
  terminal.lost += over;
}

/** Agents send a program with arguments, or a whole line for a shell as the command. */
function commandOf({ command, args }: CreateTerminalRequest): [string, string[]] {
  return args && args.length > 0 ? [command, args] : ['/bin/sh', ['-c', command]];
}
