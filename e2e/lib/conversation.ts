/** A session as a person meets it on a page, and as the server has it. */

import { randomBytes } from 'node:crypto';
import { expect, type Locator, type Page } from '@playwright/test';
import { Entries, type TimelineEntry } from '@porthole/shared/agent-entries';
import { decodeEvent, type SessionEvent } from '@porthole/shared/agent-events';
import { idFromBytes } from '@porthole/shared/ids';
import type { Api } from './api.ts';

export class Conversation {
  readonly page: Page;
  readonly timeline: Locator;
  readonly composer: Locator;
  readonly question: Locator;
  readonly queue: Locator;

  constructor(page: Page) {
    this.page = page;
    this.timeline = page.getByRole('feed', { name: 'Timeline' });
    this.composer = page.getByRole('textbox', { name: 'Ask the agent' });
    this.question = page.getByRole('region', { name: 'The agent waits for an answer' });
    this.queue = page.getByRole('region', { name: 'Queue' });
  }

  async ask(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.page.getByRole('button', { name: /^(Send|Add to the queue)$/ }).click();
    await expect(this.composer).toHaveValue('');
  }

  async answer(name: string): Promise<void> {
    await this.question.getByRole('button', { name }).click();
  }

  /** The session's id, by the address. */
  get id(): string {
    const id = /\/s\/(ses_[0-9a-z]{20})/.exec(this.page.url())?.[1];
    if (!id) throw new Error(`no session in ${this.page.url()}`);
    return id;
  }

  /** The rows on screen: kind and text, without what a moment changes (times, elapsed seconds). */
  rows(): Promise<string[]> {
    return this.timeline.locator('article').evaluateAll((rows) =>
      rows.map((row) => {
        const copy = row.cloneNode(true) as HTMLElement;
        for (const gone of copy.querySelectorAll('.tl-tools, time, [data-elapsed]')) gone.remove();
        const text = (copy.textContent ?? '').replace(/\d+(\.\d+)? ?(ms|s|min)\b/g, '');
        return `${row.dataset.kind} ${text.replace(/\s+/g, ' ').trim()}`;
      }),
    );
  }
}

/** What this device has of a session in IndexedDB, in order. */
export function cachedEvents(page: Page, sessionId: string): Promise<SessionEvent[]> {
  return page.evaluate(async (session) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('porthole');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const all = await new Promise<{ event: SessionEvent }[]>((resolve, reject) => {
      const range = IDBKeyRange.bound([session, 0], [session, Number.MAX_SAFE_INTEGER]);
      const request = database.transaction('events').objectStore('events').getAll(range);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    database.close();
    return all.map(({ event }) => event);
  }, sessionId);
}

/** The whole log, page by page over the API. */
export async function logOf(api: Api, session: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const answer = await fetch(`${api.url}/api/sessions/${session}/events?after=${after}&limit=500`, {
      headers: { cookie: api.cookie },
    });
    const page = (await answer.json()) as { events: unknown[]; head: number };
    for (const raw of page.events) {
      const event = decodeEvent(raw);
      if (!event) throw new Error('not an event');
      events.push(event);
    }
    if (page.events.length === 0 || (events.at(-1)?.seq ?? 0) >= page.head) return events;
  }
}

export const entriesOf = (events: readonly SessionEvent[]): TimelineEntry[] => Entries.of(events).list;

export const promptId = () => idFromBytes('prompt', randomBytes(20));
export const sessionId = () => idFromBytes('session', randomBytes(20));
