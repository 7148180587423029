/**
 * `GET /metrics`, for Prometheus. `app.ts` calls this once and tells it what happens.
 * Invariant: it is there only where the operator has set a token, and answers only to who brings it. A peer on the
 * loopback proves nothing: the reverse proxy in front of the server is one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { PortholeError } from '@porthole/shared/errors';
import type { Context, Hono } from 'hono';
import { Figures, type FirstOutput, type Levels, type LogBatch, type ModelUse } from './figures.ts';

export interface MetricsDeps {
  /** null: nobody may look, and nothing is counted. */
  token: string | null;
  version: string;
  levels: () => Levels;
  /** Counts a wrong token; throws `rate_limited`. */
  strangers: (address: string) => Promise<void>;
  addressOf: (context: Context) => string;
}

export interface Metrics {
  onFirstOutput(waited: FirstOutput): void;
  onLogBatch(batch: LogBatch): void;
  onModelUse(use: ModelUse): void;
  // biome-ignore lint/suspicious/noExplicitAny: any application will do, whatever its variables are.
  mount(app: Hono<any>): void;
}

export function createMetrics(deps: MetricsDeps): Metrics {
  const { token } = deps;
  const figures = token === null ? null : new Figures(deps.version, deps.levels);
  return {
    onFirstOutput: (waited) => figures?.onFirstOutput(waited),
    onLogBatch: (batch) => figures?.onLogBatch(batch),
    onModelUse: (use) => figures?.onModelUse(use),
    mount(app) {
      app.get('/metrics', async (context) => {
        if (token === null || figures === null)
          throw new PortholeError(
            'not_found',
            'This server shows no metrics: PORTHOLE_METRICS_TOKEN is not set.',
          );
        if (!brings(context, token)) {
          await deps.strangers(deps.addressOf(context));
          context.header('WWW-Authenticate', 'Bearer realm="metrics"');
          throw new PortholeError('unauthenticated', 'This needs the token of PORTHOLE_METRICS_TOKEN.');
        }
        return context.body(await figures.text(), 200, {
          'Content-Type': figures.contentType,
          'Cache-Control': 'no-store',
        });
      });
    },
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function brings({ req }: Context, token: string): boolean {
  const given = /^Bearer (\S+)$/i.exec(req.header('authorization') ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}
