/** Which part of a grid larger than its room is in sight: a finger pans, two zoom about their middle, typing follows. */
import { createEffect, on } from 'solid-js';
import type { PinchPhase } from './create-grid-fit.ts';
import type { TerminalControl } from './create-terminal.ts';
import { panTo } from './fit.ts';

/** Cells kept around the cursor when the sight follows it. */
const PAN_MARGIN = 2;

export function createSight(control: TerminalControl, roomOf: () => HTMLElement | undefined) {
  const { fit } = control;

  /** Returns what of the way is left once the grid's edge is in sight. */
  function pan(dx: number, dy: number): { dx: number; dy: number } {
    const room = roomOf();
    if (!room) return { dx, dy };
    const { scrollLeft, scrollTop } = room;
    room.scrollLeft -= dx;
    room.scrollTop -= dy;
    return { dx: dx - (scrollLeft - room.scrollLeft), dy: dy - (scrollTop - room.scrollTop) };
  }

  /**
   * Browsers scroll a focused field into sight, here within the room, when a keyboard comes up; and what they scrolled
   * to may be gone once the grid has its new size. No further than the grid goes.
   */
  function keepGridInSight(): void {
    const room = roomOf();
    if (!room) return;
    const { width, height } = fit.content();
    room.scrollLeft = Math.min(room.scrollLeft, Math.max(0, width - room.clientWidth));
    room.scrollTop = Math.min(room.scrollTop, Math.max(0, height - room.clientHeight));
  }
  createEffect(on([fit.content, fit.area], keepGridInSight, { defer: true }));

  /** Where the middle of two fingers is in the grid, as parts of it. */
  let focal = { x: 0, y: 0 };
  function pinch(phase: PinchPhase, scale: number, x: number, y: number): void {
    const room = roomOf();
    const grid = room?.firstElementChild;
    if (!room || !grid) return;
    if (phase === 'start') {
      const { left, top, width, height } = grid.getBoundingClientRect();
      focal = { x: (x - left) / width, y: (y - top) / height };
    }
    fit.pinch(phase, scale);
    if (phase !== 'move') return;
    const { left, top, width, height } = grid.getBoundingClientRect();
    room.scrollLeft += left + focal.x * width - x;
    room.scrollTop += top + focal.y * height - y;
  }

  function showCursor(): void {
    const terminal = control.emulator()?.terminal;
    const room = roomOf();
    if (!terminal || !room || fit.zoom() === 1) return;
    const { width, height } = fit.cell();
    const { cursorX, cursorY } = terminal.buffer.active;
    room.scrollLeft = panTo(cursorX * width, width, room.scrollLeft, room.clientWidth, PAN_MARGIN * width);
    room.scrollTop = panTo(cursorY * height, height, room.scrollTop, room.clientHeight, PAN_MARGIN * height);
  }

  return { pan, pinch, showCursor, keepGridInSight };
}
