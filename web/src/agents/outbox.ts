/**
 * What people do to sessions, on its way (FD3): written down first, then sent, one after another. Ids are chosen here
 * and a lock lets one tab send at a time, so that what is sent again after a lost answer is done once (AG4).
 * Invariants: of one session nothing overtakes; what is refused stays, with the reason, until a person decides; what
 * the server may have already is taken back and changed there as well, whichever tab has sent it.
 */
import type { Attachment } from '@porthole/shared/agent-events';
import { db, type OutboxRecord } from '../data/database.ts';
import { ApiError } from '../net/api-error.ts';
import * as calls from './session-calls.ts';
import { newId } from './session-ids.ts';

export type OutboxAction =
  | { kind: 'create_session'; id: string; workspaceId: string; agent: string }
  | { kind: 'attachment'; id: string; attachment: calls.NewAttachment }
  | { kind: 'prompt'; id: string; by: string; prompt: calls.NewPrompt; attachments: Attachment[] }
  | { kind: 'edit_prompt'; id: string; prompt: string; text: string }
  | { kind: 'cancel_prompt'; id: string; prompt: string }
  | { kind: 'update_session'; id: string; change: { title?: string; archived?: boolean } };

export interface Entry {
  id: string;
  sessionId: string;
  createdAt: number;
  action: OutboxAction;
  tried: boolean;
  fault: OutboxRecord['fault'];
}

/** The answer may come later, or from another server process: these are asked again by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'offline',
  'unexpected',
  'timeout',
  'rate_limited',
  'going_away',
  'internal',
  'connection_lost',
]);
const RETRY_MS = [1_000, 3_000, 10_000, 30_000] as const;

export interface OutboxOptions {
  send: (sessionId: string, action: OutboxAction) => Promise<unknown>;
  /** Returns what cancels it. */
  after: (ms: number, run: () => void) => () => void;
  now: () => number;
  /** One sender at a time, over all tabs. */
  alone: (work: () => Promise<void>) => Promise<void>;
}

export type Outbox = ReturnType<typeof makeOutbox>;

