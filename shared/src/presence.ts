/** Presence: who is here, on which device, where. SPEC.md, PR. Rides `/ws/sync`. */
import * as z from 'zod/mini';
import { ConnectionId, SessionId, TerminalId, UserId, WorkspaceId } from './ids.ts';
import { DeviceKind } from './terminal.ts';

export const PRESENCE_HEARTBEAT_MS = 30_000;
export const PRESENCE_STALE_MS = 120_000;

export const PresenceStatus = z.enum(['online', 'idle', 'offline']);

/** Where a connection looks. */
export const PresencePlace = z.object({
  workspaceId: z.nullable(WorkspaceId),
  terminalId: z.nullable(TerminalId),
  /** Absent: an app of before sessions. */
  sessionId: z.optional(z.nullable(SessionId)),
});
export type PresencePlace = z.infer<typeof PresencePlace>;

export const Connection = z.object({
  id: ConnectionId,
  userId: UserId,
  name: z.string(),
  device: DeviceKind,
  status: PresenceStatus,
  place: PresencePlace,
  typing: z.boolean(),
  /** Milliseconds since 1970, by the proxy's clock. */
  seenAt: z.number(),
});
export type Connection = z.infer<typeof Connection>;
