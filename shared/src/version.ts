/** The wire protocol's version, and how a socket is closed. SPEC.md, W1 and W2. */

/** Raised when a released peer could misread a message. The first frame on every socket carries it. */
export const PROTOCOL_VERSION = 1;

/** Application close codes (4000–4999) of both sockets. The close reason is an `ErrorCode`. */
export const CloseCode = {
  /** Server is stopping or restarting: reconnect with the usual delays. */
  goingAway: 1001,
  /** A frame broke the protocol. Do not reconnect by yourself. */
  protocolError: 4400,
  /** No valid session: sign in again. */
  unauthorized: 4401,
  /** Signed in, but this is not allowed. */
  forbidden: 4403,
  /** No such terminal or organisation for this person. */
  notFound: 4404,
  /** No sign of life for `SOCKET_DEAD_MS`. Reconnect. */
  silent: 4408,
  /** The peer speaks another protocol version: reload the app. */
  versionMismatch: 4426,
  /** A bound was passed: frame size, queue, or count. */
  tooMuch: 4429,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
