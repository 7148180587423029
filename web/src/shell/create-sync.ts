/** The sync socket as signals: connection status, echo time, presence. Owned: closes with its owner. */
import type { DeviceKind } from '@porthole/shared';
import { CloseCode } from '@porthole/shared/version';
import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import type { OwnPresence, Sync } from '../data/sync.ts';
import { connectionStatus } from '../net/connection.ts';
import type { SocketState } from '../net/socket-state.ts';
import { type Connections, foldPresence } from '../presence/fold.ts';

export interface CreateSyncOptions {
  organisationId: Accessor<string | null>;
  presence: Accessor<OwnPresence>;
  onMembershipLost(organisationId: string): void;
  onUnauthorized(): void;
  /** The server speaks another version: the app has to be loaded again. */
  onVersionMismatch(): void;
}

export type SyncView = ReturnType<typeof createSync>;

export function createSync(options: CreateSyncOptions) {
  const [state, setState] = createSignal<SocketState>({ name: 'idle' });
  const [wasConnected, setWasConnected] = createSignal(false);
  const [latency, setLatency] = createSignal<number | null>(null);
  const [connections, setConnections] = createSignal<Connections>({});
  const [caughtUp, setCaughtUp] = createSignal<string | null>(null);
  const [problem, setProblem] = createSignal<{ code: string; message: string } | null>(null);
  const [online, setOnline] = createSignal(navigator.onLine);
  const [ownId, setOwnId] = createSignal<string | null>(null);
  /** Whom the socket is about; the organisation on screen may be none for a moment, and then this one again. */
  const [subscribed, setSubscribed] = createSignal<string | null>(null);
  let sync: Sync | null = null;
  let starting = false;
  let disposed = false;

  const watch = new AbortController();
  onCleanup(() => watch.abort());
  const track = () => setOnline(navigator.onLine);
  addEventListener('online', track, { signal: watch.signal });
  addEventListener('offline', track, { signal: watch.signal });

  async function open(organisationId: string): Promise<void> {
    starting = true;
    // The schemas come with it: the first list is on screen before them.
    const { makeSync } = await import('../data/sync.ts');
    const made = await makeSync({
      organisationId,
      device: deviceKind(),
      onState(next) {
        setState(next);
        if (next.name === 'open') setWasConnected(true);
        else setLatency(null);
        if (next.name !== 'closed') return;
        if (next.code === CloseCode.unauthorized) options.onUnauthorized();
        if (next.code === CloseCode.versionMismatch) options.onVersionMismatch();
      },
      onLatency: setLatency,
      onPresence: (message) => setConnections((before) => foldPresence(before, message)),
      onCaughtUp(id) {
        setCaughtUp(id);
        setProblem(null);
      },
      onMembershipLost: options.onMembershipLost,
      onProblem(next) {
        setProblem(next);
        if (next.code === 'version_mismatch') options.onVersionMismatch();
      },
    });
    if (disposed) {
      made.close();
      return;
    }
    sync = made;
    setOwnId(made.connectionId);
    sync.setPresence(options.presence());
    const wanted = options.organisationId();
    if (wanted) sync.subscribe(wanted);
  }

  createEffect(
    on(options.organisationId, (organisationId) => {
      if (!organisationId) return;
      // One that is subscribed to already does not say again who is there and that it has caught up.
      if (organisationId !== subscribed()) {
        setConnections({});
        setCaughtUp(null);
        setSubscribed(organisationId);
      }
      if (sync) sync.subscribe(organisationId);
      else if (!starting)
        void open(organisationId)
          .catch((fault) => setProblem(problemOf(fault)))
          .finally(() => {
            starting = false;
          });
    }),
  );
  createEffect(on(options.presence, (presence) => sync?.setPresence(presence), { defer: true }));
  onCleanup(() => {
    disposed = true;
    sync?.close();
  });

  const status = createMemo(() => connectionStatus(state(), online(), wasConnected()));

  return {
    status,
    latency,
    /** Everybody present. What this tab says of itself it need not hear from the server first. */
    connections: createMemo((): Connections => {
      // Nobody knows who is here without a connection; a short gap is not worth a flicker.
      if (['offline', 'lost', 'refused'].includes(status().name)) return {};
      if (subscribed() !== options.organisationId()) return {};
      const all = connections();
      const own = all[ownId() ?? ''];
      return own ? { ...all, [own.id]: { ...own, ...options.presence() } } : all;
    }),
    problem,
    /** The organisation on screen is as on the server. */
    caughtUp: () => caughtUp() !== null && caughtUp() === options.organisationId(),
    reconnect: () => sync?.reconnect(),
  };
}

function problemOf(fault: unknown): { code: string; message: string } {
  return { code: 'storage_full', message: fault instanceof Error ? fault.message : String(fault) };
}

export function deviceKind(): DeviceKind {
  if (!matchMedia('(pointer: coarse)').matches) return 'laptop';
  return Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet';
}
