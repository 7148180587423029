/** What went wrong, as the row tells it and as the retries ask. No I/O. */
import { PortholeError, type WorkspaceError } from '@porthole/shared';
import { SshError } from '../ssh/errors.ts';
import { ProviderError } from './provider.ts';

/** The code of a delete that failed; deleting once more forgets the row all the same. */
export const DELETE_FAILED = 'delete_failed';

/** Of a delete: says what a second one does. */
export const deleteFailed = (error: WorkspaceError): WorkspaceError => ({
  ...error,
  code: DELETE_FAILED,
  message: `${error.message} It could not be removed from its machine. Delete it once more to forget it and leave there what is there.`,
});

/** `kind` decides about another try. */
export function describe(
  error: unknown,
  at: number,
): { kind: 'transient' | 'permanent'; error: WorkspaceError } {
  if (error instanceof ProviderError) {
    const { kind, code, message, details } = error;
    return { kind, error: { code, message, details, at } };
  }
  if (error instanceof SshError) {
    const details = error.cause instanceof Error ? error.cause.message : null;
    return { kind: error.kind, error: { code: error.code, message: error.message, details, at } };
  }
  // The server's own, such as a full disk, which somebody may make room on.
  if (error instanceof PortholeError) {
    const { code, message, details } = error;
    const kind = code === 'storage_full' ? 'transient' : 'permanent';
    return { kind, error: { code, message, details: details ?? null, at } };
  }
  // The stack goes to the log alone: rows go to browsers.
  const details = error instanceof Error ? error.message : String(error);
  return {
    kind: 'permanent',
    error: { code: 'internal', message: 'Something went wrong on the server.', details, at },
  };
}
