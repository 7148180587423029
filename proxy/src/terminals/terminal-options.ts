/** What a terminal is made with, and what it tells of itself. */
import type { TerminalEnd } from '@porthole/shared/terminal';
import type { Clock } from '../lib/clock.ts';
import type { PtyChannel } from '../lib/pty.ts';
import type { Size } from './output.ts';
import type { PackedScreen, Screens } from './screen.ts';

export interface TerminalEvents {
  ended(end: TerminalEnd): void;
  title(title: string): void;
  bell(): void;
  resized(cols: number, rows: number): void;
  /** A fresh packed screen, as the terminal went quiet. */
  quiet(kept: KeptScreen): void;
}

export interface KeptScreen extends PackedScreen {
  epoch: string;
}

export interface TerminalOptions {
  cols: number;
  rows: number;
  screens: Screens;
  clock: Clock;
  /** Opens the PTY in the terminal's folder. Called once for each epoch. */
  openPty: (size: Size) => Promise<PtyChannel>;
  events: TerminalEvents;
  /** The program is gone already; what was kept of its screen. */
  ended?: { screen: KeptScreen | null; end: TerminalEnd } | null;
}
