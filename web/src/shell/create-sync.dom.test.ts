import type { Connection } from '@porthole/shared';
import { createRoot, createSignal } from 'solid-js';
import { expect, it, vi } from 'vitest';
import type { Sync, SyncOptions } from '../data/sync.ts';
import { createSync } from './create-sync.ts';

/** As the real one: to subscribe to what is subscribed to does nothing, and nothing is told again. */
const fake = vi.hoisted(() => ({ options: null as SyncOptions | null, subscribed: [] as string[] }));
vi.mock('../data/sync.ts', () => ({
  makeSync: async (options: SyncOptions): Promise<Sync> => {
    fake.options = options;
    let current = options.organisationId;
    return {
      connectionId: 'con_own',
      subscribe(next) {
        if (next === current) return;
        current = next;
        fake.subscribed.push(next);
      },
      setPresence() {},
      reconnect() {},
      close() {},
    };
  },
}));

const bo: Connection = {
  id: 'con_bo',
  userId: 'usr_bo',
  name: 'Bo',
  device: 'laptop',
  status: 'online',
  place: { workspaceId: null, terminalId: null },
  typing: false,
  seenAt: 0,
};

it('[FD2] an organisation left and come back to before its mirror was read is still caught up', async () => {
  const [organisation, setOrganisation] = createSignal<string | null>('org_a');
  const { view, dispose } = createRoot((dispose) => ({
    dispose,
    view: createSync({
      organisationId: organisation,
      presence: () => ({ status: 'online', place: bo.place, typing: false }),
      onMembershipLost() {},
      onUnauthorized() {},
      onVersionMismatch() {},
    }),
  }));
  await vi.waitFor(() => expect(fake.options).not.toBeNull());
  fake.options?.onState({ name: 'open' } as never);
  fake.options?.onPresence({ type: 'presence_sync', connections: [bo] });
  fake.options?.onCaughtUp('org_a');
  expect(view.caughtUp()).toBe(true);

  setOrganisation(null);
  expect(view.caughtUp()).toBe(false);
  expect(view.connections()).toEqual({});
  setOrganisation('org_a');
  expect(fake.subscribed).toEqual([]);
  expect(view.caughtUp()).toBe(true);
  expect(Object.keys(view.connections())).toEqual(['con_bo']);

  setOrganisation('org_b');
  expect(fake.subscribed).toEqual(['org_b']);
  expect(view.caughtUp()).toBe(false);
  expect(view.connections()).toEqual({});
  dispose();
});
