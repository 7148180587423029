/**
 * The events that the proxy has not acknowledged, on disk: segments `<first number>.ndjson` whose lines are what goes
 * over the wire. Invariants: numbers have no gap within the spool; an event is in the file before anyone sends it, so
 * that `kill -9` loses none that was seen; a torn last line is cut off at the next start. The file reaches the disk
 * within `SYNC_MS`: a power cut may lose the last ones, and then `skipTo` keeps numbers from being used twice.
 *
 * Beyond `maxBytes` events are dropped and counted per session; the next one that is kept comes after an `overflow`
 * with that count. What a turn's end hangs on (`VITAL`) has a reserve of its own and is not dropped.
 */
import {
  close,
  closeSync,
  fdatasync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { BridgeReport } from '@porthole/shared/agent-events';
import { SPOOL_BYTES } from '@porthole/shared/agent-limits';

const SEGMENT_BYTES = 1024 * 1024;
/** For turns' beginnings and ends when the rest is full: some ten thousand. */
const RESERVE_BYTES = 4 * 1024 * 1024;
const SYNC_MS = 200;

const VITAL: ReadonlySet<BridgeReport['type']> = new Set([
  'turn_started',
  'turn_ended',
  'agent_ready',
  'agent_failed',
  'permission_asked',
  'permission_withdrawn',
  'overflow',
]);

interface Segment {
  path: string;
  first: number;
  /** Where each line begins, and as the last one where the next would. */
  offsets: number[];
}

export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  #segments: Segment[];
  #fd: number;
  #bytes = 0;
  #closed = false;
  #acked = 0;
  #syncing: NodeJS.Timeout | null = null;
  readonly #dropped = new Map<string, number>();

  constructor(folder: string, maxBytes: number = SPOOL_BYTES) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#segments = load(folder);
    if (this.#segments.length === 0) this.#segments.push(blank(folder, 1));
    this.#acked = this.#segments[0]!.first - 1;
    this.#bytes = this.#segments.reduce((sum, { offsets }) => sum + offsets.at(-1)!, 0);
    this.#fd = openSegment(this.#segments.at(-1)!);
  }

  /** Of the events that are still here; one after the last when none is. */
  get first(): number {
    return Math.max(this.#acked + 1, this.#segments[0]!.first);
  }

  get last(): number {
    return next(this.#segments.at(-1)!) - 1;
  }

  /** Its number; null: there was no room for it. */
  append(session: string, event: BridgeReport): number | null {
    // Some room beyond, so that not each event of a flood has its own overflow before it.
    if (event.type !== 'overflow' && this.#hasRoom(event, SEGMENT_BYTES / 4)) this.sayDropped(session);
    const n = this.last + 1;
    const line = Buffer.from(`${JSON.stringify({ type: 'event', n, session, event })}\n`);
    if (this.#hasRoom(event, line.length) && this.#write(line)) return n;
    this.#dropped.set(session, (this.#dropped.get(session) ?? 0) + 1);
    return null;
  }

  /** Says how many events of this session had no room, if any. */
  sayDropped(session: string): void {
    const dropped = this.#dropped.get(session) ?? 0;
    if (dropped === 0) return;
    this.#dropped.delete(session);
    const said = this.append(session, { type: 'overflow', dropped });
    // An overflow that had no room counted itself.
    if (said === null) this.#dropped.set(session, dropped);
  }

  /** The proxy has stored all up to this one. */
  ack(stored: number): void {
    this.#acked = Math.max(this.#acked, Math.min(stored, this.last));
    while (this.#segments.length > 1 && next(this.#segments[0]!) - 1 <= this.#acked) {
      this.#drop(this.#segments.shift()!);
    }
    const only = this.#segments[0]!;
    const worthIt = only.offsets.at(-1)! > SEGMENT_BYTES / 16;
    if (this.#segments.length > 1 || this.#acked < this.last || !worthIt) return;
    if (this.#rotate()) this.#drop(this.#segments.shift()!);
  }

  /** Numbers up to this one were seen by the proxy although the disk has lost them: they are not used again. */
  skipTo(stored: number): void {
    if (stored <= this.last) return;
    const lost = [...this.#segments];
    this.#begin(blank(this.#folder, stored + 1));
    for (const segment of lost) this.#drop(segment);
    this.#segments = this.#segments.slice(lost.length);
    this.#acked = stored;
  }

  /** Lines from number `from` on, as they go over the wire, and the number that follows them; null: no more. */
  read(from: number, maxBytes: number): { bytes: Buffer; next: number } | null {
    const segment = this.#segments.findLast(({ first }) => first <= from);
    if (!segment || from >= next(segment)) return null;
    const { offsets, first, path } = segment;
    const begin = offsets[from - first]!;
    let upTo = from - first + 1;
    while (upTo + 1 < offsets.length && offsets[upTo + 1]! - begin <= maxBytes) upTo += 1;
    const bytes = Buffer.alloc(offsets[upTo]! - begin);
    const fd = openSync(path, 'r');
    try {
      readSync(fd, bytes, 0, bytes.length, begin);
    } finally {
      closeSync(fd);
    }
    return { bytes, next: first + upTo };
  }

  close(): void {
    this.#closed = true;
    if (this.#syncing) clearTimeout(this.#syncing);
    closeSync(this.#fd);
  }

  #hasRoom(event: BridgeReport, bytes: number): boolean {
    const max = this.#maxBytes + (VITAL.has(event.type) ? RESERVE_BYTES : 0);
    return !this.#closed && this.#bytes + bytes <= max;
  }

  #write(line: Buffer): boolean {
    if (this.#segments.at(-1)!.offsets.at(-1)! >= SEGMENT_BYTES && !this.#rotate()) return false;
    const { offsets } = this.#segments.at(-1)!;
    const end = offsets.at(-1)!;
    try {
      for (let done = 0; done < line.length; )
        done += writeSync(this.#fd, line, done, line.length - done, end + done);
    } catch {
      // The disk is full: as if there were no room. What did get there must not look like a line.
      ftruncateSync(this.#fd, end);
      return false;
    }
    offsets.push(end + line.length);
    this.#bytes += line.length;
    this.#sync();
    return true;
  }

  /** False: there is no room for another segment, and all is as it was. */
  #rotate(): boolean {
    try {
      this.#begin(blank(this.#folder, this.last + 1));
      return true;
    } catch {
      return false;
    }
  }

  #begin(segment: Segment): void {
    const fd = openSegment(segment);
    const before = this.#fd;
    this.#fd = fd;
    this.#segments.push(segment);
    // What was written to it last may still be on its way to the disk.
    fdatasync(before, () => close(before, () => {}));
  }

  #drop({ path, offsets }: Segment): void {
    this.#bytes -= offsets.at(-1)!;
    rmSync(path, { force: true });
  }

  #sync(): void {
    this.#syncing ??= setTimeout(() => {
      this.#syncing = null;
      fdatasync(this.#fd, () => {});
    }, SYNC_MS).unref();
  }
}

const next = ({ first, offsets }: Segment): number => first + offsets.length - 1;

const blank = (folder: string, first: number): Segment => {
  return { path: join(folder, `${String(first).padStart(15, '0')}.ndjson`), first, offsets: [0] };
};

/** For writing where its last line ends. */
function openSegment({ path, offsets }: Segment): number {
  // Not for appending: Linux would then ignore the place that is written to.
  const fd = openSync(path, offsets.length === 1 ? 'w' : 'r+', 0o600);
  ftruncateSync(fd, offsets.at(-1)!);
  return fd;
}

/** Segments that follow one another, up to the first damage. */
function load(folder: string): Segment[] {
  const segments: Segment[] = [];
  const names = readdirSync(folder).filter((name) => /^\d+\.ndjson$/.test(name));
  for (const name of names.sort()) {
    const segment = { path: join(folder, name), first: Number.parseInt(name, 10), offsets: [0] };
    const before = segments.at(-1);
    if (before && next(before) !== segment.first) {
      rmSync(segment.path, { force: true });
      continue;
    }
    scan(segment);
    segments.push(segment);
  }
  return segments;
}

function scan({ path, first, offsets }: Segment): void {
  const bytes = readFileSync(path);
  for (let start = 0; ; ) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || numberOf(bytes.subarray(start, end)) !== first + offsets.length - 1) return;
    start = end + 1;
    offsets.push(start);
  }
}

function numberOf(line: Buffer): unknown {
  try {
    return (JSON.parse(line.toString('utf8')) as { n?: unknown } | null)?.n;
  } catch {
    return undefined;
  }
}
