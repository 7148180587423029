/**
 * What a request can end in, as one class with a code. Pure: maps an answer's status and body, or a fault of the
 * network, to an `ApiError`. Nothing is recognised by its message text.
 */
import type { ErrorCode } from '@porthole/shared';

/** `offline`: no answer came. `unexpected`: an answer came that no Porthole gives (a gateway's page). */
export type ApiErrorCode = ErrorCode | 'offline' | 'unexpected';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly status: number;
  /** Field path → what is wrong with it. */
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfter: number | undefined;
  readonly details: string | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    more: { status?: number; fields?: Record<string, string>; retryAfter?: number; details?: string } = {},
  ) {
    super(message);
    this.code = code;
    this.status = more.status ?? 0;
    this.fields = more.fields ?? {};
    this.retryAfter = more.retryAfter;
    this.details = more.details;
  }
}

/** The form of a code. A server newer than this app may have ones that are unknown here; their message still helps. */
const CODE = /^[a-z_]{1,64}$/;

export function errorOfAnswer(status: number, body: unknown): ApiError {
  const error = isRecord(body) && isRecord(body.error) ? body.error : null;
  if (!error || typeof error.code !== 'string' || !CODE.test(error.code)) {
    return new ApiError('unexpected', gatewayText(status), { status });
  }
  return new ApiError(error.code as ErrorCode, String(error.message ?? ''), {
    status,
    ...(isRecord(error.fields) ? { fields: textValues(error.fields) } : {}),
    ...(typeof error.retryAfter === 'number' ? { retryAfter: error.retryAfter } : {}),
    ...(typeof error.details === 'string' ? { details: error.details } : {}),
  });
}

/** A request without an answer: `fetch` rejects with a TypeError whatever the reason. */
export function errorOfFault(fault: unknown): ApiError {
  if (fault instanceof ApiError) return fault;
  const details = fault instanceof Error ? fault.message : String(fault);
  return new ApiError('offline', 'The server cannot be reached. Check the connection and try again.', {
    details,
  });
}

function gatewayText(status: number): string {
  if (status >= 502 && status <= 504) return 'The server is not answering right now. Try again in a moment.';
  return `The server gave an answer that makes no sense here (HTTP ${status}).`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textValues(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]));
}
