/**
 * One session as signals: what the device has at once, then what the server says; and what waits here to be sent.
 * Owned: lets go with its owner. What arrives within one frame is shown together, and only then.
 */

import type { TimelineEntry } from '@porthole/shared/agent-entries';
import { emptyHead, type SessionHead } from '@porthole/shared/agent-head';
import { createMemo, createSignal, onCleanup } from 'solid-js';
import { createLive } from '../data/create-live.ts';
import type { SocketState } from '../net/socket-state.ts';
import { type Entry, outbox, entries as waitingEntries } from './outbox.ts';
import { makeSessionFeed, type SessionFeed } from './session-feed.ts';
import { createImageUrls } from './session-images.ts';
import { markRead, readMark } from './session-reads.ts';
import type { PartialText } from './timeline-props.ts';

interface Seen {
  version: number;
  entries: readonly TimelineEntry[];
  head: SessionHead | null;
  partials: readonly PartialText[];
  first: number;
  last: number;
  older: SessionFeed['older'];
  current: boolean;
  /** What is being done to reach the agent's machine. */
  note: string | null;
}

const NOTHING: Seen = {
  version: 0,
  entries: [],
  head: null,
  partials: [],
  first: 1,
  last: 0,
  older: 'idle',
  current: false,
  note: null,
};

/** So many sent ones are shown until their events come. */
const MAX_SENT = 100;

export type AgentSession = ReturnType<typeof createAgentSession>;

export function createAgentSession(sessionId: string, organisationId: string) {
  const [seen, setSeen] = createSignal<Seen>(NOTHING);
  const [state, setState] = createSignal<SocketState>({ name: 'idle' });
  const [ready, setReady] = createSignal(false);
  const [lastRead, setLastRead] = createSignal<number | null>(null);
  const [problem, setProblem] = createSignal<{ code: string; message: string } | null>(null);
  /** Sent, and not heard of in the log yet: they stay in sight meanwhile. */
  const [sent, setSent] = createSignal<readonly { entry: Entry; seq: number }[]>([]);
  let feed: SessionFeed | undefined;
  let gone = false;
  let frame: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(): void {
    if (frame !== undefined) cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = undefined;
    timer = undefined;
    if (!feed || gone) return;
    const { log, older, current, note } = feed;
    setSeen((before) => ({
      version: before.version + 1,
      entries: log.entries.list,
      head: log.head,
      partials: log.partials,
      first: log.first,
      last: log.last,
      older,
      current,
      note,
    }));
    setSent((before) => (before.length === 0 ? before : before.filter(({ seq }) => seq > log.last)));
  }

  /** A hidden page has no frames; what is new there is shown all the same, for its title and for who listens. */
  function soon(): void {
    if (frame !== undefined || timer !== undefined) return;
    if (document.hidden) timer = setTimeout(show, 250);
    else frame = requestAnimationFrame(show);
  }

  void Promise.all([
    makeSessionFeed({ sessionId, organisationId, onChange: soon, onState: setState, onProblem: setProblem }),
    readMark(sessionId).catch(() => 0),
  ]).then(([made, mark]) => {
    if (gone) {
      void made.close();
      return;
    }
    feed = made;
    setLastRead(mark);
    show();
    setReady(true);
  });
  onCleanup(() => {
    gone = true;
    if (frame !== undefined) cancelAnimationFrame(frame);
    clearTimeout(timer);
    void feed?.close();
  });

  const waiting = createLive(
    () => sessionId,
    (id) => waitingEntries(id),
    [] as Entry[],
  );
  onCleanup(
    outbox.onSent((entry, answer) => {
      if (entry.sessionId !== sessionId) return;
      // Before, there was no such session to attach to.
      if (entry.action.kind === 'create_session') feed?.appeared();
      const { seq } = Object(answer) as { seq?: unknown };
      if (entry.action.kind !== 'prompt' || typeof seq !== 'number' || seq <= seen().last) return;
      setSent((before) => [...before, { entry, seq }].slice(-MAX_SENT));
    }),
  );

  const head = createMemo(() => seen().head ?? emptyHead());
  return {
    id: sessionId,
    organisationId,
    /** The device's part has been read: from here on, empty means that it has nothing. */
    ready,
    seen,
    head,
    headKnown: () => seen().head !== null,
    state,
    connected: () => state().name === 'open',
    problem,
    /** Up to where it was read before this visit. */
    lastRead,
    /** What is still on this device alone. */
    unsent: waiting,
    /** Prompts that are not in the log yet: those that wait here, and those just sent. */
    waiting: createMemo(() => {
      const kept = waiting();
      const ids = new Set(kept.map(({ id }) => id));
      const known = new Set(head().queue.map(({ prompt }) => prompt));
      for (const { action } of kept) if (action.kind === 'cancel_prompt') known.add(action.prompt);
      return [
        ...sent()
          .map(({ entry }) => entry)
          .filter(({ id }) => !ids.has(id)),
        ...kept,
      ].filter(({ id }) => !known.has(id) && id !== head().turn?.prompt);
    }),
    loadOlder: () => void feed?.loadOlder(),
    reach: (seq: number) => feed?.reach(seq) ?? Promise.resolve(),
    typing: () => feed?.typing() ?? false,
    reconnect: () => feed?.reconnect(),
    /** A `blob:` address of a picture; null: it did not come. */
    imageUrl: createImageUrls(sessionId),
    read: (seq: number) => void markRead(organisationId, sessionId, seq).catch(() => {}),
  };
}
