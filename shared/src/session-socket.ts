/**
 * The session socket, `/ws/sessions/:sessionId`: a session's events as they are stored, and text as it grows.
 * SPEC.md, AG. Text frames only. What people do to a session goes over HTTP (`api/sessions.ts`), so that it can wait
 * in an outbox.
 */
import * as z from 'zod/mini';
import { EventSeq } from './agent-events.ts';
import { ErrorCodeSchema } from './errors.ts';
import { PromptId } from './ids.ts';

const Count = z.int().check(z.minimum(0));

export const SessionClientMessage = z.discriminatedUnion('type', [
  /** The first frame. `after`: the last seq this device has; null: none, send the newest page. */
  z.object({ type: z.literal('attach'), version: z.int(), after: z.nullable(Count) }),
  /** AG8: keys are being pressed in this session's composer. */
  z.object({ type: z.literal('typing') }),
  z.object({ type: z.literal('ping'), id: z.int() }),
]);
export type SessionClientMessage = z.infer<typeof SessionClientMessage>;

const Delta = {
  turn: PromptId,
  item: z.string(),
  kind: z.enum(['message', 'thought']),
  /** UTF-16 place in the item's text. */
  at: Count,
  text: z.string(),
};

export const SessionServerMessage = z.discriminatedUnion('type', [
  /**
   * `events` frames from `from` to `head` follow, then live ones. When `from` > after + 1, what lies between is paged
   * by HTTP. `partials`: what has grown of each unfinished text.
   */
  z.object({
    type: z.literal('attached'),
    from: Count,
    head: Count,
    partials: z.array(z.object(Delta)),
  }),
  /** In order, without a gap within the frame; each is decoded with `decodeEvent`. */
  z.object({
    type: z.literal('events'),
    events: z.array(z.looseObject({ seq: EventSeq, at: z.number(), type: z.string() })),
  }),
  /** From `at` on the text is this; a device that has less than `at` of it waits for the whole. */
  z.object({ type: z.literal('delta'), ...Delta }),
  /** What is being done to reach the agent's machine, or why it is not reached; null: nothing keeps it away. */
  z.object({ type: z.literal('link'), note: z.nullable(z.string()) }),
  z.object({ type: z.literal('pong'), id: z.int() }),
  z.object({ type: z.literal('error'), code: ErrorCodeSchema, message: z.string() }),
]);
export type SessionServerMessage = z.infer<typeof SessionServerMessage>;
