/** Errors of the drivers, by their codes, as errors that the rest of the proxy knows. */
import { PortholeError } from '@porthole/shared';

/** The database cannot be opened; the message is for whoever starts the server. */
export class DatabaseOpenError extends Error {
  override readonly name = 'DatabaseOpenError';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

const FULL = new Set(['SQLITE_FULL', '53100']);
/** PostgreSQL has no NUL in text: character_not_in_repertoire, untranslatable_character. */
const BAD_TEXT = new Set(['22021', '22P05']);
/** serialization_failure, deadlock_detected: the same work may succeed when it is done again. */
const RETRY = new Set(['40001', '40P01']);
const TAKEN = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505']);

const ORPHAN = new Set(['SQLITE_CONSTRAINT_FOREIGNKEY', '23503']);

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

export const isRetryable = (error: unknown): boolean => RETRY.has(codeOf(error));

/** A unique or primary key is taken. */
export const isTaken = (error: unknown): boolean => TAKEN.has(codeOf(error));

/** What a row belongs to is gone. */
export const isOrphan = (error: unknown): boolean => ORPHAN.has(codeOf(error));

/** A `PortholeError` where the driver's error has a meaning for a person; otherwise the error itself. */
export function toFault(error: unknown): unknown {
  const code = codeOf(error);
  if (FULL.has(code))
    return new PortholeError('storage_full', "The server's disk is full. Nothing was changed.", {
      cause: error,
    });
  if (BAD_TEXT.has(code))
    return new PortholeError('bad_request', 'Text may not contain a NUL character.', { cause: error });
  return error;
}
