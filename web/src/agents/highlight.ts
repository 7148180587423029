/**
 * Asks the worker for the colours of code. One question at a time; whatever takes too long ends the worker, and that
 * text stays plain. Answers are kept, so that a row which comes back has its colours at once.
 */
export interface HighlightRequest {
  id: number;
  language: string;
  code: string;
}
/** For each line: length and class of each run, in turn. null: no colours. */
export interface HighlightAnswer {
  id: number;
  lines: (number | string)[][] | null;
}
export type Colours = NonNullable<HighlightAnswer['lines']>;

/** Longer code stays plain. UTF-16 units. */
const MAX_HIGHLIGHT_CHARS = 60_000;
const MAX_WAITING = 60;
const MAX_KEPT = 200;
/** The first answer may wait for the grammar to be fetched. */
const PATIENCE_MS = 6_000;

type Done = (colours: Colours | null) => void;

const kept = new Map<string, Colours | null>();
const waiting: { key: string; language: string; code: string; done: Done[] }[] = [];
let worker: Worker | undefined;
let busy: { id: number; patience: ReturnType<typeof setTimeout> } | undefined;
let lastId = 0;

const keyOf = (language: string, code: string) => `${language} ${code}`;

/** Those already found, at once; undefined: not known yet. */
function knownColours(language: string, code: string): Colours | null | undefined {
  if (language === '' || code.length > MAX_HIGHLIGHT_CHARS || typeof Worker === 'undefined') return null;
  return kept.get(keyOf(language, code));
}

/** `done` is called once, unless `cancel` (returned) comes before. */
export function findColours(language: string, code: string, done: Done): () => void {
  const known = knownColours(language, code);
  let cancelled = false;
  const tell: Done = (colours) => cancelled || done(colours);
  if (known !== undefined) tell(known);
  else {
    const key = keyOf(language, code);
    const same = waiting.find((each) => each.key === key);
    if (same) same.done.push(tell);
    else {
      // What was asked for last is on screen; what waits longest has scrolled away.
      if (waiting.length >= MAX_WAITING) waiting.splice(1, 1);
      waiting.push({ key, language, code, done: [tell] });
    }
    next();
  }
  return () => {
    cancelled = true;
  };
}

function next(): void {
  const first = waiting[0];
  if (busy || !first) return;
  worker ??= start();
  const id = ++lastId;
  busy = { id, patience: setTimeout(() => settle(id, null, true), PATIENCE_MS) };
  worker.postMessage({ id, language: first.language, code: first.code } satisfies HighlightRequest);
}

function start(): Worker {
  const started = new Worker(new URL('./highlight-worker.ts', import.meta.url), { type: 'module' });
  started.addEventListener('message', ({ data }: MessageEvent<HighlightAnswer>) =>
    settle(data.id, data.lines),
  );
  started.addEventListener('error', () => busy && settle(busy.id, null, true));
  return started;
}

function settle(id: number, colours: Colours | null, end = false): void {
  if (busy?.id !== id) return;
  clearTimeout(busy.patience);
  busy = undefined;
  if (end) {
    worker?.terminate();
    worker = undefined;
  }
  const answered = waiting.shift();
  if (answered) {
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value as string);
    kept.set(answered.key, colours);
    for (const done of answered.done) done(colours);
  }
  next();
}
