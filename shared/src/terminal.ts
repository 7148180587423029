/**
 * The terminal socket, `/ws/terminals/:terminalId`. SPEC.md, TR.
 *
 * Binary frames: input bytes towards the proxy, output bytes towards the viewer. Text frames: the JSON below.
 * The viewer's first frame is `attach`; the proxy's answer is `attached` (or `error` and a close).
 */
import * as z from 'zod/mini';
import { ErrorCodeSchema } from './errors.ts';
import { MAX_COLS, MAX_ROWS, MIN_COLS, MIN_ROWS } from './flow-limits.ts';
import { UserId, ViewerId } from './ids.ts';

export const Cols = z.int().check(z.minimum(MIN_COLS), z.maximum(MAX_COLS));
export const Rows = z.int().check(z.minimum(MIN_ROWS), z.maximum(MAX_ROWS));
/** Output bytes since the epoch began. */
export const Seq = z.int().check(z.minimum(0));
/** Names a stretch of output without a gap. */
export const Epoch = z.string().check(z.regex(/^[0-9a-z]{1,32}$/));

/** CSS-like `#rrggbb`: what the proxy answers to OSC 4/10/11/12 queries. */
export const HexColour = z.string().check(z.regex(/^#[0-9a-f]{6}$/));

export const DeviceKind = z.enum(['laptop', 'phone', 'tablet']);
export type DeviceKind = z.infer<typeof DeviceKind>;

export const Place = z.object({ epoch: Epoch, seq: Seq });
export type Place = z.infer<typeof Place>;

// ── viewer → proxy ──────────────────────────────────────────────────────────

export const TerminalAttach = z.object({
  type: z.literal('attach'),
  version: z.int(),
  viewer: ViewerId,
  /** What this viewer has parsed; null for an empty screen. */
  resume: z.nullable(Place),
  /** The grid that would fit this viewer. Attaching never resizes. */
  cols: Cols,
  rows: Rows,
  visible: z.boolean(),
  device: DeviceKind,
  colours: z.optional(z.object({ foreground: HexColour, background: HexColour, cursor: HexColour })),
});
export type TerminalAttach = z.infer<typeof TerminalAttach>;

export const TerminalClientMessage = z.discriminatedUnion('type', [
  TerminalAttach,
  /** xterm.js has parsed everything before `seq` of the current epoch. */
  z.object({ type: z.literal('ack'), seq: Seq }),
  /** The grid that would fit has changed. Resizes the PTY only when this viewer owns the size. */
  z.object({ type: z.literal('fit'), cols: Cols, rows: Rows }),
  /** "Fit to this screen": take the size. */
  z.object({ type: z.literal('take_size') }),
  z.object({ type: z.literal('visibility'), visible: z.boolean() }),
  z.object({
    type: z.literal('colours'),
    foreground: HexColour,
    background: HexColour,
    cursor: HexColour,
  }),
  z.object({ type: z.literal('ping'), id: z.int() }),
]);
export type TerminalClientMessage = z.infer<typeof TerminalClientMessage>;

// ── proxy → viewer ──────────────────────────────────────────────────────────

export const EndReason = z.enum([
  'exited',
  'connection_lost',
  'proxy_stopped',
  'proxy_crashed',
  'workspace_stopped',
  'closed',
]);
export type EndReason = z.infer<typeof EndReason>;

export const TerminalEnd = z.object({
  reason: EndReason,
  exitCode: z.nullable(z.int()),
  /** Without SIG: `KILL`. */
  signal: z.nullable(z.string()),
});
export type TerminalEnd = z.infer<typeof TerminalEnd>;

export const TerminalViewer = z.object({
  viewer: ViewerId,
  userId: UserId,
  name: z.string(),
  device: DeviceKind,
  visible: z.boolean(),
  typing: z.boolean(),
  /** May type. */
  canWrite: z.boolean(),
  /** The PTY has this viewer's size. */
  ownsSize: z.boolean(),
});
export type TerminalViewer = z.infer<typeof TerminalViewer>;

export const TerminalServerMessage = z.discriminatedUnion('type', [
  /**
   * `exact`: bytes from `seq` (what the viewer asked for) follow.
   * `snapshot`: `snapshotBytes` of binary frames follow that, written to a reset terminal of `cols`×`rows`, give
   * the screen at `seq`; they do not count into seq. Then live bytes from `seq`.
   * Also sent later on, without being asked, to a viewer that fell out of the history, and at a new epoch.
   */
  z.object({
    type: z.literal('attached'),
    mode: z.enum(['exact', 'snapshot']),
    epoch: Epoch,
    seq: Seq,
    cols: Cols,
    rows: Rows,
    snapshotBytes: z.int().check(z.minimum(0)),
    /** Input bytes of this viewer id that the PTY has been given so far: what lies beyond was not sent. */
    inputSeq: Seq,
    canWrite: z.boolean(),
    end: z.nullable(TerminalEnd),
  }),
  /** From this place in the output on, the grid is this. */
  z.object({ type: z.literal('resize'), seq: Seq, cols: Cols, rows: Rows }),
  /** Everyone attached, sent on each change. */
  z.object({ type: z.literal('viewers'), viewers: z.array(TerminalViewer) }),
  z.object({ type: z.literal('input_ack'), inputSeq: Seq }),
  z.object({ type: z.literal('access'), canWrite: z.boolean() }),
  z.object({ type: z.literal('ended'), end: TerminalEnd }),
  z.object({ type: z.literal('pong'), id: z.int() }),
  /** Something this viewer sent was refused; the stream goes on unless a close follows. */
  z.object({ type: z.literal('error'), code: ErrorCodeSchema, message: z.string() }),
]);
export type TerminalServerMessage = z.infer<typeof TerminalServerMessage>;
