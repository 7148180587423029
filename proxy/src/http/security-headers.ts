/**
 * Pure: what every answer says about itself. No script but our own files; xterm.js puts <style> elements into the
 * page, so styles may be inline; sockets to this very host, by name, for browsers whose 'self' leaves them out.
 */
import { hostOf } from '../lib/network-names.ts';

export function securityHeaders(
  publicOrigin: string | null,
  host: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'Content-Security-Policy': policy(publicOrigin, host),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  };
  if (publicOrigin?.startsWith('https:')) headers['Strict-Transport-Security'] = 'max-age=31536000';
  return headers;
}

function policy(publicOrigin: string | null, host: string | undefined): string {
  const sockets =
    publicOrigin !== null
      ? publicOrigin.replace(/^http/, 'ws')
      : host !== undefined && hostOf(host) !== null
        ? `ws://${host}`
        : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `connect-src 'self' ${sockets}`.trim(),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(publicOrigin?.startsWith('https:') ? ['upgrade-insecure-requests'] : []),
  ].join('; ');
}
