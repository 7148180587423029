/**
 * The device's mirror in IndexedDB: a cache, never the only copy. One table for each mirrored table, the feed's
 * cursor per organisation, and the last screen of each terminal. The only importer of Dexie besides its neighbours.
 */
import type { MirroredRow, MirroredTable } from '@porthole/shared';
import type { SessionEvent } from '@porthole/shared/agent-events';
import type { SessionHead } from '@porthole/shared/agent-head';
import Dexie, { type EntityTable, type Table } from 'dexie';

/** A terminal's last screen as this device saw it: shown before, and without, the network. */
export interface ScreenRecord {
  terminalId: string;
  epoch: string;
  seq: number;
  cols: number;
  rows: number;
  /** A serialized screen, ready to be written to a reset terminal of `cols`×`rows`. */
  data: Uint8Array;
  at: number;
}

/** Waits to be sent, once (FD3): agents/outbox.ts. */
export interface OutboxRecord {
  /** The client request id. */
  id: string;
  organisationId: string;
  /** What it is about: those of one session are sent in their order. */
  sessionId: string;
  kind: string;
  payload: unknown;
  /** Their order; two of one millisecond still differ. */
  createdAt: number;
  /** It was sent, and how that went is not known: the server may have it. */
  tried?: boolean;
  /** Refused by the server: it waits for a person to send it again or to take it back. */
  fault: { code: string; message: string } | null;
}

/** Of a session's log, as it was decoded. The stored ones are a gapless stretch, up to the newest (agents/cache.ts). */
export interface EventRecord {
  sessionId: string;
  seq: number;
  event: SessionEvent;
}

/** What a session was at when this device last saw it. */
export interface HeadRecord {
  sessionId: string;
  organisationId: string;
  head: SessionHead;
  /** Of the stored events, as JSON in UTF-16 units. */
  chars: number;
  /** When it was last open here. */
  at: number;
}

/** What is written and not sent. `place`: a session, or a workspace in which one is about to begin. */
export interface DraftRecord {
  place: string;
  organisationId: string;
  text: string;
  choices: Record<string, string>;
  at: number;
}

/** How far this device has read a session. */
export interface ReadRecord {
  sessionId: string;
  organisationId: string;
  seq: number;
}

interface CursorRecord {
  organisationId: string;
  /** The last feed seq applied here. */
  cursor: number;
}

interface FactRecord {
  key: string;
  value: unknown;
}

class PortholeDatabase extends Dexie {
  declare organisations: EntityTable<MirroredRow<'organisations'>, 'id'>;
  /** A person may be a member of several organisations: the key is both ids. */
  declare members: Table<MirroredRow<'members'>, [string, string]>;
  declare repositories: EntityTable<MirroredRow<'repositories'>, 'id'>;
  declare hosts: EntityTable<MirroredRow<'hosts'>, 'id'>;
  declare workspaces: EntityTable<MirroredRow<'workspaces'>, 'id'>;
  declare terminals: EntityTable<MirroredRow<'terminals'>, 'id'>;
  declare sessions: EntityTable<MirroredRow<'sessions'>, 'id'>;
  declare agents: EntityTable<MirroredRow<'agents'>, 'id'>;
  declare cursors: EntityTable<CursorRecord, 'organisationId'>;
  declare screens: EntityTable<ScreenRecord, 'terminalId'>;
  declare outbox: EntityTable<OutboxRecord, 'id'>;
  declare events: Table<EventRecord, [string, number]>;
  declare heads: EntityTable<HeadRecord, 'sessionId'>;
  declare drafts: EntityTable<DraftRecord, 'place'>;
  declare reads: EntityTable<ReadRecord, 'sessionId'>;
  /** Small things the app must know before the network answers: who is signed in, where they were. */
  declare facts: EntityTable<FactRecord, 'key'>;

  constructor() {
    super('porthole');
    this.version(1).stores({
      organisations: 'id',
      members: '[organisationId+id], organisationId',
      repositories: 'id, organisationId',
      hosts: 'id, organisationId',
      workspaces: 'id, organisationId',
      terminals: 'id, organisationId, workspaceId',
      cursors: 'organisationId',
      screens: 'terminalId',
      outbox: 'id, organisationId',
      facts: 'key',
    });
    this.version(2).stores({
      sessions: 'id, organisationId, workspaceId',
      agents: 'id, organisationId',
    });
    this.version(3).stores({
      outbox: 'id, organisationId, sessionId',
      events: '[sessionId+seq]',
      heads: 'sessionId, organisationId',
      drafts: 'place, organisationId',
      reads: 'sessionId, organisationId',
    });
  }
}

export const db = new PortholeDatabase();

/** Where a row lives. Only here is it known that a member's key has two parts. */
export function keyOf(table: MirroredTable, organisationId: string, id: string): string | [string, string] {
  return table === 'members' ? [organisationId, id] : id;
}

/** Every mirrored table; a missing one does not compile. */
export const TABLES = Object.keys({
  organisations: true,
  members: true,
  repositories: true,
  hosts: true,
  workspaces: true,
  terminals: true,
  sessions: true,
  agents: true,
} satisfies Record<MirroredTable, true>) as MirroredTable[];

export const mirrored = (name: MirroredTable) =>
  db.table(name) as Table<MirroredRow<MirroredTable>, string | [string, string]>;

/** Within a transaction of the caller's. */
export function terminalIds(organisationId: string): Promise<string[]> {
  return db.terminals.where({ organisationId }).primaryKeys();
}

/** Within a transaction of the caller's: the logs of these sessions. */
export async function deleteLogs(sessionIds: readonly string[]): Promise<void> {
  for (const id of sessionIds)
    await db.events
      .where('[sessionId+seq]')
      .between(...logOf(id))
      .delete();
  await db.heads.bulkDelete([...sessionIds]);
}

/** The bounds of a session's events, as keys. */
export const logOf = (sessionId: string): [[string, number], [string, number]] => [
  [sessionId, 0],
  [sessionId, Number.MAX_SAFE_INTEGER],
];

/** Within a transaction of the caller's. */
export async function clearRows(organisationId: string): Promise<void> {
  for (const table of TABLES) {
    if (table === 'organisations') await db.organisations.delete(organisationId);
    else await mirrored(table).where({ organisationId }).delete();
  }
}
