/**
 * One line of a bridge as a message. What comes from a machine is hostile: it is decoded or named.
 * An event that cannot be read keeps its place, or the bridge would send it again for ever. Invariant: nothing comes
 * out of here that only people or the proxy may say, nor anything about an event's place in the log.
 */
import { BridgeImage, BridgeReport, bridgeEvents, proxyEvents } from '@porthole/shared/agent-events';
import { FromBridge } from '@porthole/shared/bridge';
import { SessionId } from '@porthole/shared/ids';
import * as z from 'zod/mini';

export type Line =
  | { kind: 'message'; message: FromBridge }
  /** `damaged`: of a type that is known, and not as that type should be, or not a bridge's to say. */
  | { kind: 'event'; n: number; session: string; event: BridgeReport; damaged: boolean }
  /** Of a newer bridge: nothing that this version has to know. */
  | { kind: 'unknown'; type: string }
  | { kind: 'garbage'; reason: string };

const Typed = z.looseObject({ type: z.string().check(z.maxLength(100)) });
const Numbered = z.object({ n: z.int().check(z.minimum(1)), session: SessionId, event: Typed });

const MESSAGES = new Set(['welcome', 'event', 'delta', 'session', 'refused', 'leaving', 'pong']);
/** Of this version, whoever may say them. */
const EVENTS = new Set(
  [...bridgeEvents, BridgeImage, ...proxyEvents].map((schema) => schema.shape.type.def.values[0] as string),
);

export function decodeLine(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'garbage', reason: 'not JSON' };
  }
  const typed = z.safeParse(Typed, value);
  if (!typed.success) return { kind: 'garbage', reason: 'without a type' };
  const { type } = typed.data;
  if (!MESSAGES.has(type)) return { kind: 'unknown', type };
  if (type === 'event') return decodeEvent(value);
  const message = z.safeParse(FromBridge, value);
  return message.success
    ? { kind: 'message', message: message.data }
    : { kind: 'garbage', reason: `not a ${type}` };
}

function decodeEvent(value: unknown): Line {
  const numbered = z.safeParse(Numbered, value);
  if (!numbered.success) return { kind: 'garbage', reason: 'an event without its number or session' };
  const { n, session, event } = numbered.data;
  const known = z.safeParse(BridgeReport, event);
  if (known.success) return { kind: 'event', n, session, event: known.data, damaged: false };
  // Whoever reads the log finds its type unknown and leaves it where it stands. Its name is all that is kept: the rest
  // could claim a place in the log, or be taken by a later version for what a person did.
  if (!EVENTS.has(event.type)) {
    const named: { type: string } = { type: event.type };
    return { kind: 'event', n, session, event: named as BridgeReport, damaged: false };
  }
  return { kind: 'event', n, session, event: { type: 'overflow', dropped: 1 }, damaged: true };
}