export function makeOutbox(options: OutboxOptions) {
  const listeners = new Set<(entry: Entry, answer: unknown) => void>();
  const refusals = new Set<(entry: Entry) => void>();
  let draining: Promise<void> | null = null;
  let again = false;
  let failures = 0;
  let cancelRetry = () => {};
  let lastAt = 0;

  function stamp(): number {
    lastAt = Math.max(lastAt + 1, options.now());
    return lastAt;
  }

  /** Kept when this resolves, whatever becomes of the page; sent as soon as may be. `draft`: it has become this. */
  async function add(
    organisationId: string,
    sessionId: string,
    actions: readonly OutboxAction[],
    draft?: string,
  ): Promise<void> {
    const records = actions.map((action) => {
      const { id, kind, ...payload } = action;
      return { id, organisationId, sessionId, kind, payload, createdAt: stamp(), fault: null };
    });
    await db.transaction('rw', [db.outbox, db.drafts], async () => {
      await db.outbox.bulkPut(records);
      if (draft) await db.drafts.delete(draft);
    });
    void pump();
  }

  /** Sends what waits. Resolves when nothing more can be sent now. */
  function pump(): Promise<void> {
    cancelRetry();
    again = true;
    draining ??= options
      .alone(async () => {
        while (again) {
          again = false;
          await drain();
        }
      })
      .finally(() => {
        draining = null;
        // Asked for after the last look, and before the next tab was let in.
        if (again) void pump();
      });
    return draining;
  }

  async function drain(): Promise<void> {
    for (;;) {
      const entry = await claim();
      if (!entry) return;
      try {
        const answer = await options.send(entry.sessionId, entry.action);
        failures = 0;
        await db.outbox.delete(entry.id);
        for (const listener of [...listeners]) listener(entry, answer);
      } catch (fault) {
        if (!(await refused(entry, fault))) return;
      }
    }
  }

  /** Answers whether the others may be tried. */
  async function refused(entry: Entry, fault: unknown): Promise<boolean> {
    const error =
      fault instanceof ApiError
        ? fault
        : new ApiError('unexpected', String(fault), { details: String(fault) });
    // Whoever is no longer signed in has nothing here: the device is being wiped.
    if (error.code === 'unauthenticated') return false;
    if (PASSING.has(error.code)) {
      const wait = error.retryAfter ? error.retryAfter * 1_000 : RETRY_MS[failures];
      failures = Math.min(failures + 1, RETRY_MS.length - 1);
      cancelRetry = options.after(wait ?? 30_000, () => void pump());
      return false;
    }
    const told = { ...entry, fault: { code: error.code, message: error.message } };
    if (!STAYS.has(entry.action.kind)) await db.outbox.delete(entry.id);
    // Refused, it is not there; of what was tried before that nothing is known still.
    else await db.outbox.update(entry.id, { fault: told.fault, tried: entry.tried });
    for (const listener of [...refusals]) listener(told);
    return true;
  }

  return {
    add,
    pump,
    /**
     * Not sent after all: a prompt with its attachments, and its session if that was begun for it. One that the server
     * may have is cancelled there. False: it is not here any more.
     */
    async takeBack(id: string): Promise<boolean> {
      const isHere = await db.transaction('rw', [db.outbox], async () => {
        const record = await db.outbox.get(id);
        if (!record) return false;
        await db.outbox.bulkDelete([id, ...attachmentsOf(entryOf(record).action)]);
        await deleteEdits(record);
        if (record.tried) await db.outbox.put(followUp(record, 'cancel_prompt', { prompt: id }, 0));
        else await deleteEmpty(record.sessionId);
        return true;
      });
      if (isHere) void pump();
      return isHere;
    },
    /** A prompt that waits can still be changed; one that the server may have, there too. False: it is not here. */
    async edit(id: string, text: string): Promise<boolean> {
      const isHere = await db.transaction('rw', [db.outbox], async () => {
        const record = await db.outbox.get(id);
        if (!record) return false;
        const payload = record.payload as { prompt: calls.NewPrompt };
        await db.outbox.update(id, { payload: { ...payload, prompt: { ...payload.prompt, text } } });
        await deleteEdits(record);
        // Before it is sent again: where it never came that is no edit, and it comes as it is now.
        if (record.tried) await db.outbox.put(followUp(record, 'edit_prompt', { prompt: id, text }, -0.5));
        return true;
      });
      if (isHere) void pump();
      return isHere;
    },
    /** After a refusal, and what refused may have changed. */
    async retry(sessionId: string): Promise<void> {
      await db.outbox.where({ sessionId }).modify({ fault: null });
      await pump();
    },
    onSent(listener: (entry: Entry, answer: unknown) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onRefused(listener: (entry: Entry) => void): () => void {
      refusals.add(listener);
      return () => refusals.delete(listener);
    },
  };
}

/** Refused ones of these wait for a person; of the others it is enough to be told. */
const STAYS: ReadonlySet<OutboxAction['kind']> = new Set(['create_session', 'attachment', 'prompt']);

/** What is next, as it is now; marked, since from here on the server may have it. */
function claim(): Promise<Entry | null> {
  return db.transaction('rw', [db.outbox], async () => {
    const entry = nextOf(await entries());
    if (entry) await db.outbox.update(entry.id, { tried: true });
    return entry;
  });
}

/** About a prompt: it stands where that one does, or just before it. */
const followUp = (
  { organisationId, sessionId, createdAt }: OutboxRecord,
  kind: 'edit_prompt' | 'cancel_prompt',
  payload: object,
  place: number,
): OutboxRecord => ({
  ...{ id: newId('prompt'), organisationId, sessionId, kind, payload, fault: null },
  createdAt: createdAt + place,
});

/** Within a transaction: changes of this prompt that are on their way. */
async function deleteEdits({ id, sessionId }: OutboxRecord): Promise<void> {
  const edits = (await entries(sessionId)).filter(
    ({ action }) => action.kind === 'edit_prompt' && action.prompt === id,
  );
  await db.outbox.bulkDelete(edits.map((edit) => edit.id));
}

/** Within a transaction: a session that was begun for a prompt is not begun without it. */
async function deleteEmpty(sessionId: string): Promise<void> {
  const left = await db.outbox.where({ sessionId }).toArray();
  if (left.every(({ kind }) => kind === 'create_session'))
    await db.outbox.bulkDelete(left.map(({ id }) => id));
}

/** The first whose session is not held up by a refusal before it. */
function nextOf(all: readonly Entry[]): Entry | null {
  const held = new Set<string>();
  for (const entry of all) {
    if (held.has(entry.sessionId)) continue;
    if (!entry.fault) return entry;
    held.add(entry.sessionId);
  }
  return null;
}

function attachmentsOf(action: OutboxAction): string[] {
  return action.kind === 'prompt' ? action.attachments.map(({ id }) => id) : [];
}

export const entryOf = ({ id, sessionId, createdAt, kind, payload, tried, fault }: OutboxRecord): Entry => ({
  id,
  sessionId,
  createdAt,
  tried: tried ?? false,
  fault,
  action: { ...(payload as object), id, kind } as OutboxAction,
});

/** What waits, in its order: of one session, or of all. */
export async function entries(sessionId?: string): Promise<Entry[]> {
  const table = sessionId === undefined ? db.outbox : db.outbox.where({ sessionId });
  const records = await table.toArray();
  return records.map(entryOf).sort((a, b) => a.createdAt - b.createdAt);
}

function send(sessionId: string, action: OutboxAction): Promise<unknown> {
  switch (action.kind) {
    case 'create_session':
      return calls.createSession(action.workspaceId, { id: sessionId, agent: action.agent });
    case 'attachment':
      return calls.addAttachment(sessionId, action.attachment);
    case 'prompt':
      return calls.sendPrompt(sessionId, action.prompt);
    case 'edit_prompt':
      return calls.changePrompt(sessionId, action.prompt, { text: action.text });
    case 'cancel_prompt':
      return calls.cancelPrompt(sessionId, action.prompt);
    case 'update_session':
      return calls.updateSession(sessionId, action.change);
  }
}

/** This device's. */
export const outbox = makeOutbox({
  send,
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  // Absent outside of secure contexts: then two tabs may send the same, which is done once all the same.
  alone: (work) =>
    'locks' in navigator ? navigator.locks.request('porthole-outbox', work).then(() => {}) : work(),
});
if (typeof addEventListener === 'function') addEventListener('online', () => void outbox.pump());
