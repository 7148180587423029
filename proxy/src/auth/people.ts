/**
 * People and their sign-ins: what the routes of this feature and of organisations are made of.
 */
import { PortholeError } from '@porthole/shared';
import type { Me } from '@porthole/shared/http';
import type { Context } from 'hono';
import type { Bus } from '../bus/bus.ts';
import type { Database, Tx } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { deviceName } from './device-name.ts';
import type { Passwords } from './passwords.ts';
import type { Sessions } from './sessions.ts';
import { deleteDevice, deleteDevices, insertUser, userByEmail, userById } from './store.ts';

export interface PeopleDeps {
  db: Database;
  bus: Bus;
  clock: Clock;
  sessions: Sessions;
  passwords: Passwords;
  organisationsOf: (userId: string) => Promise<Me['organisations']>;
}

export class People {
  readonly #deps: PeopleDeps;

  constructor(deps: PeopleDeps) {
    this.#deps = deps;
  }

  /** Hashes outside the transaction; then adds the person within it and answers their id. */
  async prepare(person: {
    name: string;
    email: string;
    password: string;
  }): Promise<(tx: Tx) => Promise<string>> {
    const { passwords, clock } = this.#deps;
    const { name, email } = person;
    const passwordHash = await passwords.hash(person.password);
    return async (tx) => {
      if (await userByEmail(tx.q, email))
        throw new PortholeError('email_taken', 'Somebody has this e-mail address here. Sign in instead.', {
          fields: { email: 'is taken' },
        });
      const id = newId('user');
      await insertUser(tx, { id, email, name, password_hash: passwordHash, created_at: clock.now() });
      return id;
    };
  }

  /** A session for this device, as a cookie on the answer; the one it had is over. Answers the device's id. */
  async signIn(context: Context, address: string, userId: string): Promise<string> {
    const { sessions, clock } = this.#deps;
    const before = await sessions.find(context.req.header('cookie'));
    if (before) await this.endDevice(before.user.id, before.deviceId);
    const name = deviceName(context.req.header('user-agent'));
    const { cookie, deviceId } = await sessions.start(userId, { name, address, now: clock.now() });
    context.header('Set-Cookie', cookie, { append: true });
    return deviceId;
  }

  forget(context: Context): void {
    context.header('Set-Cookie', this.#deps.sessions.forget(), { append: true });
  }

  /** Its sockets close at once. Answers whether there was such a device. */
  async endDevice(userId: string, deviceId: string): Promise<boolean> {
    const { db, bus } = this.#deps;
    const found = await deleteDevice(db.q, userId, deviceId);
    if (found) bus.publish('signed_out', userId, { what: 'device', id: deviceId });
    return found;
  }

  async endDevices(userId: string, except: string | null): Promise<void> {
    const { db, bus } = this.#deps;
    for (const id of await deleteDevices(db.q, userId, except))
      bus.publish('signed_out', userId, { what: 'device', id });
  }

  /** `onlyIn`: an API token sees one organisation. */
  async me(userId: string, deviceId: string | null, onlyIn: string | null = null): Promise<Me> {
    const user = await userById(this.#deps.db.q, userId);
    if (!user) throw new PortholeError('unauthenticated', 'Sign in first.');
    const organisations = await this.#deps.organisationsOf(userId);
    return {
      user: { id: user.id, name: user.name, email: user.email, hasPassword: user.password_hash !== null },
      deviceId,
      organisations: organisations.filter(({ id }) => onlyIn === null || id === onlyIn),
    };
  }
}
