/** Decoding at the edge: text of a frame → a message of a schema, or why not. */
import * as z from 'zod/mini';
import { CONTROL_FRAME_BYTES } from './flow-limits.ts';

export type Decoded<T> =
  | { ok: true; message: T }
  | { ok: false; code: 'bad_frame' | 'too_large'; reason: string };

/**
 * Decodes one text frame. Unknown keys are dropped, an unknown `type` is `bad_frame`.
 * `limit` is in UTF-16 units, which is what a string has at hand; it bounds bytes to three times that.
 */
export function decodeText<S extends z.ZodMiniType>(
  schema: S,
  text: string,
  limit: number = CONTROL_FRAME_BYTES,
): Decoded<z.infer<S>> {
  if (text.length > limit)
    return { ok: false, code: 'too_large', reason: `text frame over ${limit} characters` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: 'bad_frame', reason: 'not JSON' };
  }
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return { ok: true, message: parsed.data };
  return { ok: false, code: 'bad_frame', reason: firstIssue(parsed.error.issues) };
}

export function firstIssue(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  const issue = issues[0];
  if (!issue) return 'invalid';
  const path = issue.path.map(String).join('.');
  return path ? `${path}: ${issue.message}` : issue.message;
}
