/** Every error a client can meet, by code. Nothing is recognised by its message text. */
import * as z from 'zod/mini';

/** code → HTTP status. */
export const ERROR_STATUS = {
  bad_request: 400,
  bad_frame: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  setup_code_wrong: 401,
  token_expired: 401,
  forbidden: 403,
  bad_origin: 403,
  view_only: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  already_set_up: 409,
  setup_required: 409,
  email_taken: 409,
  wrong_state: 409,
  last_owner: 409,
  host_key_unknown: 409,
  host_key_changed: 409,
  key_missing: 409,
  gone: 410,
  invite_used: 410,
  invite_expired: 410,
  too_large: 413,
  unprocessable: 422,
  version_mismatch: 426,
  rate_limited: 429,
  too_many: 429,
  quota_used: 429,
  internal: 500,
  not_configured: 501,
  host_unreachable: 502,
  host_refused: 502,
  ssh_authentication: 502,
  ssh_no_kex_match: 502,
  ssh_channel_limit: 502,
  connection_lost: 502,
  provider_failed: 502,
  git_failed: 502,
  agent_failed: 502,
  upstream_failed: 502,
  going_away: 503,
  storage_full: 507,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export const ErrorCodeSchema = z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]);

/** The body of every HTTP answer that is not 2xx. */
export const ErrorBody = z.object({
  error: z.object({
    code: ErrorCodeSchema,
    /** What happened and what to do next, fit for a screen. */
    message: z.string(),
    /** Which field, for `bad_request`: JSON path → what is wrong with it. */
    fields: z.optional(z.record(z.string(), z.string())),
    /** Seconds to wait, for `rate_limited`. */
    retryAfter: z.optional(z.number()),
    /** Folded out on demand: never a secret. */
    details: z.optional(z.string()),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

export interface PortholeErrorOptions {
  fields?: Record<string, string>;
  retryAfter?: number;
  details?: string;
  cause?: unknown;
}

/** A fault with a code; the edge turns it into an `ErrorBody`, a close reason or an `error` frame. */
export class PortholeError extends Error {
  override readonly name = 'PortholeError';
  readonly code: ErrorCode;
  readonly fields: Record<string, string> | undefined;
  readonly retryAfter: number | undefined;
  readonly details: string | undefined;

  constructor(code: ErrorCode, message: string, options: PortholeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields;
    this.retryAfter = options.retryAfter;
    this.details = options.details;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }

  toBody(): ErrorBody {
    const error: ErrorBody['error'] = { code: this.code, message: this.message };
    if (this.fields) error.fields = this.fields;
    if (this.retryAfter !== undefined) error.retryAfter = this.retryAfter;
    if (this.details !== undefined) error.details = this.details;
    return { error };
  }
}
