/**
 * What of a session must survive the bridge: the agent's id of the conversation, which prompts have begun (so that none
 * begins twice), the turn that runs, and what prompts have chosen for themselves alone. Written as a whole before what it announces happens.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { readIfAny, writeWhole } from './folder.ts';
import type { Overridden, OverriddenStore } from './offers.ts';

/** The proxy repeats the newest ones at the most: those it has no end of. */
const MAX_BEGUN = 1_000;

const Kept = z.object({
  agentSession: z.nullable(z.string()),
  begun: z.array(z.string()),
  turn: z.nullable(z.string()),
  /** The number that the turn's end has got or will get; null: it has not ended. */
  endsAt: z.nullable(z.int()),
  overridden: z.optional(z.record(z.string(), z.object({ once: z.string(), before: z.string() }))),
});
type Kept = z.infer<typeof Kept>;

export class SessionRecord implements OverriddenStore {
  readonly session: string;
  readonly #path: string;
  #kept: Kept;

  constructor(folder: string, session: string) {
    this.session = session;
    this.#path = join(folder, `${session}.json`);
    this.#kept = read(this.#path);
  }

  get agentSession(): string | null {
    return this.#kept.agentSession;
  }

  /** A turn is noted, ended or not. */
  get isOpenEnded(): boolean {
    return this.#kept.turn !== null;
  }

  get overridden(): Overridden {
    return this.#kept.overridden ?? {};
  }

  set overridden(overridden: Overridden) {
    this.#write({ overridden });
  }

  get hasBegunAny(): boolean {
    return this.#kept.begun.length > 0;
  }

  hasBegun(prompt: string): boolean {
    return this.#kept.begun.includes(prompt);
  }

  setAgentSession(agentSession: string): void {
    if (agentSession !== this.agentSession) this.#write({ agentSession });
  }

  begin(prompt: string): void {
    this.#write({ begun: [...this.#kept.begun, prompt].slice(-MAX_BEGUN), turn: prompt, endsAt: null });
  }

  /** Before its end is written as this event. */
  ending(number: number): void {
    this.#write({ endsAt: number });
  }

  ended(): void {
    this.#write({ turn: null, endsAt: null });
  }

  /** The turn that ran when an earlier bridge was killed; `last` is the spool's. */
  interrupted(last: number): string | null {
    const { turn, endsAt } = this.#kept;
    return endsAt !== null && endsAt <= last ? null : turn;
  }

  #write(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    writeWhole(this.#path, JSON.stringify(this.#kept));
  }
}

function read(path: string): Kept {
  try {
    const found = z.safeParse(Kept, JSON.parse(readIfAny(path) ?? 'null'));
    if (found.success) return found.data;
  } catch {
    // Not JSON: as if there were none.
    rmSync(path, { force: true });
  }
  return { agentSession: null, begun: [], turn: null, endsAt: null };
}
