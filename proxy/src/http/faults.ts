/**
 * Any error as the answer that a client gets. Invariant: what is not a `PortholeError` says nothing of the inside:
 * it is logged, and the answer carries the request's id to find it by.
 */
import { PortholeError } from '@porthole/shared';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from '../lib/log.ts';

export function toPortholeError(error: unknown, log: Logger, requestId: string): PortholeError {
  if (error instanceof PortholeError) {
    if (error.status >= 500) log.warn({ err: error }, 'request failed');
    return error;
  }
  log.error({ err: error }, 'request failed unexpectedly');
  return new PortholeError('internal', 'The server failed. Try again; if it stays, tell whoever runs it.', {
    details: `request ${requestId}`,
  });
}

/** Keeps the headers that have been set on the way, such as a cookie. */
export function errorResponse(context: Context, error: PortholeError): Response {
  context.header('Cache-Control', 'no-store');
  if (error.retryAfter !== undefined) context.header('Retry-After', String(Math.ceil(error.retryAfter)));
  return context.json(error.toBody(), error.status as ContentfulStatusCode);
}
