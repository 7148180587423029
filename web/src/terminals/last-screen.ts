/**
 * The last screen of each terminal on this device (FD3): shown before the network answers, and without it.
 * Invariant: for the eye alone. An attach never resumes from it, since modes are not in it.
 */

import type { Place } from '@porthole/shared';
import { SerializeAddon } from '@xterm/addon-serialize';
import type { Terminal } from '@xterm/xterm';
import { db, type ScreenRecord } from '../data/database.ts';

/** Lines above the screen that are kept with it. */
const KEPT_LINES = 200;
/** At most one save in so long; leaving the page saves at once. */
const SAVE_EVERY_MS = 5_000;

export async function lastScreen(terminalId: string): Promise<ScreenRecord | undefined> {
  try {
    return await db.screens.get(terminalId);
  } catch {
    return undefined;
  }
}

export interface ScreenKeeper {
  /** Something has changed: save it before long. */
  changed(): void;
  save(): void;
  dispose(): void;
}

export function keepScreen(terminal: Terminal, terminalId: string, place: () => Place | null): ScreenKeeper {
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function save(): void {
    clearTimeout(timer);
    timer = undefined;
    const at = place();
    if (!at) return;
    const text = serializer.serialize({ scrollback: KEPT_LINES, excludeModes: true });
    const record: ScreenRecord = {
      terminalId,
      ...at,
      cols: terminal.cols,
      rows: terminal.rows,
      data: new TextEncoder().encode(text),
      at: Date.now(),
    };
    // A cache: a device without room goes without.
    db.screens.put(record).catch(() => {});
  }

  return {
    changed() {
      timer ??= setTimeout(save, SAVE_EVERY_MS);
    },
    save() {
      if (timer !== undefined) save();
    },
    dispose() {
      this.save();
      serializer.dispose();
    },
  };
}
