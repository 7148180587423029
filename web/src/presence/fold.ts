/** Presence as one fold, and the people in it. Pure. PR2: one full sync, then updates; PR3: devices of one person. */
import type { Connection, DeviceKind, SyncServerMessage } from '@porthole/shared';

export type Connections = Readonly<Record<string, Connection>>;
type PresenceMessage = Extract<SyncServerMessage, { type: `presence_${string}` }>;

export function foldPresence(before: Connections, message: PresenceMessage): Connections {
  switch (message.type) {
    case 'presence_sync':
      return Object.fromEntries(message.connections.map((connection) => [connection.id, connection]));
    case 'presence_update':
      return { ...before, [message.connection.id]: message.connection };
    case 'presence_leave': {
      const { [message.id]: _, ...rest } = before;
      return rest;
    }
  }
}

export interface Person {
  userId: string;
  name: string;
  status: 'online' | 'idle';
  /** Each kind once: two tabs of one laptop are one laptop. In this order: laptop, tablet, phone. */
  devices: DeviceKind[];
  /** Somewhere within what was asked for. */
  typing: boolean;
  connections: Connection[];
}

export interface PeopleFilter {
  workspaceId?: string;
  terminalId?: string;
  sessionId?: string;
}

const DEVICE_ORDER: Record<DeviceKind, number> = { laptop: 0, tablet: 1, phone: 2 };

/** Who is present, by name; those who are offline are not. */
export function peopleOf(connections: Connections, filter: PeopleFilter = {}): Person[] {
  const people = new Map<string, Person>();
  for (const connection of Object.values(connections)) {
    if (connection.status === 'offline' || !isWithin(connection, filter)) continue;
    const person = people.get(connection.userId) ?? {
      userId: connection.userId,
      name: connection.name,
      status: 'idle',
      devices: [],
      typing: false,
      connections: [],
    };
    people.set(connection.userId, person);
    person.connections.push(connection);
    if (connection.status === 'online') person.status = 'online';
    if (connection.typing) person.typing = true;
    if (!person.devices.includes(connection.device)) person.devices.push(connection.device);
  }
  for (const person of people.values()) {
    person.devices.sort((a, b) => DEVICE_ORDER[a] - DEVICE_ORDER[b]);
  }
  return [...people.values()].sort((a, b) => a.name.localeCompare(b.name) || (a.userId < b.userId ? -1 : 1));
}

function isWithin({ place }: Connection, { workspaceId, terminalId, sessionId }: PeopleFilter): boolean {
  if (sessionId !== undefined && place.sessionId !== sessionId) return false;
  if (terminalId !== undefined && place.terminalId !== terminalId) return false;
  return workspaceId === undefined || place.workspaceId === workspaceId;
}

/** "laptop and phone" */
export function describeDevices(devices: readonly DeviceKind[]): string {
  return devices.join(' and ');
}
