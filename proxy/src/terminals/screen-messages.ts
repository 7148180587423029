/** What the main thread and the screen worker say to each other. `id` names an emulator for its lifetime. */
import type { ThemeColours } from './palette.ts';

/** A screen at rest: a deflated snapshot, which includes the bytes of a half-read sequence. */
export interface PackedScreen {
  seq: number;
  cols: number;
  rows: number;
  /** Deflated (raw) snapshot. */
  data: Uint8Array;
}

export interface SnapshotReply {
  seq: number;
  cols: number;
  rows: number;
  data: Uint8Array;
}

export type ToScreenWorker =
  | { type: 'open'; id: number; cols: number; rows: number; seq: number; restore: PackedScreen | null }
  /** `end` is the seq after the bytes. */
  | { type: 'write'; id: number; bytes: Uint8Array; end: number }
  | { type: 'resize'; id: number; cols: number; rows: number }
  | { type: 'colours'; id: number; colours: ThemeColours }
  /** Answered by `snapshot` once everything written before is parsed. */
  | { type: 'snapshot'; id: number; request: number }
  | { type: 'pack'; id: number; request: number }
  /** The program has been replaced: its screen becomes scrollback, modes are default, seq begins at 0. */
  | { type: 'begin'; id: number }
  | { type: 'hibernate'; id: number }
  | { type: 'close'; id: number };

export type FromScreenWorker =
  /** Everything before `seq` is parsed, or sure to be soon and within bounds. */
  | { type: 'progress'; id: number; seq: number }
  | { type: 'answer'; id: number; bytes: Uint8Array }
  | { type: 'title'; id: number; title: string }
  | { type: 'bell'; id: number }
  | { type: 'snapshot'; id: number; request: number; reply: SnapshotReply }
  | { type: 'packed'; id: number; request: number; reply: PackedScreen }
  | { type: 'hibernated'; id: number; packed: PackedScreen }
  /** The emulator failed on some output and was begun anew. */
  | { type: 'fault'; id: number; message: string };
