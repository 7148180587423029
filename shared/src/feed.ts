/**
 * The sync socket, `/ws/sync`: the feed of one organisation at a time, and presence. SPEC.md, FD and PR.
 * Text frames only.
 */
import * as z from 'zod/mini';
import { ErrorCodeSchema } from './errors.ts';
import { ConnectionId, OrganisationId } from './ids.ts';
import { Connection, PresencePlace, PresenceStatus } from './presence.ts';
import { MirroredTableName } from './rows.ts';
import { DeviceKind } from './terminal.ts';

/** Changes kept per organisation; a cursor older than that gets a reset. */
export const FEED_KEPT = 10_000;
/** Changes or rows in one frame at the most. */
export const FEED_BATCH = 200;
/** The largest server frame on this socket, in bytes. */
export const SYNC_FRAME_BYTES = 1024 * 1024;

export const FeedSeq = z.int().check(z.minimum(0));

export const FeedChange = z.object({
  seq: FeedSeq,
  table: MirroredTableName,
  id: z.string(),
  op: z.enum(['put', 'delete']),
  /** A row of `MIRRORED[table]` for `put`, null for `delete`. Checked against its schema by the receiver. */
  row: z.nullable(z.record(z.string(), z.unknown())),
});
export type FeedChange = z.infer<typeof FeedChange>;

export const SyncClientMessage = z.discriminatedUnion('type', [
  /** The first frame, and again to switch organisations. `cursor`: the last seq applied here, null for none. */
  z.object({
    type: z.literal('subscribe'),
    version: z.int(),
    organisationId: OrganisationId,
    cursor: z.nullable(FeedSeq),
    connection: ConnectionId,
    device: DeviceKind,
  }),
  /** Also the heartbeat: every `PRESENCE_HEARTBEAT_MS`, and at once on a change. */
  z.object({
    type: z.literal('presence'),
    status: PresenceStatus,
    place: PresencePlace,
    typing: z.boolean(),
  }),
  z.object({ type: z.literal('ping'), id: z.int() }),
]);
export type SyncClientMessage = z.infer<typeof SyncClientMessage>;

export const SyncServerMessage = z.discriminatedUnion('type', [
  /** Ordered changes after the cursor; the new cursor is `cursor`. */
  z.object({
    type: z.literal('changes'),
    organisationId: OrganisationId,
    cursor: FeedSeq,
    changes: z.array(FeedChange),
    /** Nothing more is waiting: the mirror is up to date. */
    caughtUp: z.boolean(),
  }),
  /** The cursor is too old (or null): `rows` frames with everything follow, the last one has `last`. */
  z.object({ type: z.literal('reset'), organisationId: OrganisationId }),
  z.object({
    type: z.literal('rows'),
    organisationId: OrganisationId,
    table: MirroredTableName,
    rows: z.array(z.record(z.string(), z.unknown())),
  }),
  /** Ends a reset: replace the mirror with the rows received, in one transaction, and take this cursor. */
  z.object({ type: z.literal('reset_done'), organisationId: OrganisationId, cursor: FeedSeq }),
  /** Everybody present, once after `subscribe`. */
  z.object({ type: z.literal('presence_sync'), connections: z.array(Connection) }),
  z.object({ type: z.literal('presence_update'), connection: Connection }),
  z.object({ type: z.literal('presence_leave'), id: ConnectionId }),
  /** This person is no longer a member: the device forgets the organisation's data (FD4). */
  z.object({ type: z.literal('membership_lost'), organisationId: OrganisationId }),
  z.object({ type: z.literal('pong'), id: z.int() }),
  z.object({ type: z.literal('error'), code: ErrorCodeSchema, message: z.string() }),
]);
export type SyncServerMessage = z.infer<typeof SyncServerMessage>;
