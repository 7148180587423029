/** A value by its schema, or the fault that names the fields. */
import { type ErrorCode, firstIssue, PortholeError } from '@porthole/shared';
import * as z from 'zod/mini';

// The small build of zod comes without words.
z.config(z.locales.en());

export function validate<S extends z.ZodMiniType>(
  schema: S | undefined,
  value: unknown,
  code: ErrorCode,
): z.output<S> {
  if (!schema) return {} as z.output<S>;
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  if (code === 'not_found') throw new PortholeError('not_found', 'There is no such thing here.');
  const fields = Object.fromEntries(issues.map(({ path, message }) => [path.map(String).join('.'), message]));
  throw new PortholeError(code, firstIssue(issues), { fields });
}
