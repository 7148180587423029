/**
 * Pure: which git server an access token goes to.
 * Invariant (SE4): it goes by https to the host that an admin has named (by http to this very machine alone), and to no
 * URL whose host one reader may take for another than the next: git, curl and we must all see the same.
 */
import { isLoopbackHost } from '../lib/network-names.ts';

/** `https://user@host:port/`, with nothing to decode, to fold or to take for a separator. */
const PLAIN = /^(https?):\/\/(?:[\w.~+-]*@)?((?:[a-z0-9-]+\.)*[a-z0-9-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?\//i;
const DEFAULT_PORT = { http: '80', https: '443' };

/** `git.example.com` or `git.example.com:8443`; null: no token may go there. */
export function tokenHost(url: string): string | null {
  const [, scheme, name = '', port] = PLAIN.exec(url) ?? [];
  if (scheme !== 'https' && scheme !== 'http') return null;
  const host = name.toLowerCase();
  if (scheme === 'http' && (!isLoopbackHost(host) || host.endsWith('.localhost'))) return null;
  const whole = port === undefined || port === DEFAULT_PORT[scheme] ? host : `${host}:${port}`;
  return URL.canParse(url) && new URL(url).host === whole ? whole : null;
}

/** As an admin types it: a host, or any https URL on it. null: it is none. */
export function readTokenHost(text: string): string | null {
  const typed = text.trim();
  if (/^https:\/\//i.test(typed)) return tokenHost(`${typed.replace(/^https/i, 'https')}/`);
  return /[/@]/.test(typed) ? null : tokenHost(`https://${typed}/`);
}

export type CredentialUse = { ok: true } | { ok: false; code: 'elsewhere' | 'unbound'; message: string };

/** `host`: where a token is for; null: nobody has said yet. A key proves itself without being shown, and has none. */
export function useOf(kind: string, host: string | null, url: string): CredentialUse {
  if (kind !== 'https_token') return { ok: true };
  const there = tokenHost(url);
  if (there === null) {
    const message = 'An access token goes to https:// URLs alone. Use one, or a deploy key.';
    return { ok: false, code: 'elsewhere', message };
  }
  if (host === there) return { ok: true };
  const message =
    host === null
      ? 'Nobody has said which git server this token is for. An owner or admin does, by saving a repository with it.'
      : `This token is for ${host}, not for ${there}. Choose another credential.`;
  return { ok: false, code: host === null ? 'unbound' : 'elsewhere', message };
}
