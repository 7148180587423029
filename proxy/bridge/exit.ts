/** How `bridge.mjs` ends, for whoever started it: a code, and one line on stderr that says why. */
export const EXIT = {
  ok: 0,
  usage: 64,
  /** The state folder cannot be used. */
  folder: 3,
  /** The daemon did not start. */
  daemon: 4,
  /** The daemon closed the connection: a newer attach came, or it ended. */
  closed: 5,
  /** Another daemon of this folder runs. */
  locked: 6,
  /** Outbound: the server says that the workspace is gone (410). */
  gone: 7,
} as const;

export class ExitError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
