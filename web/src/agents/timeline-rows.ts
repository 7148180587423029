/**
 * Pure: the rows of a timeline, made of its entries. Consecutive calls of tools, thoughts between them and answers that
 * were remembered become one row of work; a turn that did not end well gets a row at its end; a marker stands before
 * what is unread. A row's key is stable while entries are added at either end.
 */

import type {
  ImageEntry,
  NoticeEntry,
  PermissionEntry,
  PromptEntry,
  TextEntry,
  TimelineEntry,
  ToolEntry,
} from '@porthole/shared/agent-entries';
import type { PartialText } from './timeline-props.ts';

interface Keyed {
  key: string;
  /** Of its first entry. */
  seq: number;
}

export type WorkPart = ToolEntry | TextEntry | PermissionEntry;

export type Row = Keyed &
  (
    | { kind: 'prompt'; entry: PromptEntry }
    | { kind: 'text'; entry: TextEntry; live: boolean }
    | { kind: 'work'; parts: readonly WorkPart[] }
    /** One that is open has a row only while its call is not known: else the call's line says it. `tool`: that call. */
    | { kind: 'permission'; entry: PermissionEntry; tool: ToolEntry | null }
    | { kind: 'notice'; entry: NoticeEntry }
    /** A turn that was stopped, refused, or failed. */
    | { kind: 'end'; entry: PromptEntry }
    | { kind: 'image'; entry: ImageEntry }
    | { kind: 'unread' }
  );
export type RowOf<K extends Row['kind']> = Extract<Row, { kind: K }>;

/** How far back a question's call is looked for. */
const CALL_WITHIN = 200;

/** `lastRead`: the last seq that was seen; null: no marker. */
export function rowsOf(entries: readonly TimelineEntry[], lastRead: number | null): Row[] {
  const rows: Row[] = [];
  let work: WorkPart[] | null = null;
  let ended: PromptEntry | null = null;
  let unread = lastRead !== null && entries.length > 0 && (entries[0] as TimelineEntry).seq <= lastRead;
  const finishTurn = () => {
    if (ended) work = null;
    if (ended) rows.push({ kind: 'end', key: `end ${ended.key}`, seq: ended.seq, entry: ended });
    ended = null;
  };
  for (let place = 0; place < entries.length; place += 1) {
    const entry = entries[place] as TimelineEntry;
    if (ended && entry.at > (ended.endedAt ?? 0)) finishTurn();
    if (unread && entry.seq > lastRead!) {
      unread = false;
      work = null;
      rows.push({ kind: 'unread', key: 'unread', seq: entry.seq });
    }
    if (entry.type === 'image') {
      work = null;
      rows.push({ kind: 'image', key: entry.key, seq: entry.seq, entry });
      continue;
    }
    if (entry.type === 'tool' || isWork(entry)) {
      if (work) work.push(entry as WorkPart);
      else {
        work = [entry as WorkPart];
        rows.push({ kind: 'work', key: `work ${entry.key}`, seq: entry.seq, parts: work });
      }
      continue;
    }
    const tool = entry.type === 'permission' ? callOf(entries, place, entry) : null;
    if (entry.type === 'permission' && isOpen(entry) && tool) continue;
    work = null;
    const { key, seq } = entry;
    if (entry.type === 'text') rows.push({ kind: 'text', key, seq, entry, live: false });
    else if (entry.type === 'notice') {
      if (!isSaidByTurn(entry, entries[place + 1])) rows.push({ kind: 'notice', key, seq, entry });
    } else if (entry.type === 'permission') rows.push({ kind: 'permission', key, seq, entry, tool });
    else {
      finishTurn();
      // Only its end lies in this stretch: it stands where it ended.
      const endOnly = entry.text === null && entry.endedAt === entry.at;
      if (!endOnly) rows.push({ kind: 'prompt', key, seq, entry });
      if (entry.state !== 'running' && entry.state !== 'done') ended = entry;
      if (endOnly) finishTurn();
    }
  }
  finishTurn();
  return rows;
}

/** The turn that it ended says the same, with the way on. */
function isSaidByTurn({ notice }: NoticeEntry, next: TimelineEntry | undefined): boolean {
  return (
    notice.kind === 'agent_failed' &&
    next?.type === 'prompt' &&
    next.fault?.code === notice.fault.code &&
    next.fault.message === notice.fault.message
  );
}

