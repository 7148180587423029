/** Bounds of the terminal stream that both ends import. SPEC.md, TR. Units are in the names. */

/** Output bytes kept per terminal: an exact resume reaches this far back. */
export const HISTORY_BYTES = 2 * 1024 * 1024;
/** Lines above the screen, in the proxy's emulator and in every viewer alike. */
export const SCROLLBACK_LINES = 5_000;
/** Output bytes a viewer may have received and not yet acknowledged as parsed. xterm.js grows sluggish past 500 KB. */
export const VIEWER_CREDIT_BYTES = 512 * 1024;
/** A viewer acknowledges at least every so many parsed bytes, and at once when it has parsed all it has. */
export const ACK_EVERY_BYTES = 64 * 1024;
/** The largest output frame: one coalesced burst. */
export const OUTPUT_FRAME_BYTES = 64 * 1024;
/** A busy stream is gathered for no longer than this. */
export const COALESCE_MS = 5;
/** The largest input frame. A paste is cut into such frames. */
export const INPUT_FRAME_BYTES = 64 * 1024;
/** Input a viewer may have sent and the PTY not yet taken. */
export const INPUT_QUEUE_BYTES = 1024 * 1024;
/** The largest text frame on either socket. */
export const CONTROL_FRAME_BYTES = 64 * 1024;
/** Unacknowledged emulator bytes above which the PTY is paused, and below which it goes on. */
export const SCREEN_HIGH_BYTES = 4 * 1024 * 1024;
export const SCREEN_LOW_BYTES = 1024 * 1024;

export const MIN_COLS = 2;
export const MAX_COLS = 500;
export const MIN_ROWS = 1;
export const MAX_ROWS = 300;

/** A hidden, sleeping or gone owner keeps the size for so long. */
export const SIZE_LEASE_MS = 10_000;
/** "is typing" is shown for so long after a key. */
export const TYPING_MS = 3_000;

export const PING_EVERY_MS = 15_000;
/** No frame at all for so long: the peer is gone. */
export const SOCKET_DEAD_MS = 40_000;
/** Delays before the 1st, 2nd, … reconnect; after the last, a button. */
export const RECONNECT_DELAYS_MS = [0, 1_000, 3_000, 10_000] as const;

export const MAX_VIEWERS_PER_TERMINAL = 64;
export const MAX_TERMINALS_PER_WORKSPACE = 24;
