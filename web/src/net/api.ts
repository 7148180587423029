/** The typed HTTP client. `await call(api.me.$get())` answers the body or throws an `ApiError`. */
import type { ApiSchema } from '@porthole/shared/http';
import type { Hono } from 'hono';
import { hc } from 'hono/client';
import type { BlankEnv } from 'hono/types';

export { call } from './call.ts';

export const { api } = hc<Hono<BlankEnv, ApiSchema, '/'>>('/');
