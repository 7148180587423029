/** What went wrong, as the row tells it and as the retries ask. No I/O. */
import { PortholeError, type WorkspaceError, type WorkspaceStatus } from '@porthole/shared';
import { SshError } from '../ssh/errors.ts';
import { DELETE_FAILED, type Effect, failedEffect, type LifecycleEvent } from './lifecycle.ts';
import { ProviderError } from './provider.ts';

/** With what was being done, by which the next step is chosen; of a delete it says what a second one does. */
export const failureOf = (effect: Effect, error: WorkspaceError): WorkspaceError =>
  effect === 'destroy'
    ? {
        ...error,
        effect,
        code: DELETE_FAILED,
        message: `${error.message} Delete it once more: what its machine still cannot remove is forgotten here and left there.`,
      }
    : { ...error, effect };

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

type Current = { status: WorkspaceStatus; error: WorkspaceError | null };

/** An earlier delete of it failed. */
export const wasRefused = (current: Pick<Current, 'error'> | null): boolean =>
  current !== null && failedEffect(current.error) === 'destroy';

/** Why an event is refused, for who asked. */
export function refusal(current: Current, event: LifecycleEvent): string {
  const { status } = current;
  if (event === 'pause' && status === 'running') return 'This kind of machine cannot pause. Stop it instead.';
  if (status === 'error' && wasRefused(current))
    return 'Deleting this workspace failed, and it may be half gone. It can only be deleted once more.';
  if (event === 'connect' && status === 'error') return 'This workspace has failed. Its screen says why.';
  if (event === 'connect') return `This workspace is ${status}. Start it first.`;
  return `A workspace that ${status === 'error' ? 'has failed' : `is ${status}`} cannot ${event}.`;
}
