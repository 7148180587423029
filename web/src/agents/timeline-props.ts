/**
 * What `<Timeline>` is given. Whoever holds the session's data (log, cache, socket) folds it; the timeline only shows.
 * Invariant: entries are immutable and their list is changed in place (`Entries.list`): `version` says that it has.
 */

import type { TimelineEntry } from '@porthole/shared/agent-entries';
import type { Attachment, StoredImage } from '@porthole/shared/agent-events';
import type { SessionHead } from '@porthole/shared/agent-head';

/** A text that still grows. It goes when its finished entry (same turn and item) is in the list. */
export interface PartialText {
  turn: string;
  item: string;
  kind: 'message' | 'thought';
  text: string;
}

export interface TimelineMember {
  name: string;
}

export interface TimelineProps {
  entries: readonly TimelineEntry[];
  /** Another number after each change of the list, be it at its end, in its midst or (older pages) at its start. */
  version: number;
  head: SessionHead;
  partials: readonly PartialText[];
  /** By id of the person; those who left are missing. */
  members: ReadonlyMap<string, TimelineMember>;
  /** The reader. */
  me: string;
  /** What this person has seen before this visit: the marker stands after it. null: no marker. */
  lastRead: number | null;
  /** A `blob:` or `data:` address of an attachment's bytes; null where there is no way to them (offline). */
  attachmentUrl: (attachment: Attachment) => Promise<string | null>;
  /** Queues the failed prompt again. Rejects with an Error fit for a screen. */
  onRetry: (prompt: string) => Promise<void>;
  /** Called when the reader comes near the beginning; not while `loadingOlder` or `atBeginning`. */
  onLoadOlder: () => void;
  loadingOlder: boolean;
  /** Why older entries did not come; offers to try again. */
  olderFault?: string | null;
  atBeginning: boolean;
  /** A path of a tool call. Absent: paths are no links. */
  onOpenFile?: (path: string) => void;
  /** A `blob:` address of a picture that the work has made; null: it did not come. */
  imageUrl?: (image: StoredImage) => Promise<string | null>;
  /** Where a picture can be opened by itself. */
  imageAddress?: (image: StoredImage) => string;
  onCopyLink: (seq: number) => void;
  /** A link led here: scrolled to and highlighted whenever it changes, once it is in the list. */
  focusSeq: number | null;
  /** Grows with each prompt that is sent from here: its author sees it, wherever they had scrolled. */
  sent?: number;
  /** The last entry is on screen: everything up to this seq has been read. */
  onRead?: (seq: number) => void;
}
