/** A page with the app's timeline and nothing else, which a test or the bench drives through `window.timeline`. */

import { Entries } from '@porthole/shared/agent-entries';
import type { SessionEvent, SessionEventBody } from '@porthole/shared/agent-events';
import { applyToHead, emptyHead, type SessionHead } from '@porthole/shared/agent-head';
import { createSignal, Show } from 'solid-js';
import { render } from 'solid-js/web';
// Absolute from the app's folder: timeline-page.ts builds it there.
import { clean } from '/src/agents/markdown-clean.ts';
import { PermissionBar } from '/src/agents/permission-bar.tsx';
import { SessionLog } from '/src/agents/session-log.ts';
import { Timeline } from '/src/agents/timeline.tsx';
import '/src/ui/theme.css';
import { AUTHORS, timelineEvents } from './timeline-events.ts';

interface Options {
  turns: number;
  /** Pages of older events are kept back: this many events are there at first. */
  newest?: number;
  lastRead?: number | null;
  focusSeq?: number | null;
  answers?: boolean;
}

const members = new Map(Object.entries(AUTHORS).map(([id, name]) => [id, { name }]));
const [shown, setShown] = createSignal(false);
const [version, setVersion] = createSignal(0);
const [sent, setSent] = createSignal(0);
const [loading, setLoading] = createSignal(false);
const [partial, setPartial] = createSignal<string | null>(null);
const [focusSeq, setFocusSeq] = createSignal<number | null>(null);
const [lastRead, setLastRead] = createSignal<number | null>(null);
/** The whole log, as a server has it, and the stretch of it that is here. */
let events: SessionEvent[] = [];
let head: SessionHead = emptyHead();
let log = new SessionLog();
/** Older pages come by themselves when they are asked for, as from a server that answers at once. */
let answers = false;
const calls: string[] = [];

/** Reads anew with each version. */
function current<T>(read: () => T): T {
  version();
  return read();
}

const PAGE = 500;
/** Two frames: the first paints, the second begins when that is done. */
const painted = () =>
  new Promise<number>((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))),
  );

function loadOlder(): void {
  calls.push('older');
  if (!answers) return;
  setLoading(true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    api.older();
    setLoading(false);
  };
  channel.port2.postMessage(null);
}

const api = {
  calls,
  /** The first event that is here. */
  first: () => log.first,
  /** Whether what is here is what the log folds to, from where it begins here. */
  isWhole(): boolean {
    const { list } = Entries.of(events.slice(log.first - 1));
    return (
      list.length === log.entries.list.length &&
      list.every((entry, at) => JSON.stringify(entry) === JSON.stringify(log.entries.list[at]))
    );
  },
  prepare({ turns }: Options): number {
    events = timelineEvents(turns);
    head = events.reduce(applyToHead, emptyHead());
    return events.length;
  },
  /** Folds what was prepared and shows it; milliseconds until it is on screen. */
  async open(options: Options): Promise<{ ms: number; entries: number }> {
    if (events.length === 0) api.prepare(options);
    const began = performance.now();
    log = new SessionLog();
    log.restore(options.newest === undefined ? events : events.slice(-options.newest), head);
    answers = options.answers === true;
    setLastRead(options.lastRead ?? null);
    setFocusSeq(options.focusSeq ?? null);
    setVersion((now) => now + 1);
    setShown(true);
    return { ms: (await painted()) - began, entries: log.entries.list.length };
  },
  /** What arrives. */
  add(...bodies: SessionEventBody[]): void {
    for (const body of bodies) {
      const event = { ...body, seq: events.length + 1, at: Date.now() } as SessionEvent;
      events.push(event);
      log.append([event]);
    }
    setVersion((now) => now + 1);
  },
  /** A page of older events comes, as when it was asked for. */
  older(): void {
    log.prepend(events.slice(Math.max(0, log.first - 1 - PAGE), log.first - 1));
    setVersion((now) => now + 1);
  },
  /** What the sanitizer leaves of it, as markup. */
  clean(html: string): string {
    const root = document.createElement('div');
    root.append(clean(html));
    return root.innerHTML;
  },
  grow: (text: string | null) => setPartial(text),
  focus: (seq: number | null) => setFocusSeq(seq),
  /** As when its reader has sent a prompt. */
  send: () => setSent((count) => count + 1),
};
Object.assign(window, { timeline: api });

render(
  () => (
    <Show when={shown()}>
      <div class="flex h-full flex-col">
        <div class="flex min-h-0 flex-1">
          <Timeline
            entries={current(() => log.entries.list)}
            version={version()}
            head={current(() => log.head ?? head)}
            partials={
              partial() === null ? [] : [{ turn: 'prm_live', item: 'x', kind: 'message', text: partial()! }]
            }
            members={members}
            me="usr_ana"
            lastRead={lastRead()}
            attachmentUrl={async () => null}
            onRetry={async (prompt) => void calls.push(`retry ${prompt}`)}
            onLoadOlder={loadOlder}
            loadingOlder={loading()}
            atBeginning={current(() => log.first <= 1)}
            onCopyLink={(seq) => void calls.push(`link ${seq}`)}
            focusSeq={focusSeq()}
            sent={sent()}
          />
        </div>
        <PermissionBar
          permissions={current(() => (log.head ?? head).permissions)}
          closed={null}
          onAnswer={async (request, option) => void calls.push(`answer ${request} ${option}`)}
        />
      </div>
    </Show>
  ),
  document.getElementById('root')!,
);
