/**
 * Who is signed in on this device. The mirror's word is taken first, so that a cold start needs no network; the
 * server's follows. Invariant: when nobody is signed in any more, nothing of theirs stays on the device (FD4).
 */
import type { Me, ServerInfo } from '@porthole/shared/http';
import { batch, createSignal, onCleanup } from 'solid-js';
import { forgetEverything, forgetOrganisation, readFact, sweepScreens, writeFact } from '../data/forget.ts';
import type { ApiError } from '../net/api-error.ts';
import { ask, onUnauthenticated } from '../net/call.ts';

export type SessionState =
  | { name: 'starting' }
  | { name: 'signed-in'; me: Me }
  | { name: 'signed-out'; needsSetup: boolean }
  /** Never signed in here, and no network to do so. */
  | { name: 'unreachable'; error: ApiError };

type Broadcast = { type: 'signed-out' } | { type: 'signed-in' } | { type: 'forgot'; organisationId: string };

/** By then views that were taken down have written what they still had to write. */
const SETTLED_MS = 1_000;
const ORGANISATION_KEY = 'porthole.organisation';

export type Session = ReturnType<typeof createSession>;

export function createSession() {
  const [state, setState] = createSignal<SessionState>({ name: 'starting' });
  const [organisationId, setOrganisationId] = createSignal<string | null>(null);
  const [server, setServer] = createSignal<ServerInfo | null>(null);
  const channel = new BroadcastChannel('porthole');
  onCleanup(() => channel.close());
  const tell = (message: Broadcast) => channel.postMessage(message);
  channel.onmessage = ({ data }: MessageEvent<Broadcast>) => {
    if (data.type === 'signed-out') void leave();
    else if (data.type === 'signed-in' && state().name !== 'signed-in') void refresh();
    else if (data.type === 'forgot') dropOrganisation(data.organisationId);
  };
  onCleanup(
    onUnauthenticated(() => {
      if (state().name !== 'signed-in') return;
      void leave();
      tell({ type: 'signed-out' });
    }),
  );

  /** Raised by signing out: an answer asked for before says nothing about after. */
  let generation = 0;
  /** What changes the device's data happens one after another. */
  let tail: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = tail.then(work);
    tail = turn.catch(() => {});
    return turn;
  }

  async function start(): Promise<void> {
    const [me, known] = await Promise.all([
      readFact<Me>('me').catch(() => undefined),
      readFact<ServerInfo>('server').catch(() => undefined),
    ]);
    if (known) setServer(known);
    if (me) adopt(me);
    await refresh();
  }

  /** Asks the server who this is. Without an answer, what is known stays. */
  async function refresh(): Promise<void> {
    const asked = generation;
    try {
      const me = await ask<'getMe'>('GET', '/api/me');
      if (asked === generation) await signedIn(me);
    } catch (fault) {
      if (asked !== generation) return;
      const error = fault as ApiError;
      if (error.code === 'unauthenticated') await showSignIn();
      else if (state().name === 'starting') setState({ name: 'unreachable', error });
    }
  }

  async function showSignIn(): Promise<void> {
    if (state().name === 'signed-in') return;
    try {
      const info = await loadServer();
      setState({ name: 'signed-out', needsSetup: info.needsSetup });
    } catch (fault) {
      setState({ name: 'unreachable', error: fault as ApiError });
    }
  }

  async function loadServer(): Promise<ServerInfo> {
    const info = await ask<'getServer'>('GET', '/api/server');
    setServer(info);
    void writeFact('server', info).catch(() => {});
    return info;
  }

  function adopt(me: Me): void {
    const wanted = organisationId() ?? localStorage.getItem(ORGANISATION_KEY);
    const found = me.organisations.find(({ id }) => id === wanted) ?? me.organisations[0];
    // Together: nobody is in no organisation for a moment.
    batch(() => {
      setState({ name: 'signed-in', me });
      selectOrganisation(found?.id ?? null);
    });
  }

  /** An answer of the server says who this is: also what signing in, joining and setting up end with. */
  function signedIn(me: Me): Promise<void> {
    const asked = generation;
    return inTurn(() => (asked === generation ? keep(me, asked) : Promise.resolve()));
  }

  async function keep(me: Me, asked: number): Promise<void> {
    const before = await readFact<Me>('me').catch(() => undefined);
    // Somebody else's data must not greet this person.
    if (before && before.user.id !== me.user.id) await forgetEverything();
    for (const { id } of before?.organisations ?? []) {
      if (!me.organisations.some((organisation) => organisation.id === id)) await forgetOrganisation(id);
    }
    await writeFact('me', me).catch(() => {});
    // Signed out meanwhile: what was just written is wiped in the next turn.
    if (asked !== generation) return;
    const isNews = state().name !== 'signed-in';
    adopt(me);
    if (isNews) tell({ type: 'signed-in' });
    if (!server()) void loadServer().catch(() => {});
  }

  function selectOrganisation(id: string | null): void {
    if (id) localStorage.setItem(ORGANISATION_KEY, id);
    else localStorage.removeItem(ORGANISATION_KEY);
    setOrganisationId(id);
  }

  async function signOut(everywhere = false): Promise<void> {
    const request = everywhere
      ? ask<'signOutEverywhere'>('POST', '/api/sign-out-everywhere')
      : ask<'signOut'>('POST', '/api/sign-out');
    await request.catch((fault: ApiError) => {
      if (fault.code !== 'unauthenticated') throw fault;
    });
    await leave();
    tell({ type: 'signed-out' });
  }

  async function leave(): Promise<void> {
    if (state().name === 'signed-out') return;
    generation += 1;
    // First the views go, and with them the socket: what they still write is wiped with the rest.
    setState({ name: 'signed-out', needsSetup: false });
    setOrganisationId(null);
    localStorage.removeItem(ORGANISATION_KEY);
    await inTurn(wipeDevice);
    // The server may be a fresh one, or offer other ways in than it did.
    const info = await loadServer().catch(() => null);
    if (info?.needsSetup && state().name === 'signed-out') setState({ name: 'signed-out', needsSetup: true });
  }

  async function membershipLost(lostId: string): Promise<void> {
    dropOrganisation(lostId);
    await inTurn(() => forgetOrganisation(lostId));
    setTimeout(() => void sweepScreens().catch(() => {}), SETTLED_MS);
    tell({ type: 'forgot', organisationId: lostId });
    await refresh();
  }

  function dropOrganisation(lostId: string): void {
    const now = state();
    if (now.name !== 'signed-in') return;
    const me = { ...now.me, organisations: now.me.organisations.filter(({ id }) => id !== lostId) };
    batch(() => {
      setState({ name: 'signed-in', me });
      if (organisationId() === lostId) selectOrganisation(me.organisations[0]?.id ?? null);
    });
  }

  return {
    state,
    organisationId,
    server,
    me: () => {
      const now = state();
      return now.name === 'signed-in' ? now.me : null;
    },
    /** My role in the organisation on screen. */
    role: () => {
      const now = state();
      if (now.name !== 'signed-in') return null;
      return now.me.organisations.find(({ id }) => id === organisationId())?.role ?? null;
    },
    start,
    refresh,
    loadServer,
    signedIn,
    selectOrganisation,
    signOut,
    membershipLost,
  };
}

/** Rows, screens and caches. The app's own files stay: they are nobody's. */
async function wipeDevice(): Promise<void> {
  await forgetEverything();
  if (!('caches' in globalThis)) return;
  for (const name of await caches.keys()) if (!name.includes('precache')) await caches.delete(name);
}
