/** The relay's state of a session as it stands in its row, to fold on from. It may be behind the log. */
import { SessionHead } from '@porthole/shared/agent-head';
import * as z from 'zod/mini';
import type { RelayState } from './relay-state.ts';

const Kept = z.object({
  ...SessionHead.shape,
  relay: z.object({
    paused: z.boolean(),
    answers: z.record(z.string(), z.string()),
    choices: z.record(z.string(), z.string()),
    stopping: z.nullable(z.string()),
  }),
});

export function toCheckpoint({ head, ...relay }: RelayState): string {
  return JSON.stringify({ ...head, relay });
}

/** Of another version, or damaged: null, and the log is folded from its first event. */
export function fromCheckpoint(text: string | null): RelayState | null {
  if (text === null) return null;
  try {
    const kept = z.safeParse(Kept, JSON.parse(text));
    if (!kept.success) return null;
    const { relay, ...head } = kept.data;
    return { head, ...relay };
  } catch {
    return null;
  }
}
