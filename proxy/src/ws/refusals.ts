/** Pure: how a socket is closed for what went wrong (W2, W3). */
import { CloseCode, type ErrorCode, PortholeError } from '@porthole/shared';

export interface Refusal {
  close: CloseCode;
  code: ErrorCode;
  message: string;
}

/** Of a frame that is no message of the socket's schema. */
export const badFrame = ({ code, reason }: { code: 'bad_frame' | 'too_large'; reason: string }): Refusal => ({
  ...{ close: code === 'too_large' ? CloseCode.tooMuch : CloseCode.protocolError, code },
  message: `This message was not understood: ${reason}.`,
});

/** Of a message that has no place where it came. */
export const outOfOrder = (message: string): Refusal => ({
  ...{ close: CloseCode.protocolError, code: 'bad_frame', message },
});

/** Of whatever was thrown: what is not named is the server's own fault, and says nothing of it. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof PortholeError))
    return {
      ...{ close: CloseCode.goingAway, code: 'internal' },
      message: 'Something went wrong on the server.',
    };
  return { close: closeCodeOf(error.code), code: error.code, message: error.message };
}

function closeCodeOf(code: ErrorCode): CloseCode {
  switch (code) {
    case 'not_found':
    case 'gone':
      return CloseCode.notFound;
    case 'forbidden':
    case 'view_only':
      return CloseCode.forbidden;
    case 'unauthenticated':
      return CloseCode.unauthorized;
    case 'too_many':
      return CloseCode.tooMuch;
    case 'conflict':
      return CloseCode.protocolError;
    default:
      return CloseCode.goingAway;
  }
}

/** Of the first frame of a client of another version; null: it is of this one. */
export const otherVersion = (ours: number, theirs: number): Refusal | null =>
  ours === theirs
    ? null
    : {
        ...{ close: CloseCode.versionMismatch, code: 'version_mismatch' },
        message: `This server speaks version ${ours} of the protocol, the app version ${theirs}.`,
      };