function isWork(entry: TimelineEntry): boolean {
  if (entry.type === 'text') return entry.kind === 'thought';
  return entry.type === 'permission' && entry.answer !== null && entry.answer.by === null;
}

const isOpen = ({ answer, withdrawn }: PermissionEntry) => answer === null && !withdrawn;

function callOf(
  entries: readonly TimelineEntry[],
  place: number,
  { turn, call }: PermissionEntry,
): ToolEntry | null {
  for (let before = place + CALL_WITHIN; before >= Math.max(0, place - CALL_WITHIN); before -= 1) {
    const entry = entries[before];
    if (entry?.type === 'tool' && entry.call === call && entry.turn === turn) return entry;
  }
  return null;
}

/** Rows for what still grows, under the others. Its key is the one that its finished entry will have. */
export function liveRows(partials: readonly PartialText[], after: number): Row[] {
  return partials.map(({ turn, item, kind, text }) => {
    const key = `${turn} ${item}`;
    const seq = after + 1;
    const entry: TextEntry = { type: 'text', key, seq, at: 0, turn, item, kind, text, cut: 0 };
    return { kind: 'text', key: kind === 'thought' ? `thinking ${key}` : key, seq, entry, live: true };
  });
}

/** The row that has the event: the last that begins at or before it. -1: it is not here (yet). */
export function rowAt(rows: readonly Row[], seq: number): number {
  if (rows.length === 0 || (rows[0] as Row).seq > seq) return -1;
  return rows.findLastIndex((row) => row.seq <= seq && row.kind !== 'end' && row.kind !== 'unread');
}

/** Whether a row shows the same as before: entries are immutable. */
export function sameRow(a: Row | undefined, b: Row | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.kind !== b.kind || a.key !== b.key) return false;
  if (a.kind === 'unread') return true;
  if (a.kind === 'work' && b.kind === 'work')
    return a.parts.length === b.parts.length && a.parts.every((part, place) => part === b.parts[place]);
  if (a.kind === 'work' || b.kind === 'work' || b.kind === 'unread') return false;
  if (a.kind === 'permission' && b.kind === 'permission' && a.tool !== b.tool) return false;
  if (a.kind === 'text' && b.kind === 'text' && a.live !== b.live) return false;
  return a.entry === b.entry;
}

/** Units of text to a line, and what a row is around them, in px: near enough that the bar does not leap. */
const LINE_CHARS = 88;
const LINE_PX = 22;

/** Of a picture in the timeline: a screenshot of a phone shall not take more than the screen. */
const IMAGE_PX = { width: 640, height: 360 };

/** A picture whole within its bounds, never larger than it is: its place is kept before it has come. */
export function shownSize(
  { width, height }: { width: number; height: number },
  room: number,
): { width: number; height: number } {
  const scale = Math.min(1, Math.min(room, IMAGE_PX.width) / width, IMAGE_PX.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A row's height before it has been measured. */
export function estimatedHeight(row: Row | undefined, width: number): number {
  if (row === undefined) return 40;
  const chars = Math.max(24, Math.min(LINE_CHARS, (width - 48) / 7.2));
  switch (row.kind) {
    case 'prompt':
      return 66 + linesOf(row.entry, chars, 12) * LINE_PX + (row.entry.attachments.length ? 88 : 0);
    case 'text':
      return row.entry.kind === 'thought' ? 36 : 18 + linesOf(row.entry, chars, 4_000) * LINE_PX;
    case 'work':
      return 36;
    case 'permission':
      return 36;
    case 'notice':
      return 52;
    case 'end':
      return row.entry.state === 'failed' ? 110 : 44;
    case 'image':
      return 34 + shownSize(row.entry.image, width - 48).height;
    case 'unread':
      return 32;
  }
}

/** Entries are immutable, and asked again with every row that is measured. */
const counted = new WeakMap<PromptEntry | TextEntry, { chars: number; lines: number }>();

function linesOf(entry: PromptEntry | TextEntry, chars: number, most: number): number {
  const known = counted.get(entry);
  if (known?.chars === chars) return known.lines;
  const lines = countLines(entry.text ?? '', chars, most);
  counted.set(entry, { chars, lines });
  return lines;
}

function countLines(text: string, chars: number, most: number): number {
  let lines = 1;
  let from = 0;
  while (lines < most) {
    const end = text.indexOf('\n', from);
    lines += Math.floor(((end < 0 ? text.length : end) - from) / chars);
    if (end < 0) break;
    lines += 1;
    from = end + 1;
  }
  return Math.min(lines, most);
}
