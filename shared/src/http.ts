/**
 * The HTTP API as one table: the proxy mounts and validates by it, the OpenAPI document is made from it, and the
 * app's typed client takes its types from it (types only: no schema of this file reaches the browser).
 *
 * An endpoint needs a session or an API token unless `access` says otherwise. `path` uses `:name` parameters.
 * Anything but 2xx answers with `ErrorBody`.
 */
import type * as z from 'zod/mini';
import { agentEndpoints } from './api/agents.ts';
import { authEndpoints } from './api/auth.ts';
import { organisationEndpoints } from './api/organisations.ts';
import { repositoryEndpoints } from './api/repositories.ts';
import { resetEndpoints } from './api/resets.ts';
import { sessionEndpoints } from './api/sessions.ts';
import { terminalEndpoints } from './api/terminals.ts';
import { workspaceEndpoints } from './api/workspaces.ts';

export * from './api/agents.ts';
export * from './api/auth.ts';
export { type Endpoint, FileAnswer, MAX_BODY_BYTES, Scope } from './api/endpoint.ts';
export * from './api/organisations.ts';
export * from './api/repositories.ts';
export * from './api/resets.ts';
export * from './api/sessions.ts';
export * from './api/terminals.ts';
export * from './api/workspaces.ts';

export const endpoints = {
  ...authEndpoints,
  ...resetEndpoints,
  ...organisationEndpoints,
  ...repositoryEndpoints,
  ...workspaceEndpoints,
  ...terminalEndpoints,
  ...agentEndpoints,
  ...sessionEndpoints,
};

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;

type Part<E, K extends string> =
  E extends Record<K, infer S> ? (S extends z.core.$ZodType ? S : never) : never;
/** What a handler is given, and what a client gets. */
export type ParamsOf<E> = [Part<E, 'params'>] extends [never]
  ? Record<string, never>
  : z.output<Part<E, 'params'>>;
export type QueryOf<E> = [Part<E, 'query'>] extends [never]
  ? Record<string, never>
  : z.output<Part<E, 'query'>>;
export type BodyOf<E> = [Part<E, 'body'>] extends [never] ? undefined : z.output<Part<E, 'body'>>;
/** What a client sends. */
export type BodyInputOf<E> = [Part<E, 'body'>] extends [never] ? undefined : z.input<Part<E, 'body'>>;
export type ResponseOf<E> = E extends { response: infer S extends z.core.$ZodType } ? z.output<S> : never;

type MethodKey<E> = E extends { method: infer M extends string } ? `$${M}` : never;
type InputOf<E> = ([Part<E, 'params'>] extends [never]
  ? unknown
  : { param: Record<keyof z.output<Part<E, 'params'>> & string, string> }) &
  ([Part<E, 'body'>] extends [never] ? unknown : { json: z.input<Part<E, 'body'>> });

/** The table in the form that Hono's `hc` client takes: `hc<Hono<BlankEnv, ApiSchema, '/'>>()`. */
export type ApiSchema = {
  [P in Endpoints[EndpointName]['path']]: {
    [E in Extract<Endpoints[EndpointName], { path: P }> as MethodKey<E>]: {
      input: InputOf<E> extends infer I ? (unknown extends I ? object : I) : never;
      output: ResponseOf<E>;
      outputFormat: 'json';
      status: 200;
    };
  };
};
