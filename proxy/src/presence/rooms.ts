/**
 * One room per organisation: tells everybody in it who comes, moves and goes (PR2).
 * Invariants: a connection id belongs to one person; when the same device connects again before its old socket is
 * known to be dead, the newer seat stands and the older one's end says nothing.
 */
import { type Connection, PortholeError, type SyncServerMessage } from '@porthole/shared';
import type { Clock } from '../lib/clock.ts';
import type { Disposable } from '../lib/disposable.ts';
import { left, nobody, type Present, passed, spoke } from './fold.ts';

/** In one organisation at the same time. */
const MAX_CONNECTIONS = 2_000;
const TICK_MS = 1_000;

export type Said = Pick<Connection, 'status' | 'place' | 'typing'>;
type Who = Pick<Connection, 'id' | 'userId' | 'name' | 'device'>;

export interface Seat extends Disposable {
  say(said: Said): void;
}

interface Room {
  present: Present;
  seats: Map<string, { who: Who; send: (message: SyncServerMessage) => void }>;
  ticking: Disposable;
}

export class PresenceRooms {
  readonly #rooms = new Map<string, Room>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends `presence_sync` to the newcomer and tells the others. Throws `conflict` and `too_many`. */
  join(organisationId: string, who: Who, send: (message: SyncServerMessage) => void): Seat {
    const room = this.#room(organisationId);
    const before = room.seats.get(who.id);
    if (before && before.who.userId !== who.userId)
      throw new PortholeError('conflict', 'This connection id is taken. Choose another one.');
    if (!before && room.seats.size >= MAX_CONNECTIONS)
      throw new PortholeError('too_many', `More than ${MAX_CONNECTIONS} connections are open here.`);
    const seat = { who, send };
    room.seats.set(who.id, seat);
    const last = room.present.get(who.id);
    this.#say(room, who, {
      status: 'online',
      place: last?.place ?? { workspaceId: null, terminalId: null },
      typing: false,
    });
    send({ type: 'presence_sync', connections: [...room.present.values()] });
    return {
      say: (said) => {
        if (room.seats.get(who.id) === seat) this.#say(room, who, said);
      },
      dispose: () => {
        if (room.seats.get(who.id) === seat) this.#leave(organisationId, room, who.id);
      },
    };
  }

  #room(organisationId: string): Room {
    const found = this.#rooms.get(organisationId);
    if (found) return found;
    const room: Room = {
      present: nobody,
      seats: new Map(),
      ticking: this.#clock.every(TICK_MS, () => {
        const { present, updates } = passed(room.present, this.#clock.now());
        room.present = present;
        for (const connection of updates) tell(room, { type: 'presence_update', connection });
      }),
    };
    this.#rooms.set(organisationId, room);
    return room;
  }

  #say(room: Room, who: Who, said: Said): void {
    const { present, updates } = spoke(room.present, { ...who, ...said, seenAt: this.#clock.now() });
    room.present = present;
    for (const connection of updates) tell(room, { type: 'presence_update', connection }, who.id);
  }

  #leave(organisationId: string, room: Room, id: string): void {
    room.seats.delete(id);
    room.present = left(room.present, id);
    tell(room, { type: 'presence_leave', id });
    if (room.seats.size > 0) return;
    room.ticking.dispose();
    this.#rooms.delete(organisationId);
  }
}

function tell(room: Room, message: SyncServerMessage, except?: string): void {
  for (const [id, seat] of room.seats) if (id !== except) seat.send(message);
}
