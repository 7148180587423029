/**
 * What commands have printed that an agent runs by itself, as it tells beside its tool calls. Bounded: the newest
 * terminals, and of each its newest output.
 */
import type { ToolContent } from '@porthole/shared/agent-events';
import type { Printed } from './updates.ts';

const MAX_TERMINALS = 64;
const MAX_OUTPUT_CHARS = 256 * 1024;
/** While it runs: enough to see what it is doing. */
const LIVE_CHARS = 8 * 1024;

interface Printout {
  output: string;
  /** UTF-16 units that were dropped from its beginning. */
  lost: number;
  exitCode: number | null;
}

export class Printouts {
  readonly #all = new Map<string, Printout>();

  add({ terminal, output, exitCode }: Printed): void {
    const known = this.#all.get(terminal) ?? { output: '', lost: 0, exitCode: null };
    if (!this.#all.has(terminal) && this.#all.size >= MAX_TERMINALS)
      this.#all.delete(this.#all.keys().next().value as string);
    this.#all.set(terminal, known);
    known.output += output;
    // In larger steps than every chunk: each is a copy of all.
    if (known.output.length > MAX_OUTPUT_CHARS * 1.25) trim(known);
    if (exitCode !== null) known.exitCode = exitCode;
  }

  /** null: nothing was told of it. */
  content(terminal: string): ToolContent | null {
    const known = this.#all.get(terminal);
    if (!known) return null;
    const { output, lost, exitCode } = known;
    const shown = output.slice(exitCode === null ? -LIVE_CHARS : -MAX_OUTPUT_CHARS);
    const cut = lost + output.length - shown.length;
    return { kind: 'terminal', output: shown, exitCode, ...(cut > 0 ? { cut } : {}) };
  }
}

function trim(printout: Printout): void {
  const over = printout.output.length - MAX_OUTPUT_CHARS;
  printout.output = printout.output.slice(over);
  printout.lost += over;
}
