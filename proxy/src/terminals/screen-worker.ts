/**
 * The worker thread in which all emulators run, so that a flood of output never delays a keystroke's way through
 * the main thread. Wires the port to the hosts and decides who works next.
 *
 * Invariant: turns are about 2 ms long; terminals with little to do go first, floods share the rest in turn.
 */
import { parentPort } from 'node:worker_threads';
import { collectGarbage } from './collect-garbage.ts';
import { ScreenHost } from './screen-host.ts';
import type { FromScreenWorker, ToScreenWorker } from './screen-messages.ts';

const TURN_MS = 2;
/** An emulator that has been quiet for so long is packed away. */
const HIBERNATE_AFTER_MS = 10_000;
const HIBERNATE_LOOK_MS = 1_000;
const HIBERNATE_TURN_MS = 100;
/** Between two turns, when there is more to pack than one has time for: for the emulators that are awake. */
const HIBERNATE_REST_MS = 100;

interface Entry {
  host: ScreenHost;
  reported: number;
}

const port = parentPort;
if (!port) throw new Error('screen-worker is started as a worker thread');
const entries = new Map<number, Entry>();
/** Emulators have been packed away since the last collection. */
let garbage = false;
const say = (message: FromScreenWorker, transfer: Uint8Array[] = []) =>
  port.postMessage(
    message,
    transfer.map((bytes) => bytes.buffer as ArrayBuffer),
  );

port.on('message', (message: ToScreenWorker) => {
  if (message.type === 'open') open(message);
  else {
    const entry = entries.get(message.id);
    if (entry) receive(message, entry);
  }
  schedule();
});

function open(message: Extract<ToScreenWorker, { type: 'open' }>): void {
  const { id, seq, restore } = message;
  const size = { cols: message.cols, rows: message.rows };
  const host = new ScreenHost(size, seq, restore, {
    answer: (bytes) => say({ type: 'answer', id, bytes }),
    title: (title) => say({ type: 'title', id, title }),
    bell: () => say({ type: 'bell', id }),
    fault: (text) => say({ type: 'fault', id, message: text }),
  });
  entries.set(id, { host, reported: seq });
}

function receive(message: Exclude<ToScreenWorker, { type: 'open' }>, { host }: Entry): void {
  const { id } = message;
  switch (message.type) {
    case 'write':
      host.write(message.bytes, message.end);
      report(id);
      return;
    case 'resize':
      host.resize(message.cols, message.rows);
      return;
    case 'colours':
      host.setColours(message.colours);
      return;
    case 'begin':
      host.begin();
      return;
    case 'snapshot': {
      const { request } = message;
      host.snapshot((reply) => {
        const data = new Uint8Array(reply.data);
        say({ type: 'snapshot', id, request, reply: { ...reply, data } }, [data]);
      });
      return;
    }
    case 'pack': {
      const { request } = message;
      host.pack((reply) => say({ type: 'packed', id, request, reply }));
      return;
    }
    case 'hibernate':
      hibernate(id, host);
      return;
    case 'close':
      host.dispose();
      entries.delete(id);
      return;
  }
}

function hibernate(id: number, host: ScreenHost): void {
  const packed = host.hibernate();
  if (packed) say({ type: 'hibernated', id, packed });
}

function report(id: number): void {
  const entry = entries.get(id);
  if (!entry || entry.host.progress === entry.reported) return;
  entry.reported = entry.host.progress;
  say({ type: 'progress', id, seq: entry.reported });
}

let scheduled = false;
let timer: NodeJS.Timeout | undefined;

/** Runs a turn soon if anybody is due, or else when the first one is. */
function schedule(): void {
  if (scheduled) return;
  let due = Number.POSITIVE_INFINITY;
  for (const { host } of entries.values()) due = Math.min(due, host.dueAt());
  clearTimeout(timer);
  if (due === Number.POSITIVE_INFINITY) return;
  const wait = due - performance.now();
  if (wait > 0) {
    timer = setTimeout(schedule, wait);
    return;
  }
  scheduled = true;
  setImmediate(turn);
}

function turn(): void {
  scheduled = false;
  const id = next();
  const entry = id === undefined ? undefined : entries.get(id);
  if (id !== undefined && entry) {
    entry.host.run(performance.now() + TURN_MS);
    // Behind everybody else for its next turn.
    if (entries.delete(id)) entries.set(id, entry);
    report(id);
  }
  schedule();
}

/** The first that is due and small; else the first that is due. Whoever has run stands last. */
function next(): number | undefined {
  const now = performance.now();
  let first: number | undefined;
  for (const [id, { host }] of entries) {
    if (host.dueAt() > now) continue;
    if (host.small) return id;
    first ??= id;
  }
  return first;
}

/** Packs who is quiet, in turns, and collects the garbage once nobody is left. */
function packQuiet(): void {
  const now = performance.now();
  const before = now - HIBERNATE_AFTER_MS;
  for (const [id, { host }] of entries) {
    if (!host.awake || !host.idle || host.touchedAt >= before) continue;
    if (performance.now() - now > HIBERNATE_TURN_MS) {
      setTimeout(packQuiet, HIBERNATE_REST_MS);
      return;
    }
    // Packing a full scrollback takes some 30 ms; whoever prints meanwhile waits for no longer than a turn.
    hibernate(id, host);
    garbage = true;
  }
  if (garbage) collectGarbage();
  garbage = false;
  setTimeout(packQuiet, HIBERNATE_LOOK_MS);
}

packQuiet();
