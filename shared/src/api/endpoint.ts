/** What an endpoint is, and the fields that several endpoints share. */
import * as z from 'zod/mini';
import { OrganisationId } from '../ids.ts';

export const text = (max: number) => z.string().check(z.trim(), z.minLength(1), z.maxLength(max));
export const Name = text(100);
export const Email = z.string().check(z.trim(), z.toLowerCase(), z.maxLength(254), z.email());
/** Long is strong: 10 to 256 characters, nothing else is asked. */
export const Password = z.string().check(z.minLength(10), z.maxLength(256));
export const BranchName = z.string().check(
  z.trim(),
  z.minLength(1),
  z.maxLength(200),
  // git-check-ref-format, and never an option.
  z.regex(
    /^(?![-/.])(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)|\/\.))[^\s~^:?*[\\\x00-\x1f\x7f]+(?<![/.])$/,
    'not a branch name',
  ),
);
export const Secret = z.string().check(z.minLength(1), z.maxLength(20_000));
export const Empty = z.object({});

export const Scope = z.enum(['read', 'write', 'admin']);
export type Scope = z.infer<typeof Scope>;

/** What a handler of a `file` answers. `mediaType` is one that no browser runs. */
export const FileAnswer = z.object({ mediaType: z.string(), data: z.instanceof(Uint8Array) });

/** JSON of forms and settings. */
export const MAX_BODY_BYTES = 128 * 1024;

export interface Endpoint {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  path: `/api/${string}`;
  summary: string;
  tag: string;
  /** `session` (default): a signed-in person or token. `device`: a browser session, no token. `public`: anyone. */
  access?: 'public' | 'session' | 'device';
  /** The scope an API token needs; `read` for GET and `write` otherwise, unless given. */
  scope?: Scope;
  params?: z.ZodMiniObject;
  query?: z.ZodMiniObject;
  body?: z.ZodMiniType;
  /** Of the request's body; `MAX_BODY_BYTES` unless given. */
  maxBodyBytes?: number;
  response: z.ZodMiniType;
  /** The answer is not JSON but a file: the handler's `FileAnswer` is sent as such. */
  file?: true;
  status?: 200 | 201 | 202;
}

export const define = <const T extends Record<string, Endpoint>>(table: T): T => table;

export const inOrg = z.object({ org: OrganisationId });
export const orgAnd = <const S extends z.core.$ZodLooseShape>(shape: S) =>
  z.object({ org: OrganisationId, ...shape });
