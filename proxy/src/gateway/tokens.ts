/**
 * Tokens by which agents on machines are known to the gateway: one per session, made from its id and the server's key.
 * Nothing is stored, and the same session has the same token whenever it is asked for: an agent that outlives a restart
 * of the proxy goes on. Invariant: a token says which session it is of; whether that is over is asked every time.
 */
import type { SecretBox } from '../lib/secrets.ts';

const CONTEXT = 'gateway-session';
const FORMAT = /^pgw_(ses_[0-9a-hjkmnp-tv-z]{20})_([\w-]{43})$/;

export interface SessionTokens {
  of(sessionId: string): string;
  /** null: it is not one of ours. */
  sessionOf(token: string): string | null;
}

export const createSessionTokens = (secrets: SecretBox): SessionTokens => ({
  of: (sessionId) => `pgw_${sessionId}_${secrets.sign(sessionId, CONTEXT)}`,
  sessionOf(token) {
    const [, sessionId = '', signature = ''] = FORMAT.exec(token) ?? [];
    return secrets.verify(sessionId, CONTEXT, signature) ? sessionId : null;
  },
});
